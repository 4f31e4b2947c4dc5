package e2e_test

import (
	"errors"
	"syscall"
	"testing"

	"github.com/onevent/onevent/internal/testkit"
)

// mountTmpfs needs a right that even root lacks in many containers. Without it
// the test is skipped everywhere, and says so.
func mountTmpfs(t *testing.T, dir, options string) {
	t.Helper()
	switch err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); {
	case errors.Is(err, syscall.EPERM):
		t.Skip("there is no right to mount a tmpfs here")
	case err != nil:
		testkit.Skip(t, "a tmpfs can't be mounted here: "+err.Error())
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
}
