package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent"
)

var queueCases = []testCase{
	{"AnEventComesBackAsItWasAdded", eventRow},
	{"ADeliveryComesBackAsItWasAdded", deliveryRow},
	{"ADeliveryNeedsNoPortalAndNoRowOfItsHandler", rowlessDelivery},
	{"SeqAscendsInCommitOrderOnEveryLane", seqOrder},
	{"WaitingPagesInTheOrderOfSeq", waitingPages},
	{"WaitingTellsWhetherMoreWait", waitingMore},
	{"WaitingBoundsTheDataOfAPage", waitingBytes},
	{"WaitingSharesTheEventWithinAPage", waitingShares},
	{"WaitingKeepsToItsDestinationAndToWhatWaits", waitingOnly},
	{"BacklogsCountWhatWaitsForEachDestination", backlogs},
	{"AWaitingDeliveryIsReadWithItsEventUntilItIsSettled", waitingDelivery},
	{"AllDeliveriesOfAnEventAreFound", deliveriesOfEvent},
	{"WhatIsNotThereIsNotFound", notFound},
}

func eventRow(t *testing.T, f *fixture) {
	full := onevent.Event{
		Portal: 2, Code: odd, Data: []byte("{\"b\":1,\"a\":\"\xff\"}"), Actor: 5,
		Object: onevent.Object{Type: "crm.activity", ID: odd}, Time: created,
		Chain:    onevent.Chain{Depth: 7, Start: start},
		Verdicts: []onevent.HandlerVerdict{{Handler: 1 << 50, Verdict: oddText}, {Handler: 2, Verdict: onevent.VerdictLoop}},
	}
	empty := onevent.Event{}
	f.update(t, func(tx onevent.Tx) error {
		if err := tx.AddEvent(&full); err != nil {
			return err
		}
		return tx.AddEvent(&empty)
	})
	f.restart()
	f.view(t, func(r onevent.Reader) error {
		for _, want := range []onevent.Event{full, empty} {
			got, err := r.Event(want.ID)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("Event = %+v, %v, want %+v", got, err, want)
			}
		}
		return nil
	})
}

// Operator events are such deliveries.
func rowlessDelivery(t *testing.T, f *fixture) {
	e := onevent.Event{Code: onevent.OperatorCode(onevent.OperatorDiskLow), Data: []byte("{}"), Time: created}
	d := onevent.Delivery{Handler: onevent.OperatorHandler, Destination: onevent.OperatorDestination, Deadline: created.Add(time.Hour)}
	f.update(t, func(tx onevent.Tx) error {
		if err := tx.AddEvent(&e); err != nil {
			return err
		}
		d.Event = e.ID
		return tx.AddDelivery(&d)
	})
	f.restart()
	f.view(t, func(r onevent.Reader) error {
		page, err := r.Waiting(onevent.OperatorDestination, 0, 10)
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Delivery != d || !reflect.DeepEqual(*page.Rows[0].Event, e) {
			t.Errorf("%+v, %v", page, err)
		}
		return nil
	})
}

// What a delivery can't have before its first attempt is not stored.
func deliveryRow(t *testing.T, f *fixture) {
	var d onevent.Delivery
	f.update(t, func(tx onevent.Tx) error {
		e, _, err := publish(tx)
		if err != nil {
			return err
		}
		d = onevent.Delivery{
			Event: e.ID, Portal: 2, Handler: 3, Destination: 4, Lane: 1023, Deadline: created, Due: start,
			State: onevent.StateFailed, Verdict: "x", Attempts: 2, Retries: 1, Last: onevent.Attempt{Time: start},
		}
		return tx.AddDelivery(&d)
	})
	want := onevent.Delivery{
		ID: d.ID, Seq: d.Seq, Event: d.Event, Portal: 2, Handler: 3, Destination: 4, Lane: 1023, Deadline: created, Due: start,
	}
	equal(t, "the delivery handed in", d, want)
	equal(t, "the delivery read", f.delivery(t, d), want)
}

