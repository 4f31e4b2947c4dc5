// Package e2e_test holds the tests that break the real server from outside:
// kills, and full disks.
package e2e_test

import (
	"testing"

	"github.com/onevent/onevent/internal/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }
