package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/onevent/onevent"
)

var sweepCases = []testCase{
	{"WhatMustStayStays", sweepKeeps},
	{"WhatIsOldAndSettledGoes", sweepRemoves},
	{"EventsThatMatchedNothingGoEarlier", sweepUnserved},
	{"TheOldestGoWhileTheStoreIsTooLarge", sweepSize},
	{"WhatWaitedGoesOnceItWasSettled", sweepLate},
	{"WithoutRetentionNothingGoes", sweepNothing},
}

// sweep removes all that may go, and bounds how often it is asked.
func (f *fixture) sweep(t *testing.T, r onevent.Retention) (n onevent.Swept) {
	t.Helper()
	for range 10_000 {
		s, err := f.store.Sweep(t.Context(), r)
		if err != nil {
			t.Fatalf("Sweep: %v", err)
		}
		n.Events, n.Deliveries = n.Events+s.Events, n.Deliveries+s.Deliveries
		if !s.More {
			return n
		}
	}
	t.Fatal("Sweep has no end")
	return n
}

// sweepUntil sweeps until nothing is left of what the newest rows may keep: the log
// may be looked through behind it.
func (f *fixture) sweepUntil(t *testing.T, r onevent.Retention, enough func() bool) (n onevent.Swept) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for !enough() {
		s := f.sweep(t, r)
		n.Events, n.Deliveries = n.Events+s.Events, n.Deliveries+s.Deliveries
		if ctx.Err() != nil {
			t.Fatalf("after two minutes %d events and %d deliveries are removed", n.Events, n.Deliveries)
		}
	}
	return n
}

