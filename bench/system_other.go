//go:build !unix

package bench

import (
	"os"
	"time"
)

// ownCPU is not measured on this system.
func ownCPU() time.Duration { return 0 }

// hold does nothing on this system: servers that are not measured run on.
func hold(*os.Process) error { return nil }

func release(*os.Process) error { return nil }
