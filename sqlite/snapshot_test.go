package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
)

// There are few connections to read on, and what is read must not be old.
func TestASnapshotIsSharedForAFewMillisecondsOnly(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]int{20 * time.Millisecond: 0, 21 * time.Millisecond: 1} {
		clock := onevent.NewManualClock(time.Unix(0, 0))
		db := open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db"), Clock: clock})
		ctx, done := onevent.ShareViews(context.Background())
		defer done()
		records(t, db, ctx)
		err := db.Update(context.Background(), func(tx onevent.Tx) error {
			return tx.PutRecord(onevent.Record{Portal: 1, Kind: "k", ID: 1, Fields: []byte("{}")})
		})
		if err != nil {
			t.Fatal(err)
		}
		clock.Advance(age)
		if got := records(t, db, ctx); got != want {
			t.Errorf("%v after the first View another sees %d records, want %d", age, got, want)
		}
	}
}

func records(t *testing.T, db *sqlite.DB, ctx context.Context) (n int) {
	t.Helper()
	err := db.View(ctx, func(r onevent.Reader) error {
		page, err := r.Query(onevent.Query{Portal: 1, Kind: "k", Count: true})
		n = page.Total
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
