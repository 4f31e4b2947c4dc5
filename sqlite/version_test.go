package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"

	engine "zombiezen.com/go/sqlite"
)

// The engine is new enough for a log that one connection writes and another one
// writes back: docs/decisions/0002-sqlite.md.
func TestTheEngineHasNoWALResetBug(t *testing.T) {
	t.Parallel()
	conn, err := engine.OpenConn(filepath.Join(t.TempDir(), "x.db"))
	must(t, err)
	defer conn.Close()
	s, _, err := conn.PrepareTransient("SELECT sqlite_version()")
	must(t, err)
	defer s.Finalize()
	if row, err := s.Step(); !row || err != nil {
		t.Fatal(err)
	}
	var major, minor, patch int
	version := s.ColumnText(0)
	if n, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); n != 3 || err != nil || major*1_000_000+minor*1000+patch < 3_051_003 {
		t.Errorf("the engine is SQLite %s", version)
	}
}
