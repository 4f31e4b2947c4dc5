package sqlite

import (
	"cmp"
	"errors"
	"sync/atomic"

	"zombiezen.com/go/sqlite"
)

// backer writes the log back into the file on a connection of its own, so that no
// caller waits while many pages of the file are synced. It needs SQLite 3.51.3 or
// newer: before, a file could be damaged when one connection wrote while another
// one wrote back.
type backer struct {
	conn   *sqlite.Conn
	wanted chan struct{} // with room for one
	busy   atomic.Bool
	ended  chan struct{}
	noted  func(error)
}

// backPages are how many pages of the log are written back at once. From four
// times as many on the writer itself writes back what has come meanwhile, when it
// is less than that, so that the log is used from its start again; from sixteen
// times as many on whatever it is.
const backPages = 1000

func (d *DB) newBacker() (*backer, error) {
	conn, err := sqlite.OpenConn(d.config.Path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	if err := execScript(conn, "PRAGMA synchronous = "+d.config.synchronous()+"; PRAGMA wal_autocheckpoint = 0"); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	b := &backer{conn: conn, wanted: make(chan struct{}, 1), ended: make(chan struct{}), noted: d.note}
	go b.run()
	return b, nil
}

// run writes back whenever it is wanted, until close. A failure is met again by
// the next one, or by the writer; damage is noted.
func (b *backer) run() {
	defer close(b.ended)
	for range b.wanted {
		_, _, err := writeBack(b.conn, "PASSIVE")
		b.noted(translate(err))
		b.busy.Store(false)
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

// keepLogShort sees to it that the log is written back. The writer calls it after
// each group.
func (d *DB) keepLogShort() {
	d.limitLog()
	if d.backer.busy.Load() {
		return
	}
	log, done, err := writeBack(d.writer.conn, "NOOP")
	pages := cmp.Or(d.config.backPages, backPages)
	switch rest := log - done; {
	case err != nil:
		d.note(translate(err))
	case rest > 0 && (log >= 16*pages || log >= 4*pages && rest < pages):
		_, _, err := writeBack(d.writer.conn, "PASSIVE")
		d.note(translate(err))
	case rest >= pages:
		d.backer.busy.Store(true)
		d.backer.wanted <- struct{}{}
	}
}
