package dispatch_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
)

const add = "ONCRMACTIVITYADD"

var app1 = onevent.Application{ID: 1, ClientID: "a"}

// counter counts attempts by a key of their URL, and those under way.
type counter struct {
	mu          sync.Mutex
	begun, most map[string]int
	now         map[string]int
}

func newCounter() *counter {
	return &counter{begun: map[string]int{}, most: map[string]int{}, now: map[string]int{}}
}

func (c *counter) begin(key string) (end func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun[key]++
	c.now[key]++
	c.most[key] = max(c.most[key], c.now[key])
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.now[key]--
	}
}

func (c *counter) of(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.begun[key]
}

// One portal with 100,000 waiting for many destinations, a hundred with ten
// each, and room for ten attempts at once: after each attempt of a portal that
// has work, all others that have work come once before its next.
func TestNoPortalWaitsMoreThanItsTurn(t *testing.T) {
	t.Parallel()
	loud := 100_000
	if raced {
		loud = 5_000
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dispatch.Limits{Server: 10})
		w.found(101, app1)
		var mu sync.Mutex
		var order []onevent.PortalID
		w.post = func(ctx context.Context, r egress.Request) (egress.Response, error) {
			mu.Lock()
			order = append(order, w.handlers[r.URL].Portal)
			mu.Unlock()
			return answerAfter(ctx, time.Second, 200)
		}
		for d := range 50 {
			w.bind(1, 1, add, fmt.Sprintf("https://loud.test/%d", d), noOptions)
		}
		for p := onevent.PortalID(2); p <= 101; p++ {
			w.bind(p, 1, add, fmt.Sprintf("https://p%d.test/", p), noOptions)
		}
		w.start()
		for n := range loud / 50 {
			w.raise(1, add, fmt.Sprint(n))
		}
		for p := onevent.PortalID(2); p <= 101; p++ {
			for n := range 10 {
				w.raise(p, add, fmt.Sprint(n))
			}
		}
		w.pass(110 * time.Second)
		w.stop()
		checkTurns(t, order)
	})
}

// checkTurns looks at the attempts of the small portals: between two of one there
// is at most one of each other, give or take those that were under way.
func checkTurns(t *testing.T, order []onevent.PortalID) {
	t.Helper()
	const underWay = 2 * 10 // those that were, and those whose goroutines had yet to run
	last, count := map[onevent.PortalID]int{}, map[onevent.PortalID]int{}
	for i, p := range order {
		if p == 1 {
			continue
		}
		if at, before := last[p]; before && i-at > 101+underWay {
			t.Errorf("portal %d waited for %d attempts of others", p, i-at)
		}
		last[p] = i
		count[p]++
	}
	for p := onevent.PortalID(2); p <= 101; p++ {
		if count[p] != 10 {
			t.Errorf("portal %d had %d of its 10 attempts", p, count[p])
		}
	}
}

// Beside a thousand destinations that refuse or say nothing and a thousand slow
// ones a healthy one gets each of its attempts at once.
func TestAHealthyDestinationDoesNotFeelDeadAndSlowOnes(t *testing.T) {
	t.Parallel()
	others := 1000
	if raced {
		others = 200
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dispatch.Limits{Server: others * 4})
		w.found(2, app1)
		published := map[string]time.Time{}
		var mu sync.Mutex
		var worst time.Duration
		arrived := 0
		w.post = func(ctx context.Context, r egress.Request) (egress.Response, error) {
			switch {
			case strings.HasPrefix(r.URL, "https://refuse"):
				return egress.Response{}, &egress.Error{Reason: egress.ReasonConnect}
			case strings.HasPrefix(r.URL, "https://silent"):
				_, err := answerAfter(ctx, 20*time.Second, 0)
				return egress.Response{Duration: 20 * time.Second}, errOr(err, egress.ReasonTimeout)
			case strings.HasPrefix(r.URL, "https://slow"):
				return answerAfter(ctx, 5*time.Second+time.Millisecond, 200)
			}
			mu.Lock()
			arrived++
			worst = max(worst, time.Since(published[objectOf(r)]))
			mu.Unlock()
			return answerAfter(ctx, time.Millisecond, 200)
		}
		w.bind(2, 1, "ONCRMDEALADD", "https://healthy.test/", noOptions)
		for n := range others {
			kind := []string{"refuse", "silent"}[n%2]
			w.bind(1, 1, add, fmt.Sprintf("https://%s%d.test/", kind, n), noOptions)
			w.bind(1, 1, add, fmt.Sprintf("https://slow%d.test/", n), noOptions)
		}
		w.start()
		for n := range 60 {
			w.raise(1, add, fmt.Sprint("bad", n))
		}
		const events = 6000
		for n := range events {
			id := fmt.Sprint(n)
			mu.Lock()
			published[id] = time.Now()
			mu.Unlock()
			w.raise(2, "ONCRMDEALADD", id)
			w.pass(10 * time.Millisecond)
		}
		w.stop()
		if arrived != events || worst > time.Millisecond {
			t.Errorf("%d of %d arrived, the slowest after %v", arrived, events, worst)
		}
	})
}

func errOr(err error, reason string) error {
	if err != nil {
		return err
	}
	return &egress.Error{Reason: reason}
}

