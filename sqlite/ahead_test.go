package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
)

// A log that is laid out is overwritten, not made longer, and whoever is killed leaves
// in it what he wrote.
func TestALogIsLaidOutAndWrittenFromItsStart(t *testing.T) {
	t.Parallel()
	const ahead = 2 << 20
	path := filepath.Join(t.TempDir(), "store.db")
	db := open(t, sqlite.Config{Path: path, LogAhead: ahead})
	fresh := killed(t, path)
	for range 20 {
		must(t, db.Update(t.Context(), func(tx onevent.Tx) error { return tx.AddEvent(&onevent.Event{Portal: 1, Code: "ONX"}) }))
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() != ahead {
		t.Errorf("the log has %d bytes (%v), want %d", info.Size(), err, ahead)
	}
	for path, want := range map[string]int64{fresh: 0, killed(t, path): 20} {
		again := open(t, sqlite.Config{Path: path, LogAhead: ahead})
		var stats onevent.Stats
		err := again.View(t.Context(), func(r onevent.Reader) (err error) {
			stats, err = r.Stats()
			return err
		})
		if err != nil || stats.Events != want {
			t.Errorf("after a kill there are %d events (%v), want %d", stats.Events, err, want)
		}
		must(t, again.Check(t.Context()))
	}
}

func TestALogIsNotLaidOutWhereThereIsNoRoom(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	open(t, sqlite.Config{Path: path, LogAhead: 1 << 60})
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 1<<20 {
		t.Errorf("the log has %d bytes", info.Size())
	}
}

// killed copies a store's files as they are, which is what a kill leaves.
func killed(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "store.db")
	for _, ending := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + ending)
		must(t, errors.Join(err, os.WriteFile(to+ending, content, 0o600)))
	}
	return to
}
