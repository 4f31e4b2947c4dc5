package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/onevent/onevent"
	"zombiezen.com/go/sqlite"
)

// A store of each older version is brought up to date with what it holds.
func TestOlderVersionsAreUpgraded(t *testing.T) {
	t.Parallel()
	for version := 1; version <= len(migrations()); version++ {
		path := filepath.Join(t.TempDir(), "store.db")
		makeVersion(t, path, migrations()[:version])
		db, err := Open(t.Context(), Config{Path: path})
		if err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		err = db.View(t.Context(), func(r onevent.Reader) error {
			found := 0
			err := r.Portals().Each(func(p onevent.Portal) error {
				found++
				return nil
			})
			if found != 1 {
				t.Errorf("version %d: %d portals instead of 1", version, found)
			}
			if record, err := r.Record(1, "k", 7); err != nil || string(record.Fields) != `{"A":"x"}` {
				t.Errorf("version %d: the record is %s, %v", version, record.Fields, err)
			}
			return err
		})
		if err != nil {
			t.Errorf("version %d: %v", version, err)
		}
		if err := db.Check(t.Context()); err != nil {
			t.Errorf("version %d: %v", version, err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("version %d: %v", version, err)
		}
	}
}

// makeVersion makes a store with one portal and one record by the migrations
// given. The rows are written with the columns that the first version has.
func makeVersion(t *testing.T, path string, steps []string) {
	t.Helper()
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenWAL)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(conn, steps[:1]); err != nil {
		t.Fatal(err)
	}
	err = execScript(conn, `INSERT INTO portal VALUES (1, 'm', 'd', 'https://d', 'en', 'UTC', '{}', 1);
		INSERT INTO record VALUES (1, 'k', 7, '{"A":"x"}')`)
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(conn, steps); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
}

// A step that fails leaves the version and the tables of the step before.
func TestAFailedMigrationChangesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	makeVersion(t, path, migrations())
	known := len(migrations())
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	steps := append(migrations(), "CREATE TABLE good (x);", "CREATE TABLE half (x); DROP TABLE none;")
	if err := migrate(conn, steps); err == nil {
		t.Error("the failing step passed")
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if conn, err = sqlite.OpenConn(path, sqlite.OpenReadWrite); err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	version, err := pragma(conn, "user_version")
	if err != nil || version != int64(known+1) {
		t.Errorf("version %d, %v; want %d, that of the good step", version, err, known+1)
	}
	s := prepare(conn, "SELECT count(*) FROM sqlite_schema WHERE name IN ('good', 'half')")
	if !s.next() || s.readInt() != 1 {
		t.Error("the tables of the failed step are there")
	}
	s.reset()
}

// Running again takes no step twice.
func TestMigratingTwiceIsOnce(t *testing.T) {
	t.Parallel()
	conn, err := sqlite.OpenConn(":memory:", sqlite.OpenReadWrite|sqlite.OpenMemory)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range 2 {
		if err := migrate(conn, migrations()); err != nil {
			t.Fatal(err)
		}
	}
}
