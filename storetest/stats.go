package storetest

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/onevent/onevent"
)

var statsCases = []testCase{
	{"CountsAreExactWhateverFails", exactStats},
	{"ATransactionCountsItsOwn", ownStats},
}

// A random load, a third of it failing, beside a model that counts what was
// answered; the same in one transaction, in the next View and after a restart.
func exactStats(t *testing.T, f *fixture) {
	random := rand.New(rand.NewPCG(1, 2))
	var want onevent.Stats
	var waiting []onevent.DeliveryID
	for round := range 120 {
		fail := random.IntN(3) == 0
		dests := make([]onevent.DestinationID, random.IntN(4))
		for i := range dests {
			dests[i] = onevent.DestinationID(random.IntN(5) + 1)
		}
		settle, state := 0, onevent.State(1+random.IntN(3))
		if len(waiting) > 0 {
			settle = random.IntN(min(3, len(waiting)))
		}
		cancel := random.IntN(8) == 0
		next := want
		var added []onevent.Delivery
		cancelled := 0
		err := f.store.Update(context.Background(), func(tx onevent.Tx) (err error) {
			if _, added, err = publish(tx, dests...); err != nil {
				return err
			}
			for _, id := range waiting[:settle] {
				if err := tx.Settle(&onevent.Outcome{Delivery: id, State: state}); err != nil {
					return err
				}
			}
			if cancel {
				if cancelled, err = tx.CancelWaiting(1, 101, onevent.VerdictUnbound, 2); err != nil {
					return err
				}
			}
			if fail {
				return errBoom
			}
			return nil
		})
		if fail {
			equal(t, "Update", err, errBoom)
			equal(t, "Stats after a failure", f.stats(t), want)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		next.Events++
		next.Waiting += int64(len(added) - settle - cancelled)
		next.Cancelled += int64(cancelled)
		switch state {
		case onevent.StateDelivered:
			next.Delivered += int64(settle)
		case onevent.StateFailed:
			next.Failed += int64(settle)
		case onevent.StateCancelled:
			next.Cancelled += int64(settle)
		}
		want = next
		equal(t, "Stats", f.stats(t), want)
		waiting = f.waitingIDs(t)
		if round%40 == 39 {
			f.restart()
			equal(t, "Stats after a restart", f.stats(t), want)
		}
	}
	equal(t, "waiting rows", int64(len(f.waitingIDs(t))), want.Waiting)
}

func (f *fixture) waitingIDs(t *testing.T) (ids []onevent.DeliveryID) {
	t.Helper()
	for dest := range onevent.DestinationID(6) {
		for _, w := range f.waiting(t, dest, 0, 10_000) {
			ids = append(ids, w.Delivery.ID)
		}
	}
	return ids
}

func ownStats(t *testing.T, f *fixture) {
	f.add(t, 1)
	f.update(t, func(tx onevent.Tx) error {
		if _, _, err := publish(tx, 1, 2); err != nil {
			return err
		}
		st, err := tx.Stats()
		equal(t, "Stats inside", st, onevent.Stats{Events: 2, Waiting: 3})
		return err
	})
}
