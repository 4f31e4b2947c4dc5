//go:build !linux

package e2e_test

import (
	"testing"

	"github.com/onevent/onevent/internal/testkit"
)

func mountTmpfs(t *testing.T, _, _ string) {
	t.Helper()
	testkit.Skip(t, "a tmpfs is mounted on Linux only")
}
