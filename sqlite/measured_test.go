package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
)

func TestTheStoreTellsWhatRoomItTakes(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	db := open(t, sqlite.Config{Path: path, Reserve: 7})
	must(t, db.Update(t.Context(), addEvent))
	d, err := db.Disk()
	must(t, err)
	for name, got := range map[string]int64{path: d.File, path + "-wal": d.Log} {
		info, err := os.Stat(name)
		must(t, err)
		if info.Size() != got || got == 0 {
			t.Errorf("%d bytes are told of a file of %d", got, info.Size())
		}
	}
	if d.Reserve != 7 || d.Free <= 0 || d.Full() || d.Low() {
		t.Errorf("the disk is told as %+v", d)
	}
	must(t, db.Close())
	if d, err = db.Disk(); err != nil || d.Log != 0 {
		t.Errorf("without a log: %+v %v", d, err)
	}
}

func TestThePublishingCallsAreTimedAndNoOthers(t *testing.T) {
	t.Parallel()
	db := open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db")})
	var waits []time.Duration
	db.TimePublishing(func(d time.Duration) { waits = append(waits, d) })
	must(t, db.Update(t.Context(), addEvent))
	must(t, db.Update(t.Context(), func(tx onevent.Tx) error { _, err := tx.NextID("handler"); return err }))
	must(t, db.Settle(t.Context(), addEvent))
	boom := errors.New("boom")
	if err := db.Update(t.Context(), func(tx onevent.Tx) error { return errors.Join(addEvent(tx), boom) }); !errors.Is(err, boom) {
		t.Fatal(err)
	}
	if len(waits) != 1 || waits[0] <= 0 {
		t.Errorf("one call stored events, told were %v", waits)
	}
}
