//go:build unix

package bench

import (
	"os"
	"syscall"
	"time"
)

// ownCPU is the time that this process has used.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// hold stops a process where it is: it takes no time of the machine until
// release lets it go on.
func hold(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

func release(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
