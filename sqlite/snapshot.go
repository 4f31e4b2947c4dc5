package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/onevent/onevent"
)

// snapshot is a read transaction on a connection of the pool.
type snapshot struct {
	db      *DB
	on      *connection
	reader  *reader
	unwatch func() bool
	began   time.Time
}

// snapshot begins a read transaction, which ctx ends.
func (d *DB) snapshot(ctx context.Context) (*snapshot, error) {
	c, err := d.readers.get(ctx)
	if err != nil {
		return nil, err
	}
	s := &snapshot{db: d, on: c, reader: &reader{session{conn: c.conn, budget: d.config.budget}}, began: c.clock.Now()}
	s.unwatch = c.begin(ctx)
	if err := c.exec("BEGIN"); err != nil {
		return nil, errors.Join(interrupted(ctx, err), s.close())
	}
	return s, nil
}

// read runs fn. After an error of the engine the snapshot is of no more use.
func (s *snapshot) read(ctx context.Context, fn func(onevent.Reader) error) error {
	err := fn(s.reader)
	if err == nil {
		err = s.reader.failed
	}
	return interrupted(ctx, err)
}

// interrupted tells the end of ctx where that is what interrupted the engine.
func interrupted(ctx context.Context, err error) error {
	if onevent.CodeOf(err) == onevent.CodeUnavailable && ctx.Err() != nil {
		return ended(ctx)
	}
	return err
}

// close gives the connection back.
func (s *snapshot) close() error {
	s.db.note(s.reader.failed)
	s.reader.failed = errOver
	s.on.finish(s.unwatch())
	err := s.on.rollback()
	s.db.readers.put(s.on)
	return err
}

// view runs fn on a snapshot of its own.
func (d *DB) view(ctx context.Context, fn func(onevent.Reader) error) (err error) {
	s, err := d.snapshot(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if e := s.close(); err == nil {
			err = e
		}
	}()
	return s.read(ctx, fn)
}

// longestShared is how long a snapshot is kept between Views that share it: there
// are few connections, and others wait for them.
const longestShared = 20 * time.Millisecond

func (s *snapshot) isOld() bool { return s.on.clock.Now().Sub(s.began) > longestShared }

// viewShared is View under onevent.ShareViews.
func (d *DB) viewShared(ctx context.Context, shared *onevent.SharedView, fn func(onevent.Reader) error) error {
	s, err := d.sharedSnapshot(shared)
	if err != nil {
		return err
	}
	done := false
	defer func() { // also when fn panics
		if !done || s.reader.failed != nil || s.isOld() {
			shared.End()
		}
	}()
	err = s.read(ctx, fn)
	done = true
	return err
}

// sharedSnapshot is the one that was kept, if it is of use, or a new one.
func (d *DB) sharedSnapshot(shared *onevent.SharedView) (*snapshot, error) {
	if s, ok := shared.Snapshot().(*snapshot); ok && s.db == d && !s.isOld() {
		return s, nil
	}
	shared.End()
	s, err := d.snapshot(shared.Context())
	if err != nil {
		return nil, err
	}
	shared.Keep(s, func() { s.close() }) // what fails here fails the next View too
	return s, nil
}
