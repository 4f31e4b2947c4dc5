package bench

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuOfProcess is the time that a process has used, by its own clock: the
// number of a clock has the process's number and, in its last three bits, what
// it counts. That of /proc has steps of 10 ms.
func cpuOfProcess(pid int) time.Duration {
	const scheduled = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