// Sixteen writers on three lanes: what a lane's owner hears by OnCommit comes
// in ascending order.
func seqOrder(t *testing.T, f *fixture) {
	var mu sync.Mutex
	heard := map[int][]int64{}
	var done sync.WaitGroup
	for i := range 16 {
		done.Go(func() {
			for n := range 25 {
				err := f.store.Update(context.Background(), func(tx onevent.Tx) error {
					_, ds, err := publish(tx, onevent.DestinationID(i%3+1), onevent.DestinationID((i+1)%3+1))
					if err != nil {
						return err
					}
					if n%5 == 4 {
						return errBoom
					}
					tx.OnCommit(func() {
						mu.Lock()
						defer mu.Unlock()
						for _, d := range ds {
							heard[d.Lane] = append(heard[d.Lane], d.Seq)
						}
					})
					return nil
				})
				if err != nil && err != errBoom {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
	total := 0
	for lane, seqs := range heard {
		total += len(seqs)
		if !slices.IsSorted(seqs) || len(slices.Compact(slices.Clone(seqs))) != len(seqs) {
			t.Errorf("lane %d heard %v", lane, seqs)
		}
	}
	equal(t, "deliveries", total, 16*20*2)
}

func waitingPages(t *testing.T, f *fixture) {
	var want []int64
	for range 25 {
		_, ds := f.add(t, 1, 2)
		want = append(want, ds[0].Seq)
	}
	var got []int64
	after := int64(0)
	for pages := 0; ; pages++ {
		page := f.waiting(t, 1, after, 10)
		if len(page) == 0 {
			equal(t, "pages", pages, 3)
			break
		}
		for _, w := range page {
			got = append(got, w.Delivery.Seq)
			equal(t, "event of the delivery", w.Event.ID, w.Delivery.Event)
		}
		after = got[len(got)-1]
	}
	if !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
	equal(t, "rows of a page of none", len(f.waiting(t, 1, 0, 0)), 0)
	equal(t, "rows after the last", len(f.waiting(t, 1, want[24], 10)), 0)
	equal(t, "rows of nobody", len(f.waiting(t, 77, 0, 10)), 0)
}

func (f *fixture) waiting(t *testing.T, dest onevent.DestinationID, after int64, limit int) []onevent.Waiting {
	t.Helper()
	return f.waitingPage(t, dest, after, limit).Rows
}

func (f *fixture) waitingPage(t *testing.T, dest onevent.DestinationID, after int64, limit int) (page onevent.WaitingPage) {
	t.Helper()
	f.view(t, func(r onevent.Reader) (err error) {
		page, err = r.Waiting(dest, after, limit)
		return err
	})
	return page
}

func waitingMore(t *testing.T, f *fixture) {
	for range 3 {
		f.add(t, 1)
	}
	for limit, more := range map[int]bool{0: true, 1: true, 2: true, 3: false, 4: false} {
		if page := f.waitingPage(t, 1, 0, limit); len(page.Rows) != min(limit, 3) || page.More != more {
			t.Errorf("a page of %d has %d rows, more: %v", limit, len(page.Rows), page.More)
		}
	}
	if page := f.waitingPage(t, 2, 0, 10); len(page.Rows) != 0 || page.More {
		t.Errorf("a page of nobody is %+v", page)
	}
}

// A page of large events ends early, and never before its first row.
func waitingBytes(t *testing.T, f *fixture) {
	data := []byte(`"` + strings.Repeat("x", onevent.WaitingBytes/2) + `"`)
	for range 4 {
		f.update(t, func(tx onevent.Tx) error {
			e := onevent.Event{Portal: 1, Code: "ONCRMACTIVITYADD", Data: data, Time: start}
			if err := tx.AddEvent(&e); err != nil {
				return err
			}
			return tx.AddDelivery(&onevent.Delivery{Event: e.ID, Portal: 1, Handler: 1, Destination: 1, Deadline: start.Add(time.Hour)})
		})
	}
	page := f.waitingPage(t, 1, 0, 10)
	if len(page.Rows) != 2 || !page.More {
		t.Errorf("the first page has %d rows, more: %v", len(page.Rows), page.More)
	}
	page = f.waitingPage(t, 1, page.Rows[1].Delivery.Seq, 10)
	if len(page.Rows) != 2 || page.More {
		t.Errorf("the last page has %d rows, more: %v", len(page.Rows), page.More)
	}
}

func waitingShares(t *testing.T, f *fixture) {
	e, _ := f.add(t, 1, 1, 1)
	page := f.waiting(t, 1, 0, 10)
	if len(page) != 3 || page[0].Event != page[1].Event || page[0].Event != page[2].Event {
		t.Fatalf("the page of one event's deliveries is %+v", page)
	}
	if !reflect.DeepEqual(*page[0].Event, e) {
		t.Errorf("its event is %+v, want %+v", *page[0].Event, e)
	}
}

func waitingOnly(t *testing.T, f *fixture) {
	_, settled := f.add(t, 1)
	_, retried := f.add(t, 1)
	f.add(t, 2)
	f.settle(t, onevent.Outcome{Delivery: settled[0].ID, State: onevent.StateFailed, Verdict: onevent.VerdictExpired})
	due := start.Add(time.Minute)
	f.settle(t, onevent.Outcome{Delivery: retried[0].ID, State: onevent.StateWaiting, Attempts: 1, Retries: 1, Due: due,
		Attempt: onevent.Attempt{Time: start, Status: 500}})
	page := f.waiting(t, 1, 0, 10)
	if len(page) != 1 || page[0].Delivery.ID != retried[0].ID || !page[0].Delivery.Due.Equal(due) {
		t.Errorf("waiting are %+v, want only the retried one, due at %v", page, due)
	}
}

func backlogs(t *testing.T, f *fixture) {
	want := func(want ...onevent.Backlog) {
		t.Helper()
		f.view(t, func(r onevent.Reader) error {
			got, err := r.Backlogs()
			if !slices.Equal(got, want) {
				t.Errorf("Backlogs = %v, want %v", got, want)
			}
			return err
		})
	}
	want()
	_, ds := f.add(t, 3, 9, 3, 500)
	f.add(t, 9)
	want(onevent.Backlog{Destination: 3, Waiting: 2}, onevent.Backlog{Destination: 9, Waiting: 2}, onevent.Backlog{Destination: 500, Waiting: 1})
	f.settle(t, onevent.Outcome{Delivery: ds[3].ID, State: onevent.StateDelivered})
	f.settle(t, onevent.Outcome{Delivery: ds[0].ID, State: onevent.StateDelivered})
	f.settle(t, onevent.Outcome{Delivery: ds[1].ID, State: onevent.StateWaiting, Attempts: 1, Retries: 1, Attempt: attempt(1, 500)})
	want(onevent.Backlog{Destination: 3, Waiting: 1}, onevent.Backlog{Destination: 9, Waiting: 2})
}

func waitingDelivery(t *testing.T, f *fixture) {
	read := func(id onevent.DeliveryID) (w onevent.Waiting, err error) {
		f.view(t, func(r onevent.Reader) error {
			w, err = r.WaitingDelivery(id)
			return nil
		})
		return w, err
	}
	e, ds := f.add(t, 3, 9)
	w, err := read(ds[1].ID)
	if err != nil || !reflect.DeepEqual(w.Delivery, ds[1]) || !reflect.DeepEqual(*w.Event, e) {
		t.Errorf("WaitingDelivery = %+v, %v, want %+v of %+v", w, err, ds[1], e)
	}
	f.settle(t, onevent.Outcome{Delivery: ds[1].ID, State: onevent.StateWaiting, Attempts: 1, Retries: 1, Due: created, Attempt: attempt(1, 500)})
	w, err = read(ds[1].ID)
	equal(t, "error of one that was attempted", err, nil)
	equal(t, "retries", w.Delivery.Retries, 1)
	f.settle(t, onevent.Outcome{Delivery: ds[1].ID, State: onevent.StateCancelled})
	_, err = read(ds[1].ID)
	wantCode(t, err, onevent.CodeNotFound)
	_, err = read(1 << 50)
	wantCode(t, err, onevent.CodeNotFound)
}

// However they were added: right after their event, among those of others, in
// a later transaction.
func deliveriesOfEvent(t *testing.T, f *fixture) {
	want := map[onevent.EventID][]onevent.DeliveryID{}
	add := func(tx onevent.Tx, e *onevent.Event, n int) {
		t.Helper()
		for range n {
			d := onevent.Delivery{Event: e.ID, Portal: 1, Destination: 1}
			if err := tx.AddDelivery(&d); err != nil {
				t.Fatal(err)
			}
			want[e.ID] = append(want[e.ID], d.ID)
		}
	}
	var a, b, c, none onevent.Event
	f.update(t, func(tx onevent.Tx) error {
		if err := errors.Join(tx.AddEvent(&a), tx.AddEvent(&b)); err != nil {
			return err
		}
		add(tx, &a, 2)
		add(tx, &b, 2)
		add(tx, &a, 1)
		return nil
	})
	err := f.store.Update(context.Background(), func(tx onevent.Tx) error {
		if _, _, err := publish(tx, 1, 2, 3); err != nil {
			return err
		}
		return errBoom
	})
	equal(t, "Update", err, errBoom)
	f.update(t, func(tx onevent.Tx) error {
		add(tx, &a, 1)
		if err := errors.Join(tx.AddEvent(&none), tx.AddEvent(&c)); err != nil {
			return err
		}
		add(tx, &c, 3)
		add(tx, &b, 1)
		return nil
	})
	f.restart()
	f.update(t, func(tx onevent.Tx) error {
		add(tx, &c, 1)
		add(tx, &a, 1)
		return nil
	})
	f.view(t, func(r onevent.Reader) error {
		for _, e := range []onevent.Event{a, b, none, c} {
			ds, err := r.Deliveries(e.ID)
			if err != nil {
				return err
			}
			var got []onevent.DeliveryID
			for _, d := range ds {
				got = append(got, d.ID)
				equal(t, "event", d.Event, e.ID)
			}
			if !slices.Equal(got, want[e.ID]) {
				t.Errorf("Deliveries of event %d = %v, want %v", e.ID, got, want[e.ID])
			}
		}
		return nil
	})
}

func notFound(t *testing.T, f *fixture) {
	f.add(t, 1)
	f.view(t, func(r onevent.Reader) error {
		_, err := r.Event(999_999)
		wantCode(t, err, onevent.CodeNotFound)
		_, err = r.Attempts(999_999)
		wantCode(t, err, onevent.CodeNotFound)
		ds, err := r.Deliveries(999_999)
		equal(t, "deliveries", len(ds), 0)
		return err
	})
	err := f.store.Settle(t.Context(), func(tx onevent.Tx) error {
		return tx.Settle(&onevent.Outcome{Delivery: 999_999, State: onevent.StateDelivered})
	})
	wantCode(t, err, onevent.CodeNotFound)
}
