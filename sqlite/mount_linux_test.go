package sqlite_test

import (
	"fmt"
	"syscall"
)

func mountSmall(folder string, size int) error {
	return syscall.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d", size))
}

func unmount(folder string) error { return syscall.Unmount(folder, 0) }
