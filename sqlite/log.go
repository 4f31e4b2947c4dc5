package sqlite

import (
	"cmp"
	"os"
	"time"
)

// The write-ahead log is written back into the file by the writer alone:
// SQLite before 3.51.3 can damage a file when one connection writes while
// another one writes back. The writer does so when it has nothing else to do,
// and in any case when the log has reached backPages.
const (
	// backPages is the size, in pages, at which a commit writes back.
	backPages = 4000
	// idleCommits is after how many commits an idle writer writes back.
	idleCommits = 256
	// logLimit is the size from which readers that hold the log up are ended:
	// it can't be written back past the snapshot of any reader.
	logLimit = 256 << 20
	// oldView is how long a reader may hold up a log of that size.
	oldView = 5 * time.Second
)

// rest is called after each group; idle says that nobody waits.
func (w *writer) rest(idle bool) {
	w.sinceBack++
	if w.sinceBack < idleCommits || !idle && w.sinceBack%idleCommits != 0 {
		return
	}
	w.served()
	if !idle {
		return
	}
	w.sinceBack = 0
	if err := w.exec("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
		w.noted(err)
		w.log.Error("the store could not write its log back", "error", err)
	}
}

// limitLog ends old readers while the log is too long.
func (d *DB) limitLog() {
	info, err := os.Stat(d.config.Path + "-wal")
	if err != nil || info.Size() < cmp.Or(d.config.logLimit, logLimit) {
		return
	}
	if n := d.readers.endOld(oldView); n > 0 {
		d.config.Logger.Warn("the store ended reads that held its log up", "reads", n, "log_bytes", info.Size())
	}
}
