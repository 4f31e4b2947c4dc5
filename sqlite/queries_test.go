package sqlite_test

import (
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
)

// Callers choose the conditions of a query and how many values each has: what
// they asked for is not kept until the store is closed.
func TestQueriesOfManyFormsAreNotKept(t *testing.T) {
	db := open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db")}.Unsynced())
	before := heap()
	for n := 500; n < 530; n++ {
		values := slices.Repeat([]string{"x"}, n)
		for _, order := range []string{onevent.FieldID, "SUBJECT"} {
			err := db.View(t.Context(), func(r onevent.Reader) error {
				_, err := r.Query(onevent.Query{
					Portal: 1, Kind: "k", Where: []onevent.Cond{{Field: "A", Op: onevent.OpIn, Values: values}},
					Order: []onevent.Order{{Field: order, Number: order == onevent.FieldID}}, Limit: 50, Count: true,
				})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if grown := heap() - before; grown > 256<<10 {
		t.Errorf("%d kB are kept of 60 queries", grown>>10)
	}
}

// heap is what is in use, in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
