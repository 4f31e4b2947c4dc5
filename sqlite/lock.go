package sqlite

import (
	"os"

	"github.com/onevent/onevent"
)

// lock keeps a second process away from the store. It is a file of its own,
// because closing any handle on the database's file would drop the locks that
// the engine holds there.
type lock struct{ file *os.File }

func acquire(path string) (*lock, error) {
	f, err := os.OpenFile(path+"-lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, onevent.Errorf(onevent.CodeUnavailable, "the store cannot be locked: %w", err)
	}
	if err := lockFile(f); err != nil {
		f.Close()
		return nil, onevent.Errorf(onevent.CodeConflict, "%s is in use by another process", path)
	}
	return &lock{f}, nil
}

func (l *lock) release() error { return l.file.Close() }
