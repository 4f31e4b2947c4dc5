package sqlite

import (
	"cmp"
	"os"
	"time"
)

const (
	// logLimit is the size from which readers that hold the log up are ended:
	// it can't be written back past the snapshot of any reader.
	logLimit = 256 << 20
	// oldView is how long a reader may hold up a log of that size.
	oldView = 5 * time.Second
	// logCheck is how many groups go by between two looks at the log's size.
	logCheck = 256
)

// limitLog ends old readers while the log is too long. The writer calls it
// after each group.
func (d *DB) limitLog() {
	if d.groups++; d.groups%logCheck != 0 {
		return
	}
	info, err := os.Stat(d.config.Path + "-wal")
	if err != nil || info.Size() < cmp.Or(d.config.logLimit, logLimit) {
		return
	}
	n := d.readers.endOld(oldView)
	d.config.Logger.Warn("the store's log is long: it could not be written back", "log_bytes", info.Size(), "reads_ended", n)
}
