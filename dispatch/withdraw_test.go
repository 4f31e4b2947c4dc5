package dispatch_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
)

// withdraw cancels a delivery as an operator does.
func (b *bed) withdraw(d onevent.Delivery) {
	b.t.Helper()
	b.update(func(tx onevent.Tx) error {
		tx.OnCommit(func() { b.engine.Withdraw(d.Destination, []onevent.DeliveryID{d.ID}) })
		return tx.Settle(&onevent.Outcome{
			Delivery: d.ID, State: onevent.StateCancelled, Verdict: onevent.VerdictCancelled, Attempts: d.Attempts, Retries: d.Retries,
		})
	})
}

// The delivery that holds up its object is cancelled while it waits for its retry:
// the next one goes at once, and the retry never comes.
func TestWhatIsCancelledHoldsUpItsObjectNoMore(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYUPDATE", "https://a.test/", 0, onevent.DeliveryOptions{})
		first, second := b.raise("ONCRMACTIVITYUPDATE", 1, 0), b.raise("ONCRMACTIVITYUPDATE", 1, 0)
		b.next().status(500)
		b.none()
		b.withdraw(b.delivery(first))
		b.next().status(200)
		b.becomes(second, onevent.StateDelivered, "")
		b.pass(time.Hour)
		b.none()
		b.becomes(first, onevent.StateCancelled, onevent.VerdictCancelled)
	})
}

// One that is cancelled in flight is not tried again, and counts as delivered if it
// succeeds.
func TestWhatIsCancelledInFlightEndsByItself(t *testing.T) {
	for _, status := range []int{500, 200} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) { cancelledInFlight(t, b, status) })
		})
	}
}

func cancelledInFlight(t *testing.T, b *bed, status int) {
	b.bind("ONCRMACTIVITYUPDATE", "https://a.test/", 0, onevent.DeliveryOptions{Order: onevent.OrderNone})
	id := b.raise("ONCRMACTIVITYUPDATE", 1, 0)
	call := b.next()
	b.withdraw(b.delivery(id))
	call.status(status)
	b.pass(time.Hour)
	b.none()
	if status == 200 {
		b.becomes(id, onevent.StateDelivered, "")
		return
	}
	b.becomes(id, onevent.StateCancelled, onevent.VerdictCancelled)
	b.view(func(r onevent.Reader) error {
		all, err := r.Attempts(b.delivery(id).ID)
		if len(all) != 1 || all[0].Status != status {
			t.Errorf("attempts are %+v", all)
		}
		return err
	})
}

// What waits in the store alone is never read once it was cancelled.
func TestWhatIsCancelledInTheStoreIsNeverSent(t *testing.T) {
	inBubble(t, dispatch.Limits{Destination: 1}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYUPDATE", "https://a.test/", 0, onevent.DeliveryOptions{Order: onevent.OrderAll})
		var ids []onevent.EventID
		for n := range 100 {
			ids = append(ids, b.raise("ONCRMACTIVITYUPDATE", n, 0))
		}
		call := b.next()
		for _, id := range ids[1:99] {
			b.withdraw(b.delivery(id))
		}
		call.status(200)
		b.next().status(200)
		b.becomes(ids[99], onevent.StateDelivered, "")
		b.none()
	})
}
