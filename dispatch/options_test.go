package dispatch_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
)

// change gives a destination other options and tells the engine.
func (w *world) change(h onevent.Handler, opts onevent.DeliveryOptions) {
	w.t.Helper()
	w.update(func(tx onevent.Tx) error {
		d := *w.dir.Destination(h.Destination)
		d.Options = opts
		w.must(w.dir.PutDestination(tx, d))
		tx.OnCommit(func() { w.engine.Wake(d.ID) })
		return nil
	})
}

// A change of the order holds for what waits already: whatever flies ends first,
// then nothing is out of the new order.
func TestAChangeOfTheOrderHoldsForWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dispatch.Limits{})
		w.found(1, app1)
		var mu sync.Mutex
		var came []string
		now, most := 0, 0
		w.post = func(ctx context.Context, r egress.Request) (egress.Response, error) {
			mu.Lock()
			now++
			most = max(most, now)
			came = append(came, objectOf(r))
			mu.Unlock()
			answer, err := answerAfter(ctx, time.Second, 200)
			mu.Lock()
			now--
			mu.Unlock()
			return answer, err
		}
		h := w.bind(1, 1, add, "https://a.test/", noOptions)
		w.start()
		for n := range 100 {
			w.raise(1, add, fmt.Sprint(n))
		}
		w.pass(500 * time.Millisecond)
		mu.Lock()
		if most != 8 {
			t.Errorf("%d at once before the change", most)
		}
		mu.Unlock()
		w.change(h, onevent.DeliveryOptions{Order: onevent.OrderAll})
		w.raise(1, add, "100")
		w.pass(600 * time.Millisecond)
		mu.Lock()
		most = 0
		mu.Unlock()
		w.pass(200 * time.Second)
		mu.Lock()
		if most != 1 || len(came) != 101 || !slices.IsSortedFunc(came[8:], byNumber) {
			t.Errorf("%d at once after the change, %d came: %v", most, len(came), came)
		}
		came = nil
		mu.Unlock()
		for n := range 50 {
			w.raise(1, add, fmt.Sprint(n))
		}
		w.change(h, onevent.DeliveryOptions{Order: onevent.OrderNone})
		w.pass(100 * time.Second)
		mu.Lock()
		if most < 8 || len(came) != 50 {
			t.Errorf("%d of 50 came, %d at once without an order", len(came), most)
		}
		mu.Unlock()
		w.stop()
	})
}

func byNumber(a, b string) int {
	var x, y int
	fmt.Sscan(a, &x)
	fmt.Sscan(b, &y)
	return x - y
}

func TestABacklogIsBoundedAndTheOperatorIsToldOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dispatch.Limits{Backlog: 10})
		w.found(1, app1)
		var told []onevent.OperatorEvent
		w.tell = func(e onevent.OperatorEvent) { told = append(told, e) }
		var alive atomic.Bool
		w.post = func(context.Context, egress.Request) (egress.Response, error) {
			if !alive.Load() {
				return egress.Response{}, &egress.Error{Reason: egress.ReasonConnect}
			}
			return egress.Response{Status: 200}, nil
		}
		h := w.bind(1, 1, add, "https://a.test/", noOptions)
		w.start()
		for n := range 15 {
			w.raise(1, add, fmt.Sprint(n))
			if full := w.engine.Full(h.Destination); full != (n >= 9) {
				t.Errorf("with %d waiting it is full: %t", n+1, full)
			}
		}
		synctest.Wait()
		if len(told) != 1 || told[0].Type != onevent.OperatorBacklogFull || told[0].Destination != h.Destination || told[0].Portal != 1 {
			t.Errorf("the operator was told %+v", told)
		}
		w.crash()
		w.start()
		if !w.engine.Full(h.Destination) {
			t.Error("after a restart it is not full")
		}
		alive.Store(true)
		w.pass(time.Hour)
		if w.engine.Full(h.Destination) || w.engine.Condition(h.Destination).Waiting != 0 {
			t.Errorf("after the outage its condition is %+v", w.engine.Condition(h.Destination))
		}
		w.stop()
	})
}

// The engine holds no queue for a destination that has nothing to do, however
// many there are.
func TestIdleDestinationsAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dispatch.Limits{})
		w.found(1, app1)
		w.post = func(context.Context, egress.Request) (egress.Response, error) {
			return egress.Response{Status: 200}, nil
		}
		w.start()
		for n := range 500 {
			w.bind(1, 1, add, fmt.Sprintf("https://a.test/%d", n), noOptions)
		}
		w.raise(1, add, "1")
		w.pass(2 * time.Minute)
		for n := range 500 {
			w.bind(1, 1, "ONCRMDEALADD", fmt.Sprintf("https://b.test/%d", n), noOptions)
		}
		w.raise(1, "ONCRMDEALADD", "1")
		w.pass(time.Second)
		if n := dispatch.Queues(w.engine); n > 550 {
			t.Errorf("%d queues are held where 500 had work within a minute", n)
		}
		w.raise(1, add, "2")
		w.pass(time.Second)
		if n := w.waitingNow(); n != 0 {
			t.Errorf("%d wait", n)
		}
		w.stop()
	})
}
