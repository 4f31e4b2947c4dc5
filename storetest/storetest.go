// Package storetest is the law of onevent.Store, case by case. Every driver
// passes it, with the race detector too; a new promise of the contract is
// proved here before a driver keeps it.
package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/onevent/onevent"
)

// Opener opens an empty store that is closed when the test ends. reopen closes
// the store and opens the same one again.
type Opener func(t *testing.T, clock onevent.Clock) (store onevent.Store, reopen func() onevent.Store)

// Run proves the whole law for one driver.
func Run(t *testing.T, open Opener) {
	for _, topic := range []struct {
		name  string
		cases []testCase
	}{
		{"Update", updateCases},
		{"View", viewCases},
		{"NextID", idCases},
		{"Tables", tableCases},
		{"Queue", queueCases},
		{"Settle", settleCases},
		{"Stats", statsCases},
		{"Log", logCases},
		{"Sweep", sweepCases},
		{"Records", recordCases},
		{"Answers", answerCases},
		{"Files", fileCases},
	} {
		t.Run(topic.name, func(t *testing.T) { runCases(t, open, topic.cases) })
	}
}

// testCase is one article of the law.
type testCase struct {
	name string
	test func(*testing.T, *fixture)
}

func runCases(t *testing.T, open Opener, cases []testCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clock := onevent.NewManualClock(start)
			f := &fixture{clock: clock}
			f.store, f.reopen = open(t, clock)
			c.test(t, f)
		})
	}
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fixture is an empty store with its clock.
type fixture struct {
	store  onevent.Store
	clock  *onevent.ManualClock
	reopen func() onevent.Store
}

// update fails the test when Update fails.
func (f *fixture) update(t *testing.T, fn func(onevent.Tx) error) {
	t.Helper()
	if err := f.store.Update(context.Background(), fn); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

// view fails the test when View fails.
func (f *fixture) view(t *testing.T, fn func(onevent.Reader) error) {
	t.Helper()
	if err := f.store.View(context.Background(), fn); err != nil {
		t.Fatalf("View: %v", err)
	}
}

// restart closes the store and opens it again.
func (f *fixture) restart() { f.store = f.reopen() }

func (f *fixture) stats(t *testing.T) (st onevent.Stats) {
	t.Helper()
	f.view(t, func(r onevent.Reader) (err error) {
		st, err = r.Stats()
		return err
	})
	return st
}

// publish adds an event with one delivery for each of the destinations.
func publish(tx onevent.Tx, dests ...onevent.DestinationID) (e onevent.Event, ds []onevent.Delivery, err error) {
	e = onevent.Event{Portal: 1, Code: "ONCRMACTIVITYADD", Data: []byte(`{"FIELDS":{"ID":1}}`), Time: start}
	if err := tx.AddEvent(&e); err != nil {
		return e, nil, err
	}
	for _, dest := range dests {
		d := onevent.Delivery{
			Event: e.ID, Portal: 1, Handler: onevent.HandlerID(dest) + 100, Destination: dest,
			Lane: int(dest) % onevent.Lanes, Deadline: start.Add(7 * 24 * time.Hour),
		}
		if err := tx.AddDelivery(&d); err != nil {
			return e, nil, err
		}
		ds = append(ds, d)
	}
	return e, ds, nil
}

// add publishes one event in its own transaction.
func (f *fixture) add(t *testing.T, dests ...onevent.DestinationID) (e onevent.Event, ds []onevent.Delivery) {
	t.Helper()
	f.update(t, func(tx onevent.Tx) (err error) {
		e, ds, err = publish(tx, dests...)
		return err
	})
	return e, ds
}

// delivery reads one delivery as it is now.
func (f *fixture) delivery(t *testing.T, of onevent.Delivery) (found onevent.Delivery) {
	t.Helper()
	f.view(t, func(r onevent.Reader) error {
		all, err := r.Deliveries(of.Event)
		for _, d := range all {
			if d.ID == of.ID {
				found = d
			}
		}
		return err
	})
	return found
}

func wantCode(t *testing.T, err error, code onevent.Code) {
	t.Helper()
	if got := onevent.CodeOf(err); got != code {
		t.Errorf("error %v has the code %q, want %q", err, got, code)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}