// objectOf is the activity or deal that a request is about.
func objectOf(r egress.Request) string {
	return (&call{Request: r}).value("data[FIELDS][ID]")
}

// Thousands of objects that a handler refuses rest in little memory, and others
// don't wait for them.
func TestObjectsThatFailDoNotHoldUpOthersHoweverMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dispatch.Limits{Destination: 1000, Memory: 10_000})
		w.found(1, app1)
		var mu sync.Mutex
		got := map[string]int{}
		w.post = func(ctx context.Context, r egress.Request) (egress.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			id := objectOf(r)
			got[id]++
			if strings.HasPrefix(id, "refused") && time.Now().Year() == 2000 && time.Now().YearDay() == 1 {
				return egress.Response{Status: 422}, nil
			}
			return egress.Response{Status: 200}, nil
		}
		w.bind(1, 1, add, "https://a.test/", noOptions)
		w.start()
		const refused = 1500
		for n := range refused {
			w.raise(1, add, fmt.Sprint("refused", n))
			if n%100 == 0 {
				w.pass(time.Second)
			}
		}
		w.pass(time.Minute)
		w.raise(1, add, "good")
		synctest.Wait()
		mu.Lock()
		if got["good"] != 1 {
			t.Error("an object waits for others that fail")
		}
		mu.Unlock()
		w.pass(80 * time.Hour)
		if n := w.waitingNow(); n != 0 {
			t.Errorf("%d still wait", n)
		}
		w.stop()
	})
}

func TestALimitOfAnApplicationBoundsAllItsDestinations(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dispatch.Limits{})
		w.found(20, onevent.Application{ID: 1, ClientID: "a", Delivery: onevent.DeliveryOptions{Rate: 10, Burst: 5, Concurrency: 3}},
			onevent.Application{ID: 2, ClientID: "b"})
		c := newCounter()
		w.post = func(ctx context.Context, r egress.Request) (egress.Response, error) {
			defer c.begin(strings.Split(r.URL, "/")[2])()
			return answerAfter(ctx, 100*time.Millisecond, 200)
		}
		for p := onevent.PortalID(1); p <= 20; p++ {
			w.bind(p, 1, add, fmt.Sprintf("https://limited/%d", p), noOptions)
			w.bind(p, 2, add, fmt.Sprintf("https://free/%d", p), noOptions)
		}
		w.start()
		for p := onevent.PortalID(1); p <= 20; p++ {
			for n := range 20 {
				w.raise(p, add, fmt.Sprint(n))
			}
		}
		w.pass(10*time.Second + 50*time.Millisecond)
		if got := c.of("limited"); got < 102 || got > 106 {
			t.Errorf("in ten seconds at 10/s with a burst of 5 there were %d attempts", got)
		}
		if got := c.most["limited"]; got > 3 {
			t.Errorf("%d at once where 3 are allowed", got)
		}
		if got := c.of("free"); got != 400 {
			t.Errorf("another application had %d of its 400 attempts", got)
		}
		w.pass(time.Minute)
		if n := w.waitingNow(); n != 0 {
			t.Errorf("%d still wait", n)
		}
		w.stop()
	})
}

func TestALimitOfADestination(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dispatch.Limits{})
		w.found(1, app1)
		c := newCounter()
		w.post = func(ctx context.Context, r egress.Request) (egress.Response, error) {
			defer c.begin(r.URL)()
			return answerAfter(ctx, time.Second, 200)
		}
		w.bind(1, 1, add, "https://a/rate", onevent.DeliveryOptions{Rate: 0.5, Burst: 2})
		w.bind(1, 1, add, "https://a/concurrency", onevent.DeliveryOptions{Concurrency: 2})
		w.start()
		for n := range 30 {
			w.raise(1, add, fmt.Sprint(n))
		}
		w.pass(10*time.Second + time.Millisecond)
		if got := c.of("https://a/rate"); got != 7 {
			t.Errorf("in ten seconds at one in two seconds with a burst of 2 there were %d attempts", got)
		}
		if got := c.most["https://a/concurrency"]; got != 2 || c.of("https://a/concurrency") != 22 {
			t.Errorf("%d attempts, %d at once", c.of("https://a/concurrency"), got)
		}
		w.stop()
	})
}

// Destinations that share a full host and are not quick wait for their turn at the
// host, and then to be spread: all of them are served.
func TestManyDestinationsOfAFullHostAreAllServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, dispatch.Limits{Host: 64})
		w.found(1, app1)
		c := newCounter()
		w.post = func(ctx context.Context, r egress.Request) (egress.Response, error) {
			defer c.begin("host")()
			return answerAfter(ctx, 300*time.Millisecond, 200)
		}
		const destinations, events = 1000, 3
		for n := range destinations {
			w.bind(1, 1, add, fmt.Sprintf("https://shared/%d", n), noOptions)
		}
		w.start()
		for n := range events {
			w.raise(1, add, fmt.Sprint(n))
		}
		w.pass(2 * time.Minute)
		if n := w.waitingNow(); n != 0 || c.of("host") != destinations*events || c.most["host"] > 64 {
			t.Errorf("%d still wait after %d attempts, %d at once", n, c.of("host"), c.most["host"])
		}
		w.stop()
	})
}
