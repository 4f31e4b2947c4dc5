// Package testkit holds what tests of several packages share.
package testkit

import (
	"os"
	"testing"
)

// Skip skips a test that needs what this machine does not have, and names it.
// With ONEVENT_NO_SKIP=1 it fails the test instead, so that a run that must
// prove everything proves everything.
func Skip(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("ONEVENT_NO_SKIP") == "1" {
		t.Fatalf("must not be skipped: %s", reason)
	}
	t.Skip(reason)
}
