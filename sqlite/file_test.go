package sqlite_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
	engine "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

func TestNewFileIsReadableByItsOwnerOnly(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	publish(t, open(t, sqlite.Config{Path: filepath.Join(folder, "store.db")}))
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) < 3 {
		t.Fatalf("%d files, %v; want the file, its log and its lock", len(entries), err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", e.Name(), info.Mode())
		}
	}
}

// The second one is told so, and the first goes on.
func TestASecondOpenIsRefused(t *testing.T) {
	t.Parallel()
	config := sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db")}
	db := open(t, config)
	_, err := sqlite.Open(t.Context(), config)
	if onevent.CodeOf(err) != onevent.CodeConflict || !strings.Contains(err.Error(), config.Path) {
		t.Errorf("second Open = %v", err)
	}
	publish(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, config)
}

// After Close the file stands alone, whole, and can be copied.
func TestCloseLeavesOneFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	db := open(t, sqlite.Config{Path: filepath.Join(folder, "store.db")})
	publish(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	files := load(t, folder)
	delete(files, "store.db-lock")
	if len(files) != 1 || len(files["store.db"]) == 0 {
		t.Errorf("Close left %d files", len(files))
	}
}

// What a crash leaves of a store that was being made is no store, and does not
// stop the next attempt.
func TestAHalfMadeStoreIsMadeAnew(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, name := range []string{"store.db-new", "store.db-new-wal", "store.db-new-journal"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, open(t, sqlite.Config{Path: filepath.Join(folder, "store.db")}))
}

// Each file is refused with its code and one line that names it, and nothing in
// its folder is changed, made or removed.
func TestFilesAreRefusedUntouched(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		code onevent.Code
		says string
		make func(t *testing.T, path string)
	}{
		{"a text", onevent.CodeInvalid, "no database", write(strings.Repeat("some text\n", 50))},
		{"an empty file", onevent.CodeInvalid, "too short", write("")},
		{"a short file", onevent.CodeInvalid, "too short", write("SQLite format 3\x00")},
		{"a folder", onevent.CodeInvalid, "not a file", func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o700)) }},
		{"a log without its file", onevent.CodeInvalid, "its log", func(t *testing.T, path string) { write("log")(t, path+"-wal") }},
		{"another program's database", onevent.CodeInvalid, "another program", func(t *testing.T, path string) {
			script(t, path, "CREATE TABLE t (x); PRAGMA application_id = 7;")
		}},
		{"a database that says nothing", onevent.CodeInvalid, "another program", func(t *testing.T, path string) {
			script(t, path, "CREATE TABLE t (x);")
		}},
		{"a newer version", onevent.CodeInvalid, "newer version", func(t *testing.T, path string) {
			makeStore(t, path)
			script(t, path, "PRAGMA user_version = 900;")
		}},
		{"a newer version in the log alone", onevent.CodeInvalid, "newer version", newerInLog},
		{"a truncated store", onevent.CodeDamaged, "bytes instead of", func(t *testing.T, path string) {
			makeStore(t, path)
			must(t, os.Truncate(path, 16<<10))
		}},
		{"a damaged header", onevent.CodeInvalid, "no database", func(t *testing.T, path string) {
			makeStore(t, path)
			overwrite(t, path, 0, []byte("\x00\x00"))
		}},
		{"a damaged page size", onevent.CodeDamaged, "damaged", func(t *testing.T, path string) {
			makeStore(t, path)
			overwrite(t, path, 16, []byte{0, 7})
		}},
		{"a damaged schema", onevent.CodeDamaged, "tables cannot be read", func(t *testing.T, path string) {
			makeStore(t, path)
			overwrite(t, path, 100, make([]byte, 3996))
		}},
		{"a table too few", onevent.CodeDamaged, "has no delivery_waiting", func(t *testing.T, path string) {
			makeStore(t, path)
			script(t, path, "DROP INDEX delivery_waiting;")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			path := filepath.Join(folder, "store.db")
			c.make(t, path)
			before := snapshot(t, folder)
			_, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
			if onevent.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) ||
				!strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Open = %v (%s), want one line with %q", err, onevent.CodeOf(err), c.says)
			}
			if after := snapshot(t, folder); !reflect.DeepEqual(after, before) {
				t.Errorf("the folder was changed: %v became %v", names(before), names(after))
			}
		})
	}
}

func write(text string) func(*testing.T, string) {
	return func(t *testing.T, path string) { must(t, os.WriteFile(path, []byte(text), 0o600)) }
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func script(t *testing.T, path, text string) {
	t.Helper()
	conn, err := engine.OpenConn(path, engine.OpenReadWrite|engine.OpenCreate)
	must(t, err)
	must(t, sqlitex.ExecuteScript(conn, text, nil))
	must(t, conn.Close())
}

func makeStore(t *testing.T, path string) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	must(t, err)
	for range 20 {
		publish(t, db)
	}
	must(t, db.Close())
	must(t, os.Remove(path+"-lock"))
}

