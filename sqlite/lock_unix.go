//go:build unix

package sqlite

import (
	"os"
	"syscall"
)

// lockFile locks f against every other open of it, in this process too, until
// it is closed.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
