package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/onevent/onevent"
)

var settleCases = []testCase{
	{"AnOutcomeIsReadBack", outcomes},
	{"EachStateTakesOnlyTheOutcomesItMay", transitions},
	{"ALateFailureOfACancelledDeliveryIsLogged", lateFailure},
	{"AnOutcomeWithoutAttemptKeepsTheNewestAttempt", untried},
	{"EveryAttemptIsInTheLog", attempts},
	{"CancelWaitingTakesTheHandlersOldestFirst", cancelWaiting},
	{"ASettledDeliveryStaysSettledAfterARestart", settledRestart},
}

func (f *fixture) settle(t *testing.T, o onevent.Outcome) {
	t.Helper()
	err := f.store.Settle(t.Context(), func(tx onevent.Tx) error { return tx.Settle(&o) })
	if err != nil {
		t.Fatalf("Settle: %v", err)
	}
}

func attempt(n int, status int) onevent.Attempt {
	a := onevent.Attempt{Time: start.Add(time.Duration(n) * time.Second), Status: status, Took: 1234 * time.Millisecond}
	if status == 0 {
		a.Error = odd
	}
	return a
}

func outcomes(t *testing.T, f *fixture) {
	_, ds := f.add(t, 1)
	f.settle(t, onevent.Outcome{
		Delivery: ds[0].ID, State: onevent.StateWaiting, Verdict: "x", Attempt: attempt(1, 0),
		Attempts: 1, Retries: 1, Due: created,
	})
	want := ds[0]
	want.Verdict, want.Attempts, want.Retries, want.Due, want.Last = "x", 1, 1, created, attempt(1, 0)
	equal(t, "after a failure", f.delivery(t, ds[0]), want)

	f.settle(t, onevent.Outcome{
		Delivery: ds[0].ID, State: onevent.StateDelivered, Attempt: attempt(2, 204), Attempts: 2, Retries: 1,
	})
	want.State, want.Verdict, want.Attempts, want.Due, want.Last = onevent.StateDelivered, "", 2, time.Time{}, attempt(2, 204)
	want.Settled = start
	equal(t, "after the success", f.delivery(t, ds[0]), want)
}

// From each state, each outcome: the table of what may follow.
func transitions(t *testing.T, f *fixture) {
	states := []onevent.State{onevent.StateWaiting, onevent.StateDelivered, onevent.StateFailed, onevent.StateCancelled}
	for _, from := range states {
		for _, to := range states {
			_, ds := f.add(t, 1)
			if from != onevent.StateWaiting {
				f.settle(t, onevent.Outcome{Delivery: ds[0].ID, State: from, Verdict: "first"})
			}
			before, stats := f.delivery(t, ds[0]), f.stats(t)
			f.settle(t, onevent.Outcome{Delivery: ds[0].ID, State: to, Verdict: "second", Attempt: attempt(1, 200), Attempts: 1})
			after := f.delivery(t, ds[0])
			if from == onevent.StateWaiting || from == onevent.StateCancelled && to == onevent.StateDelivered {
				equal(t, "state from "+from.String(), after.State, to)
				equal(t, "verdict from "+from.String(), after.Verdict, "second")
				equal(t, "attempts from "+from.String(), after.Attempts, 1)
				continue
			}
			equal(t, from.String()+" to "+to.String(), after, before)
			equal(t, "Stats", f.stats(t), stats)
		}
	}
}

func lateFailure(t *testing.T, f *fixture) {
	_, ds := f.add(t, 1)
	f.settle(t, onevent.Outcome{Delivery: ds[0].ID, State: onevent.StateCancelled, Verdict: onevent.VerdictUnbound})
	f.settle(t, onevent.Outcome{Delivery: ds[0].ID, State: onevent.StateWaiting, Attempt: attempt(1, 500), Attempts: 1, Due: created})
	after := f.delivery(t, ds[0])
	equal(t, "state", after.State, onevent.StateCancelled)
	equal(t, "verdict", after.Verdict, onevent.VerdictUnbound)
	f.wantAttempts(t, ds[0], attempt(1, 500))
}

func untried(t *testing.T, f *fixture) {
	_, ds := f.add(t, 1)
	f.settle(t, onevent.Outcome{Delivery: ds[0].ID, State: onevent.StateWaiting, Attempt: attempt(1, 500), Attempts: 1, Due: created})
	f.settle(t, onevent.Outcome{Delivery: ds[0].ID, State: onevent.StateFailed, Verdict: onevent.VerdictExpired, Attempts: 1})
	after := f.delivery(t, ds[0])
	equal(t, "state", after.State, onevent.StateFailed)
	equal(t, "newest attempt", after.Last, attempt(1, 500))
	f.wantAttempts(t, ds[0], attempt(1, 500))
}

