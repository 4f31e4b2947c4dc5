package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/onevent/onevent"
)

var idCases = []testCase{
	{"NumbersAreDenseWhileNothingFails", denseIDs},
	{"ANumberIsNeverDrawnTwice", uniqueIDs},
	{"RemovingARowFreesNoNumber", removedIDs},
	{"EventsAndDeliveriesAreNumberedUpwards", queueIDs},
}

func (f *fixture) nextID(t *testing.T, name string) (id int64) {
	t.Helper()
	f.update(t, func(tx onevent.Tx) (err error) {
		id, err = tx.NextID(name)
		return err
	})
	return id
}

// 1, 2, 3 under each name by itself, across a restart too.
func denseIDs(t *testing.T, f *fixture) {
	for n := int64(1); n <= 6; n++ {
		if n == 4 {
			f.restart()
		}
		for _, name := range []string{"portal", "user/7", "record/7/crm.activity", "it's 100% \x00 odd"} {
			equal(t, "NextID of "+name, f.nextID(t, name), n)
		}
	}
	f.update(t, func(tx onevent.Tx) error {
		for n := int64(1); n <= 3; n++ {
			id, err := tx.NextID("many")
			if err != nil {
				return err
			}
			equal(t, "NextID within one closure", id, n)
		}
		return nil
	})
}

// Closures that fail, beside ones that don't, and restarts never bring a
// number back.
func uniqueIDs(t *testing.T, f *fixture) {
	seen := map[string]bool{}
	var mu sync.Mutex
	for range 3 {
		f.together(30, func(i int) {
			var ids []string
			err := f.store.Update(context.Background(), func(tx onevent.Tx) error {
				id, err := tx.NextID("n")
				if err != nil {
					return err
				}
				e, ds, err := publish(tx, 1)
				if err != nil {
					return err
				}
				ids = []string{fmt.Sprint("n", id), fmt.Sprint("e", e.ID), fmt.Sprint("d", ds[0].ID)}
				if i%4 == 0 {
					return errBoom
				}
				return nil
			})
			if err != nil && err != errBoom {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, id := range ids {
				if seen[id] && err == nil {
					t.Errorf("%s was drawn twice", id)
				}
				seen[id] = true
			}
		})
		f.restart()
	}
}

func removedIDs(t *testing.T, f *fixture) {
	put := func() (id int64) {
		f.update(t, func(tx onevent.Tx) (err error) {
			if id, err = tx.NextID("record/1/k"); err != nil {
				return err
			}
			return tx.PutRecord(onevent.Record{Portal: 1, Kind: "k", ID: id, Fields: []byte(`{}`)})
		})
		return id
	}
	equal(t, "first", put(), 1)
	second := put()
	f.update(t, func(tx onevent.Tx) error { return tx.DeleteRecord(1, "k", second) })
	equal(t, "after the newest was removed", put(), 3)
	f.update(t, func(tx onevent.Tx) error { return tx.DeleteRecord(1, "k", 3) })
	f.restart()
	equal(t, "after that and a restart", put(), 4)
}

func queueIDs(t *testing.T, f *fixture) {
	var event onevent.EventID
	var delivery onevent.DeliveryID
	for range 3 {
		for range 700 / 10 {
			f.update(t, func(tx onevent.Tx) error {
				for range 10 {
					e, ds, err := publish(tx, 1, 2)
					if err != nil {
						return err
					}
					if e.ID <= event || ds[0].ID <= delivery || ds[1].ID <= ds[0].ID || int64(ds[1].ID) >= 1<<53 {
						t.Fatalf("after event %d and delivery %d came %d, %d and %d", event, delivery, e.ID, ds[0].ID, ds[1].ID)
					}
					event, delivery = e.ID, ds[1].ID
				}
				return nil
			})
		}
		f.restart()
	}
}
