package testkit

import (
	"testing"
	"time"
)

const look = 5 * time.Millisecond

// Eventually waits until cond holds. The test ends, saying what it waited for,
// when it does not within the time.
func Eventually(t testing.TB, within time.Duration, what string, cond func() bool) {
	t.Helper()
	if !Soon(within, cond) {
		t.Fatalf("after %v still not: %s", within, what)
	}
}

// Soon waits until cond holds, and reports whether it did within the time.
func Soon(within time.Duration, cond func() bool) bool {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for !cond() {
		select {
		case <-deadline.C:
			return cond()
		case <-tick.C:
		}
	}
	return true
}
