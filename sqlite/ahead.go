package sqlite

import (
	"errors"
	"os"
	"path/filepath"
)

// LogAhead is a LogAhead for servers: what the file of the log is cut to when it is
// used from its start again.
const LogAhead = 64 << 20

// layOutLog writes the file of a log that is about to begin, whole and empty. A commit
// into space that the file system has yet to give out waits for the file system's own
// log too, twice as long in the middle and at the 99th percentile; that is written here
// once, in less than a tenth of a second. What the engine finds is a log without a
// header, hence without pages. Where there is no room, the log grows as it is written.
func (c *Config) layOutLog() {
	folder := filepath.Dir(c.Path)
	free, err := freeDisk(folder)
	if c.LogAhead == 0 || hasLog(c.Path) || err != nil || free < c.Reserve+2*c.LogAhead {
		return
	}
	if err := writeZeros(c.Path+"-wal", c.LogAhead); err != nil {
		c.Logger.Warn("the store's log could not be laid out and grows as it is written", "error", errors.Join(err, removeIfThere(c.Path+"-wal")))
	}
}

func writeZeros(path string, n int64) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	zeros := make([]byte, 1<<20)
	for n > 0 && err == nil {
		var wrote int
		wrote, err = f.Write(zeros[:min(n, int64(len(zeros)))])
		n -= int64(wrote)
	}
	return errors.Join(err, f.Sync(), f.Close())
}