// A random log, of which random parts may go, keeps all else, and finds it.
func sweepKeeps(t *testing.T, f *fixture) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	j := &journal{}
	j.prepare(t, f)
	for range 5 {
		for range 60 {
			f.update(t, func(tx onevent.Tx) error { return j.add(tx, r) })
		}
		f.clock.Advance(time.Minute)
		f.update(t, func(tx onevent.Tx) error { return j.settleSome(tx, r, f.clock.Now()) })
		keep := onevent.Retention{Settled: start.Add(time.Duration(r.IntN(300)) * time.Second)}
		keep.Unserved = keep.Settled.Add(time.Duration(r.IntN(60)) * time.Second)
		f.sweep(t, keep)
		f.view(t, func(rd onevent.Reader) error {
			j.forget(t, rd, keep)
			for range 15 {
				j.check(t, rd, randomSearch(r))
				j.checkEvents(t, rd, randomEventSearch(r))
			}
			return j.checkDeliveriesOf(t, rd)
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// forget takes out of the journal what is gone, after it was judged.
func (j *journal) forget(t *testing.T, rd onevent.Reader, keep onevent.Retention) {
	t.Helper()
	served := map[onevent.EventID]bool{}
	j.deliveries = slices.DeleteFunc(j.deliveries, func(d onevent.Delivery) bool {
		_, err := rd.Delivery(d.ID)
		gone := errors.Is(err, onevent.ErrNotFound)
		if may := d.State != onevent.StateWaiting && d.Settled.Before(keep.Settled); gone && !may {
			t.Errorf("delivery %d, %s since %v, is gone", d.ID, d.State, d.Settled)
		}
		served[d.Event] = served[d.Event] || !gone
		return gone
	})
	if j.ghosts == nil {
		j.ghosts = map[onevent.EventID]bool{}
	}
	for id, is := range served {
		j.ghosts[id] = j.ghosts[id] || !is
	}
	j.events = slices.DeleteFunc(j.events, func(e onevent.Event) bool {
		_, err := rd.Event(e.ID)
		gone := errors.Is(err, onevent.ErrNotFound)
		if gone && (served[e.ID] || !e.Time.Before(keep.Unserved)) {
			t.Errorf("event %d of %v is gone", e.ID, e.Time)
		}
		return gone
	})
}

func (j *journal) checkDeliveriesOf(t *testing.T, rd onevent.Reader) error {
	want := map[onevent.EventID][]onevent.Delivery{}
	for _, d := range j.deliveries {
		want[d.Event] = append(want[d.Event], d)
	}
	for _, e := range j.events {
		got, err := rd.Deliveries(e.ID)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(got, want[e.ID]) {
			t.Errorf("Deliveries of event %d = %v, want %v", e.ID, got, want[e.ID])
		}
	}
	return nil
}

// sweepRows is how many events the following cases write: several times as many as
// may stay for being the newest.
const sweepRows = 9_000

// many writes events, each with one delivery, and settles those of which settled
// says so.
func (f *fixture) many(t *testing.T, served, settled func(n int) bool) {
	t.Helper()
	for n := 0; n < sweepRows; n += 500 {
		f.update(t, func(tx onevent.Tx) error {
			for i := n; i < n+500; i++ {
				if err := oneOfMany(tx, served(i), settled(i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func oneOfMany(tx onevent.Tx, served, settled bool) error {
	if !served {
		_, _, err := publish(tx)
		return err
	}
	_, ds, err := publish(tx, 1)
	if err != nil || !settled {
		return err
	}
	return tx.Settle(&onevent.Outcome{Delivery: ds[0].ID, State: onevent.StateFailed, Attempt: attempt(1, 404), Attempts: 1})
}

func always(int) bool { return true }

// left counts the events and deliveries that a search finds.
func (f *fixture) left(t *testing.T) (events, deliveries int) {
	t.Helper()
	f.view(t, func(r onevent.Reader) error {
		for s := (onevent.EventSearch{Limit: onevent.MaxSearch}); ; {
			page, err := r.SearchEvents(s)
			events += len(page.Rows)
			if s.After = page.Next; err != nil || page.Next == 0 {
				break
			}
		}
		for s := (onevent.DeliverySearch{Limit: onevent.MaxSearch}); ; {
			page, err := r.SearchDeliveries(s)
			deliveries += len(page.Rows)
			if s.After = page.Next; err != nil || page.Next == 0 {
				return err
			}
		}
	})
	return events, deliveries
}

// fewLeft says that no more events are there than may stay for being the newest.
func (f *fixture) fewLeft(t *testing.T, others int) func() bool {
	return func() bool {
		events, _ := f.left(t)
		return events <= others+sweepRows/2
	}
}

func sweepRemoves(t *testing.T, f *fixture) {
	f.many(t, always, func(n int) bool { return n%1000 != 0 })
	f.clock.Advance(time.Hour)
	stats := f.stats(t)
	n := f.sweepUntil(t, onevent.Retention{Settled: f.clock.Now()}, f.fewLeft(t, 0))
	events, deliveries := f.left(t)
	equal(t, "events left and removed", events+int(n.Events), sweepRows)
	equal(t, "deliveries left and removed", deliveries+int(n.Deliveries), sweepRows)
	equal(t, "waiting", len(f.waiting(t, 1, 0, 100)), sweepRows/1000)
	equal(t, "Stats", f.stats(t), stats)
	f.restart()
	_, again := f.left(t)
	equal(t, "deliveries left after a restart", again, deliveries)
}

func sweepUnserved(t *testing.T, f *fixture) {
	f.many(t, func(n int) bool { return n%4 == 0 }, always)
	n := f.sweepUntil(t, onevent.Retention{Unserved: start.Add(time.Second)}, f.fewLeft(t, sweepRows/4))
	_, deliveries := f.left(t)
	equal(t, "deliveries", deliveries, sweepRows/4)
	equal(t, "deliveries removed", n.Deliveries, 0)
}

func sweepSize(t *testing.T, f *fixture) {
	f.many(t, always, always)
	f.sweep(t, onevent.Retention{Size: 1 << 40})
	if events, _ := f.left(t); events != sweepRows {
		t.Errorf("%d events are left in a store with room enough", events)
	}
	f.sweepUntil(t, onevent.Retention{Size: 1}, f.fewLeft(t, 0))
}

// What stayed when its neighbours went is looked at again.
func sweepLate(t *testing.T, f *fixture) {
	f.many(t, always, func(n int) bool { return n >= 20 })
	keep := func() onevent.Retention { return onevent.Retention{Settled: f.clock.Now()} }
	f.clock.Advance(time.Hour)
	f.sweepUntil(t, keep(), f.fewLeft(t, 0))
	late := f.waiting(t, 1, 0, 100)
	for _, w := range late {
		f.settle(t, onevent.Outcome{Delivery: w.Delivery.ID, State: onevent.StateDelivered, Attempt: attempt(1, 200), Attempts: 1})
	}
	f.clock.Advance(2 * time.Hour)
	f.sweep(t, keep())
	equal(t, "what had waited", len(late), 20)
	f.view(t, func(r onevent.Reader) error {
		for _, w := range late {
			_, err := r.Delivery(w.Delivery.ID)
			wantCode(t, err, onevent.CodeNotFound)
			_, err = r.Event(w.Delivery.Event)
			wantCode(t, err, onevent.CodeNotFound)
		}
		return nil
	})
}

func sweepNothing(t *testing.T, f *fixture) {
	_, ds := f.add(t, 1)
	f.settle(t, onevent.Outcome{Delivery: ds[0].ID, State: onevent.StateDelivered})
	f.clock.Advance(24 * time.Hour)
	equal(t, "Sweep", f.sweep(t, onevent.Retention{}), onevent.Swept{})
}
