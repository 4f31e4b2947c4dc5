package sqlite

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"zombiezen.com/go/sqlite"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// applicationID marks a file as a store of ours: "1evt" in its header.
const applicationID = 0x31657674

// migrations are the steps from each version of the tables to the next;
// user_version counts those that were taken.
func migrations() []string {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		panic(err)
	}
	var steps []string
	for _, name := range names {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		steps = append(steps, string(text))
	}
	return steps
}

// migrate takes the steps that are missing, each in its own transaction.
func migrate(conn *sqlite.Conn, steps []string) error {
	version, err := pragma(conn, "user_version")
	if err != nil {
		return err
	}
	for n := int(version); n < len(steps); n++ {
		script := fmt.Sprintf("BEGIN IMMEDIATE; %s\nPRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT;",
			steps[n], applicationID, n+1)
		if err := execScript(conn, script); err != nil {
			return fmt.Errorf("migration %d: %w", n+1, err)
		}
	}
	return nil
}

// execScript runs statements one after the other.
func execScript(conn *sqlite.Conn, script string) error {
	for {
		script = strings.TrimSpace(script)
		if script == "" {
			return nil
		}
		s, rest, err := conn.PrepareTransient(script)
		if err != nil {
			return err
		}
		if s == nil {
			return nil
		}
		if err := drain(s); err != nil {
			return err
		}
		script = script[len(script)-rest:]
	}
}

func drain(s *sqlite.Stmt) error {
	for {
		row, err := s.Step()
		if err != nil {
			s.Finalize()
			return err
		}
		if !row {
			return s.Finalize()
		}
	}
}

// pragma reads a number.
func pragma(conn *sqlite.Conn, name string) (int64, error) {
	s := prepare(conn, "PRAGMA "+name)
	var v int64
	err := s.one(func() { v = s.readInt() })
	return v, err
}
