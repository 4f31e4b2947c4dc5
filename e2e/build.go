// Package e2e starts the real binary for tests that drive it from outside.
package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var built struct {
	sync.Once
	path string
	err  error
}

// Build builds the binary once a test process, without the race detector, and
// returns its path.
func Build(t testing.TB) string {
	t.Helper()
	built.Do(func() { built.path, built.err = build() })
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

func build() (string, error) {
	dir, err := os.MkdirTemp("", "onevent-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "onevent")
	out, err := exec.Command("go", "build", "-o", path, "github.com/onevent/onevent/cmd/onevent").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("the binary can't be built: %w\n%s", err, out)
	}
	return path, nil
}
