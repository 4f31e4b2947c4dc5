package sqlite

import (
	"errors"
	"os"

	"github.com/onevent/onevent"
)

// lock keeps a second process away from the store. It is a file of its own,
// because closing any handle on the database's file would drop the locks that
// the engine holds there.
type lock struct {
	file *os.File
	made bool // the file was not there before
}

func acquire(path string) (*lock, error) {
	name := path + "-lock"
	_, err := os.Stat(name)
	made := errors.Is(err, os.ErrNotExist)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, onevent.Errorf(onevent.CodeUnavailable, "the store cannot be locked: %w", err)
	}
	if err := lockFile(f); err != nil || !current(f, name) {
		f.Close()
		return nil, onevent.Errorf(onevent.CodeConflict, "the store %s is in use by another process", path)
	}
	return &lock{f, made}, nil
}

// current says whether the locked file is still the one of that name: whoever
// held it before may have discarded it.
func current(f *os.File, name string) bool {
	held, err1 := f.Stat()
	named, err2 := os.Stat(name)
	return err1 == nil && err2 == nil && os.SameFile(held, named)
}

func (l *lock) release() error { return l.file.Close() }

// discard leaves nothing behind beside a file that was refused.
func (l *lock) discard() error {
	if !l.made {
		return l.release()
	}
	return errors.Join(os.Remove(l.file.Name()), l.release())
}
