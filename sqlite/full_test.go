package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/sqlite"
)

// Below the reserve, publishing is refused and settling goes on.
func TestBelowTheReserveOnlySettlingGoesOn(t *testing.T) {
	t.Parallel()
	db := open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db"), Reserve: 1 << 62})
	err := db.Update(t.Context(), func(onevent.Tx) error {
		t.Error("the closure ran")
		return nil
	})
	if !errors.Is(err, onevent.ErrStorageFull) {
		t.Errorf("Update = %v", err)
	}
	must(t, db.Settle(t.Context(), addEvent))
}

func addEvent(tx onevent.Tx) error {
	e := onevent.Event{Portal: 1, Data: make([]byte, 2000)}
	if err := tx.AddEvent(&e); err != nil {
		return err
	}
	return tx.AddDelivery(&onevent.Delivery{Event: e.ID, Destination: 1})
}

// On a disk that fills up, with a reserve or without: publishing fails with the
// right error, what was acknowledged stays, settling goes on within the
// reserve, and all resumes when there is room again, without a restart.
func TestAFullDiskLosesNothingAndIsOvercome(t *testing.T) {
	for name, reserve := range map[string]int64{"with a reserve": 4 << 20, "without": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fullDisk{folder: smallDisk(t, 16<<20)}
			f.db = open(t, sqlite.Config{Path: filepath.Join(f.folder, "store.db"), Reserve: reserve})
			f.ballast(t, 6<<20)
			f.fill(t)
			f.wantKept(t)
			if reserve > 0 {
				f.settleAll(t)
			}
			must(t, os.Remove(filepath.Join(f.folder, "ballast")))
			must(t, f.db.Update(t.Context(), addEvent))
			f.acked++
			f.settleAll(t)
			f.wantKept(t)
			must(t, f.db.Check(t.Context()))
			must(t, f.db.Close())
			f.db = open(t, sqlite.Config{Path: filepath.Join(f.folder, "store.db"), Reserve: reserve})
			f.wantKept(t)
		})
	}
}

// smallDisk mounts a file system of that size.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	folder := t.TempDir()
	if err := mountSmall(folder, size); err != nil {
		testkit.Skip(t, "a small file system can't be mounted here (it takes root and tmpfs): "+err.Error())
	}
	t.Cleanup(func() {
		if err := unmount(folder); err != nil {
			t.Error(err)
		}
	})
	return folder
}

type fullDisk struct {
	folder string
	db     *sqlite.DB
	acked  int64
}

// ballast takes room that can be given back.
func (f *fullDisk) ballast(t *testing.T, size int) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(f.folder, "ballast"), make([]byte, size), 0o600))
}

// fill publishes until nothing fits, and a while longer.
func (f *fullDisk) fill(t *testing.T) {
	t.Helper()
	refused := 0
	for refused < 50 {
		err := f.db.Update(t.Context(), addEvent)
		switch {
		case err == nil:
			f.acked++
		case errors.Is(err, onevent.ErrStorageFull):
			refused++
		default:
			t.Fatalf("Update on a full disk = %v (%s)", err, onevent.CodeOf(err))
		}
	}
	if f.acked < 100 {
		t.Fatalf("only %d events fitted", f.acked)
	}
}

func (f *fullDisk) wantKept(t *testing.T) {
	t.Helper()
	must(t, f.db.View(t.Context(), func(r onevent.Reader) error {
		st, err := r.Stats()
		if st.Events != f.acked {
			t.Errorf("%d events are there, %d were acknowledged", st.Events, f.acked)
		}
		return err
	}))
}

// settleAll settles in steps what waits, as dispatch does.
func (f *fullDisk) settleAll(t *testing.T) {
	t.Helper()
	for n := 100; n == 100; {
		must(t, f.db.Settle(t.Context(), func(tx onevent.Tx) error {
			page, err := tx.Waiting(1, 0, 100)
			n = len(page.Rows)
			for _, w := range page.Rows {
				if err == nil {
					err = tx.Settle(&onevent.Outcome{Delivery: w.Delivery.ID, State: onevent.StateDelivered, Attempts: 1})
				}
			}
			return err
		}))
	}
}
