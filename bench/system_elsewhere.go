//go:build !linux

package bench

import "time"

// cpuOfProcess is not measured on this system.
func cpuOfProcess(int) time.Duration { return 0 }
