package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
	"github.com/onevent/onevent/storetest"
)

// The driver obeys the law of the contract.
func TestLaw(t *testing.T) {
	storetest.Run(t, func(t *testing.T, clock onevent.Clock) (onevent.Store, func() onevent.Store) {
		config := sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db"), Clock: clock}
		db := open(t, config)
		return db, func() onevent.Store {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			db = open(t, config)
			return db
		}
	})
}

func open(t *testing.T, config sqlite.Config) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
