package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/onevent/onevent"
)

var _ onevent.Measured = (*DB)(nil)

// Disk tells the sizes of the file and of its log, and the free disk.
func (d *DB) Disk() (onevent.Disk, error) {
	file, err := sizeOf(d.config.Path)
	if err != nil {
		return onevent.Disk{}, err
	}
	log, err := sizeOf(d.config.Path + "-wal")
	if err != nil {
		return onevent.Disk{}, err
	}
	free, err := d.free()
	return onevent.Disk{File: file, Log: log, Free: free, Reserve: d.config.Reserve}, err
}

// sizeOf a file in bytes; 0 when there is none.
func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, onevent.Errorf(onevent.CodeUnavailable, "the size of the store cannot be told: %w", err)
	}
	return info.Size(), nil
}

func (d *DB) free() (int64, error) {
	free, err := freeDisk(filepath.Dir(d.config.Path))
	if err != nil {
		return 0, onevent.Errorf(onevent.CodeUnavailable, "the free disk cannot be told: %w", err)
	}
	return free, nil
}

// TimePublishing has f told how long publishing took.
func (d *DB) TimePublishing(f func(waited time.Duration)) { d.published = f }

// notePublished tells of a request that stored events.
func (d *DB) notePublished(r *request, began time.Time) {
	if d.published != nil && r.tx.stats.Events > 0 {
		d.published(disk.Now().Sub(began))
	}
}
