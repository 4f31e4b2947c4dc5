package sqlite

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockFile locks f against every other open of it, in this process too, until
// it is closed.
func lockFile(f *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	return windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{})
}

// freeDisk is what this user may still write there, in bytes.
func freeDisk(folder string) (int64, error) {
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, err
	}
	var free uint64
	err = windows.GetDiskFreeSpaceEx(name, &free, nil, nil)
	return int64(free), err
}

// syncFolder has nothing to do: the file system journals its names.
func syncFolder(string) error { return nil }
