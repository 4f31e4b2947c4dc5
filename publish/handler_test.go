package publish_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
)

// fill raises n events in one transaction.
func (b *bed) fill(n int) {
	b.T.Helper()
	b.Update(func(tx onevent.Tx) error {
		for range n {
			if _, err := b.Publisher.Raise(tx, b.raised("999")); err != nil {
				return err
			}
		}
		return nil
	})
}

// states counts the deliveries of the event by state and verdict.
func states(o outcome) map[onevent.HandlerID]string {
	out := map[onevent.HandlerID]string{}
	for _, d := range o.deliveries {
		out[d.Handler] = d.State.String() + " " + string(d.Verdict)
	}
	return out
}

func TestAnEndCancelsWhatWaitsAndNotWhatIsRaisedAfterIt(t *testing.T) {
	b := open(t)
	ended, kept := b.bind(b.app()), b.bind(b.app(), asUser(testportal.Admin))
	before := b.raise(b.raised("999"))
	var after onevent.EventID
	b.Update(func(tx onevent.Tx) error {
		list := []onevent.Handler{*ended}
		if err := b.Publisher.End(tx, list, onevent.VerdictUninstalled); err != nil {
			return err
		}
		if len(b.Queue.Dropped()) != 0 {
			t.Error("the queue dropped before the commit")
		}
		result, err := b.Publisher.RaiseTo(tx, b.raised("999"), b.Installation(b.App), list)
		after = result.ID
		return err
	})
	got := states(b.read(before.ID))
	if got[ended.ID] != "cancelled uninstalled" || got[kept.ID] != "waiting " {
		t.Errorf("what waited: %v", got)
	}
	if got := states(b.read(after)); got[ended.ID] != "waiting " {
		t.Errorf("what was raised after it: %v", got)
	}
	if h := b.Directory.Handler(ended.ID); h.Stands() || h.EndedBy != onevent.VerdictUninstalled || !h.Ended.Equal(b.Clock.Now()) {
		t.Errorf("the handler: %+v", h)
	}
	if !slices.Equal(b.Queue.Dropped(), []onevent.HandlerID{ended.ID}) {
		t.Errorf("dropped: %v", b.Queue.Dropped())
	}
	if o := b.raise(b.raised("999")); !slices.Equal(o.served(), []onevent.HandlerID{kept.ID}) {
		t.Errorf("served after the end: %v", o.served())
	}
}

func TestAnEndThatIsNotCommittedEndsNothing(t *testing.T) {
	b := open(t)
	h := b.bind(b.app())
	before := b.raise(b.raised("999"))
	err := lost{b.Store}.Update(t.Context(), func(tx onevent.Tx) error {
		return b.Publisher.End(tx, []onevent.Handler{*h}, onevent.VerdictUnbound)
	})
	if !errors.Is(err, errLost) {
		t.Fatal(err)
	}
	if got := states(b.read(before.ID)); got[h.ID] != "waiting " || !b.Directory.Handler(h.ID).Stands() || len(b.Queue.Dropped()) != 0 {
		t.Errorf("%v, dropped: %v", got, b.Queue.Dropped())
	}
}

// steps is a store that tells how many deliveries each transaction cancelled.
type steps struct {
	onevent.Store
	cancelled []int
	err       error
}

func (s *steps) Settle(ctx context.Context, fn func(onevent.Tx) error) error {
	if s.err != nil {
		return s.err
	}
	n := 0
	err := s.Store.Settle(ctx, func(tx onevent.Tx) error {
		n = 0
		return fn(stepTx{tx, &n})
	})
	s.cancelled = append(s.cancelled, n)
	return err
}

func (s *steps) SettleSoon(ctx context.Context, fn func(onevent.Tx) error) error {
	return s.Settle(ctx, fn)
}

type stepTx struct {
	onevent.Tx
	n *int
}

func (tx stepTx) CancelWaiting(d onevent.DestinationID, h onevent.HandlerID, v onevent.Verdict, limit int) (int, error) {
	n, err := tx.Tx.CancelWaiting(d, h, v, limit)
	*tx.n += n
	return n, err
}

func TestALongBacklogIsCancelledInSharedSteps(t *testing.T) {
	b := open(t)
	first, second := b.bind(b.app()), b.bind(b.app(), asUser(testportal.Admin))
	kept := b.bind(b.app(), asUser(testportal.User))
	const waiting = 1700
	b.fill(waiting)
	list := []onevent.Handler{*first, *second}
	b.Update(func(tx onevent.Tx) error { return b.Publisher.End(tx, list, onevent.VerdictUnbound) })
	if got := b.stats(); got.Cancelled != 2000 || got.Waiting != 3*waiting-2000 {
		t.Errorf("after the end: %+v", got)
	}
	store := &steps{Store: b.Store}
	if err := b.Publisher.CancelRest(t.Context(), store, list, onevent.VerdictUnbound); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(store.cancelled, []int{1000, 400}) {
		t.Errorf("steps of %v", store.cancelled)
	}
	if got := b.stats(); got.Cancelled != 2*waiting || got.Waiting != waiting {
		t.Errorf("after the rest: %+v", got)
	}
	if got := states(b.read(1)); got[first.ID] != "cancelled unbound" || got[kept.ID] != "waiting " {
		t.Errorf("the first event: %v", got)
	}
}

func TestARestOfExactlyOneStepIsCancelled(t *testing.T) {
	b := open(t)
	h := b.bind(b.app())
	b.fill(1000)
	store := &steps{Store: b.Store}
	if err := b.Publisher.CancelRest(t.Context(), store, []onevent.Handler{*h}, onevent.VerdictUnbound); err != nil {
		t.Fatal(err)
	}
	if got := b.stats(); got.Cancelled != 1000 || got.Waiting != 0 {
		t.Errorf("steps of %v, %+v", store.cancelled, got)
	}
}

func TestARestThatCannotBeCancelledIsAnError(t *testing.T) {
	b := open(t)
	h := b.bind(b.app())
	store := &steps{Store: b.Store, err: errLost}
	if err := b.Publisher.CancelRest(t.Context(), store, []onevent.Handler{*h}, onevent.VerdictUnbound); !errors.Is(err, errLost) {
		t.Errorf("got %v", err)
	}
}
