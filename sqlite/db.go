// Package sqlite keeps the store in one file on this machine: SQLite with a
// write-ahead log and a full sync before each answer, one writer that commits
// groups of closures, and many readers. docs/decisions/0002-sqlite.md says why.
package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onevent/onevent"
)

// Config says where the store is and how it behaves. Path alone is required.
type Config struct {
	// Path of the file. It is created, readable by its owner only, when it is
	// not there; its folder must be.
	Path string
	// Reserve is the free disk, in bytes, below which Update refuses; 0 turns
	// that off.
	Reserve int64
	// Clock measures closures; nil: the machine's.
	Clock onevent.Clock
	// Logger hears of slow and panicking closures; nil: nobody does.
	Logger *slog.Logger

	// Tests alone set what follows; zero stands for what a store needs.
	unsynced  bool  // nothing is synced: what is answered can be lost
	backPages int64 // log pages that are written back at once
	logLimit  int64 // bytes of log at which old views are ended
	partRows  int   // rows that a part of the log's index covers
	budget    int   // rows that a page of a search looks at
}

// DB is a store in a file. Open makes one.
type DB struct {
	config  Config
	lock    *lock
	writer  *writer
	backer  *backer
	indexer *indexer
	sweeper sweeper
	readers *pool
	groups  int // that the writer served

	published func(waited time.Duration) // nil: nobody asks

	damage   atomic.Pointer[onevent.Error]
	damaged  chan error
	closing  sync.Once
	closeErr error
	closed   atomic.Bool
}

var _ onevent.Store = (*DB)(nil)

// Update runs fn in the next group. docs/durability.md names the tests that
// prove what onevent.Store promises.
func (d *DB) Update(ctx context.Context, fn func(onevent.Tx) error) error {
	r, began := newRequest(fn), disk.Now()
	err := d.write(ctx, r)
	if err == nil {
		d.notePublished(r, began)
	}
	return err
}

// Settle is Update without regard to the reserve.
func (d *DB) Settle(ctx context.Context, fn func(onevent.Tx) error) error {
	r := newRequest(fn)
	r.essential = true
	return d.write(ctx, r)
}

// SettleSoon is Settle that waits up to 5 ms for others.
func (d *DB) SettleSoon(ctx context.Context, fn func(onevent.Tx) error) error {
	r := newRequest(fn)
	r.essential, r.patient = true, true
	return d.write(ctx, r)
}

func (d *DB) write(ctx context.Context, r *request) error {
	if err := d.usable(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ended(ctx)
	}
	onevent.SharedViewOf(ctx).End()
	if err := d.writer.submit(r); err != nil {
		return err
	}
	return r.wait(ctx)
}

// View runs fn on a snapshot that begins with its first read. A view of more
// than 5 s is ended with CodeUnavailable when it keeps the log, grown past
// 256 MiB, from being written back.
func (d *DB) View(ctx context.Context, fn func(onevent.Reader) error) error {
	if err := d.usable(); err != nil {
		return err
	}
	if shared := onevent.SharedViewOf(ctx); shared != nil {
		return d.viewShared(ctx, shared, fn)
	}
	return d.view(ctx, fn)
}

func (d *DB) usable() error {
	if err := d.damage.Load(); err != nil {
		return err
	}
	if d.closed.Load() {
		return onevent.ErrClosed
	}
	return nil
}

// Damaged gives the error when damage to the file was met. From then on every
// call returns it; the process must end.
func (d *DB) Damaged() <-chan error { return d.damaged }

// note remembers damage.
func (d *DB) note(err error) {
	var coded *onevent.Error
	if err == nil || !errors.As(err, &coded) || coded.Code != onevent.CodeDamaged {
		return
	}
	if d.damage.CompareAndSwap(nil, coded) {
		d.damaged <- coded
	}
}

// Close answers what waits, then writes the log back into the file. Calls that
// come later return ErrClosed.
func (d *DB) Close() error {
	d.closing.Do(func() { d.closeErr = d.close() })
	return d.closeErr
}

func (d *DB) close() error {
	d.indexer.close()
	d.closed.Store(true)
	d.writer.close()
	err := errors.Join(d.readers.close(), d.backer.close())
	if d.damage.Load() == nil {
		err = errors.Join(err, d.writer.tidy())
	}
	return errors.Join(err, d.writer.conn.Close(), d.lock.release())
}

// Check reads every page, index and reference.
func (d *DB) Check(ctx context.Context) error {
	if err := d.usable(); err != nil {
		return err
	}
	return d.view(ctx, func(r onevent.Reader) error { return r.(*reader).check() })
}

func (r *reader) check() error {
	s := r.prepare("PRAGMA integrity_check(1)")
	var found string
	if err := s.one(func() { found = s.readText() }); err != nil {
		return r.result(err)
	}
	if found != "ok" {
		return r.result(onevent.Errorf(onevent.CodeDamaged, "the store is damaged: %s", strings.ReplaceAll(found, "\n", " ")))
	}
	s = r.prepare("PRAGMA foreign_key_check")
	if s.next() {
		table := s.readText()
		s.reset()
		return r.result(onevent.Errorf(onevent.CodeDamaged, "the store is damaged: a row of %s refers to one that is not there", table))
	}
	return r.result(s.err)
}
