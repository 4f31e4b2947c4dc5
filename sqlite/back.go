package sqlite

import (
	"cmp"
	"errors"
	"sync/atomic"
	"time"

	"zombiezen.com/go/sqlite"
)

// backer writes the log back into the file on a connection of its own, so that no
// caller waits while many pages of the file are synced. It needs SQLite 3.51.3 or
// newer: before, a file could be damaged when one connection wrote while another
// one wrote back.
type backer struct {
	conn     *sqlite.Conn
	plan     logPlan
	round    atomic.Int64
	wanted   chan struct{} // with room for one
	busy     atomic.Bool
	ended    chan struct{}
	noted    func(error)
	closures int // that were served since the log was looked at; the writer's
}

// backPages are how many pages of the log are written back at once at least.
// Commits are slower meanwhile. When the pages lie all over the file, few are
// written back at a time; when many of them are the same page again, more, since a
// write-back that is seldom slows few commits down.
const backPages = 250

// How long a write-back takes from which the next one waits for more, or for
// fewer, pages.
const (
	quickBack = 2 * time.Millisecond
	longBack  = 6 * time.Millisecond
)

// logPlan says when the log is written back, in pages.
type logPlan struct {
	round, most int64 // at least and at most, from so many on the backer writes back
	// The log is used from its start again only once all of it is in the file. So
	// from long on what came meanwhile is written back at once, and of that again
	// what came meanwhile; when only little is left, the writer itself finishes,
	// and lets its callers wait. From longest on it finishes whatever is left.
	long, longest, little int64
}

func (c *Config) logPlan() logPlan {
	n := cmp.Or(c.backPages, backPages)
	return logPlan{round: n, most: 4 * n, long: 64 * n, longest: 80 * n, little: max(n/8, 1)}
}

func (d *DB) newBacker() (*backer, error) {
	conn, err := openConn(d.config.Path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	if err := execScript(conn, "PRAGMA synchronous = "+d.config.synchronous()+"; PRAGMA wal_autocheckpoint = 0"); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	b := &backer{conn: conn, plan: d.config.logPlan(), wanted: make(chan struct{}, 1), ended: make(chan struct{}), noted: d.note}
	b.round.Store(b.plan.round)
	go b.run()
	return b, nil
}

// run writes back whenever it is wanted, until close.
func (b *backer) run() {
	defer close(b.ended)
	for range b.wanted {
		b.writeBack()
		b.busy.Store(false)
	}
}

// writeBack leaves little of a long log, unless much is written meanwhile. A
// failure is met again by the next one, or by the writer; damage is noted.
func (b *backer) writeBack() {
	for i := range 3 {
		began := disk.Now()
		log, done, err := writeBack(b.conn, "PASSIVE")
		b.noted(translate(err))
		if i == 0 {
			b.adapt(disk.Now().Sub(began))
		}
		if err != nil || log < b.plan.long || log-done <= b.plan.little {
			return
		}
	}
}

// adapt chooses how many pages the next one waits for.
func (b *backer) adapt(took time.Duration) {
	switch round := b.round.Load(); {
	case took < quickBack:
		b.round.Store(min(2*round, b.plan.most))
	case took > longBack:
		b.round.Store(max(round/2, b.plan.round))
	}
}

func (b *backer) close() error {
	close(b.wanted)
	<-b.ended
	return b.conn.Close()
}

// writeBack runs a checkpoint and says how many pages the log has, and how many of
// them are in the file; NOOP only asks.
func writeBack(conn *sqlite.Conn, mode string) (log, done int64, err error) {
	s := prepare(conn, "PRAGMA wal_checkpoint("+mode+")")
	err = s.one(func() {
		s.readInt()
		log, done = s.readInt(), s.readInt()
	})
	return log, done, err
}

// lookAfter is after how many closures the length of the log is asked for, which
// takes as long as a small closure.
const lookAfter = 8

// keepLogShort sees to it that the log is written back. The writer calls it after
// each group.
func (d *DB) keepLogShort(closures int) {
	d.limitLog()
	d.backer.closures += closures
	if d.backer.busy.Load() || d.backer.closures < lookAfter {
		return
	}
	d.backer.closures = 0
	log, done, err := writeBack(d.writer.conn, "NOOP")
	rest, plan := log-done, d.backer.plan
	switch {
	case err != nil:
		d.note(translate(err))
	case rest > 0 && (log >= plan.longest || log >= plan.long && rest <= plan.little):
		_, _, err := writeBack(d.writer.conn, "PASSIVE")
		d.note(translate(err))
	case rest >= d.backer.round.Load():
		d.backer.busy.Store(true)
		d.backer.wanted <- struct{}{}
	}
}