// newerInLog leaves what a crash leaves right after a newer version's
// migration: the file still has the old number.
func newerInLog(t *testing.T, path string) {
	elsewhere := filepath.Join(t.TempDir(), "store.db")
	makeStore(t, elsewhere)
	conn, err := engine.OpenConn(elsewhere, engine.OpenReadWrite)
	must(t, err)
	must(t, sqlitex.ExecuteScript(conn, "PRAGMA user_version = 900;", nil))
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(elsewhere + suffix)
		must(t, err)
		must(t, os.WriteFile(path+suffix, content, 0o600))
	}
	must(t, conn.Close())
}

func overwrite(t *testing.T, path string, at int64, b []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	_, err = f.WriteAt(b, at)
	must(t, errors.Join(err, f.Close()))
}

// snapshot is a folder's contents; a folder within it counts as empty.
func snapshot(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	must(t, err)
	all := map[string]string{}
	for _, e := range entries {
		all[e.Name()] = ""
		if !e.IsDir() {
			content, err := os.ReadFile(filepath.Join(folder, e.Name()))
			must(t, err)
			all[e.Name()] = string(content)
		}
	}
	return all
}

func names(files map[string]string) (all []string) {
	for name := range files {
		all = append(all, name)
	}
	return all
}

func publish(t *testing.T, db *sqlite.DB) onevent.Event {
	t.Helper()
	e := onevent.Event{Portal: 1, Code: "E", Data: make([]byte, 500)}
	must(t, db.Update(t.Context(), func(tx onevent.Tx) error {
		if err := tx.AddEvent(&e); err != nil {
			return err
		}
		return tx.AddDelivery(&onevent.Delivery{Event: e.ID, Destination: 1})
	}))
	return e
}

// Damage met while running fails that call and all later ones, of every kind,
// and is told once by the channel.
func TestDamageIsFinal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	makeStore(t, path)
	damageTable(t, path, "event")
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	must(t, err)
	defer db.Close()

	read := func() error {
		return db.View(t.Context(), func(r onevent.Reader) error {
			_, err := r.Event(1)
			return err
		})
	}
	must(t, db.View(t.Context(), func(onevent.Reader) error { return nil }))
	if err := read(); !errors.Is(err, onevent.ErrDamaged) {
		t.Fatalf("reading a damaged page = %v", err)
	}
	select {
	case err := <-db.Damaged():
		if !errors.Is(err, onevent.ErrDamaged) {
			t.Errorf("Damaged gave %v", err)
		}
	default:
		t.Error("Damaged gave nothing")
	}
	nothing := func(onevent.Tx) error { return nil }
	for what, err := range map[string]error{
		"View": read(), "Update": db.Update(t.Context(), nothing),
		"Settle": db.Settle(t.Context(), nothing), "Check": db.Check(t.Context()),
	} {
		if !errors.Is(err, onevent.ErrDamaged) {
			t.Errorf("%s after damage = %v", what, err)
		}
	}
}

// A closure that swallows the error is refused all the same.
func TestDamageMetByAClosureFailsIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	makeStore(t, path)
	damageTable(t, path, "event")
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	must(t, err)
	defer db.Close()
	err = db.Update(t.Context(), func(tx onevent.Tx) error {
		tx.Event(1)
		return nil
	})
	if !errors.Is(err, onevent.ErrDamaged) {
		t.Errorf("Update = %v", err)
	}
}

func TestCheckFindsDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	makeStore(t, path)
	damageTable(t, path, "delivery_waiting")
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	must(t, err)
	defer db.Close()
	if err := db.Check(t.Context()); !errors.Is(err, onevent.ErrDamaged) || strings.Contains(err.Error(), "\n") {
		t.Errorf("Check = %v", err)
	}
}

// damageTable overwrites the first page of a table or an index.
func damageTable(t *testing.T, path, name string) {
	t.Helper()
	conn, err := engine.OpenConn(path, engine.OpenReadOnly)
	must(t, err)
	page, err := sqlitex.ResultInt64(conn.Prep("SELECT rootpage FROM sqlite_schema WHERE name = '" + name + "'"))
	must(t, errors.Join(err, conn.Close()))
	content, err := os.ReadFile(path)
	must(t, err)
	size := int64(binary.BigEndian.Uint16(content[16:]))
	overwrite(t, path, (page-1)*size, []byte(strings.Repeat("\xfe", int(size))))
}