func (f *fixture) wantAttempts(t *testing.T, d onevent.Delivery, want ...onevent.Attempt) {
	t.Helper()
	f.view(t, func(r onevent.Reader) error {
		got, err := r.Attempts(d.ID)
		if !slices.Equal(got, want) {
			t.Errorf("Attempts = %+v, want %+v", got, want)
		}
		return err
	})
}

func attempts(t *testing.T, f *fixture) {
	_, ds := f.add(t, 1, 1, 1, 1)
	f.wantAttempts(t, ds[0])

	f.settle(t, onevent.Outcome{Delivery: ds[1].ID, State: onevent.StateDelivered, Attempt: attempt(1, 200), Attempts: 1})
	f.wantAttempts(t, ds[1], attempt(1, 200))

	f.settle(t, onevent.Outcome{Delivery: ds[2].ID, State: onevent.StateFailed, Attempt: attempt(1, 404), Attempts: 1})
	f.wantAttempts(t, ds[2], attempt(1, 404))

	var want []onevent.Attempt
	for n := 1; n <= 12; n++ {
		o := onevent.Outcome{Delivery: ds[3].ID, State: onevent.StateWaiting, Attempt: attempt(n, 0), Attempts: n, Retries: n}
		if n == 12 {
			o.State, o.Attempt = onevent.StateDelivered, attempt(n, 200)
		}
		f.settle(t, o)
		want = append(want, o.Attempt)
	}
	f.restart()
	f.wantAttempts(t, ds[3], want...)
}

func cancelWaiting(t *testing.T, f *fixture) {
	var mine []onevent.Delivery
	for n := range 12 {
		_, ds := f.add(t, 1, 1, 2)
		f.update(t, func(tx onevent.Tx) error {
			d := ds[0]
			d.Handler = 5
			if err := tx.AddDelivery(&d); err != nil {
				return err
			}
			mine = append(mine, d)
			if n == 0 {
				return tx.Settle(&onevent.Outcome{Delivery: d.ID, State: onevent.StateDelivered})
			}
			return nil
		})
	}
	for _, step := range []struct{ limit, want int }{{0, 0}, {4, 4}, {4, 4}, {4, 3}, {4, 0}} {
		f.update(t, func(tx onevent.Tx) error {
			n, err := tx.CancelWaiting(1, 5, onevent.VerdictUnbound, step.limit)
			equal(t, "cancelled", n, step.want)
			return err
		})
		if step.limit == 4 && step.want == 4 {
			equal(t, "the oldest", f.delivery(t, mine[1]).State, onevent.StateCancelled)
		}
	}
	equal(t, "the delivered one", f.delivery(t, mine[0]).State, onevent.StateDelivered)
	last := f.delivery(t, mine[11])
	equal(t, "verdict", last.Verdict, onevent.VerdictUnbound)
	equal(t, "settled", last.Settled, start)
	equal(t, "other handlers' deliveries", len(f.waiting(t, 1, 0, 100)), 24)
	equal(t, "other destinations' deliveries", len(f.waiting(t, 2, 0, 100)), 12)
	equal(t, "Stats", f.stats(t), onevent.Stats{Events: 12, Waiting: 36, Delivered: 1, Cancelled: 11})
	f.update(t, func(tx onevent.Tx) error {
		late := onevent.Delivery{Event: mine[0].Event, Handler: 5, Destination: 1}
		if err := tx.AddDelivery(&late); err != nil {
			return err
		}
		n, err := tx.CancelWaiting(1, 5, onevent.VerdictUnbound, 4)
		equal(t, "cancelled of what came later", n, 1)
		return err
	})
}

func settledRestart(t *testing.T, f *fixture) {
	_, ds := f.add(t, 1, 1)
	f.settle(t, onevent.Outcome{Delivery: ds[0].ID, State: onevent.StateDelivered, Attempt: attempt(1, 200), Attempts: 1})
	before := f.delivery(t, ds[0])
	f.restart()
	equal(t, "the delivery", f.delivery(t, ds[0]), before)
	equal(t, "waiting", len(f.waiting(t, 1, 0, 10)), 1)
}
