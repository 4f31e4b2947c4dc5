package dispatch

import (
	"cmp"
	"net/url"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch/plan"
)

// idleAfter is how long a queue is kept that has nothing to do.
const idleAfter = time.Minute

// with runs f on a destination's queue, locked.
func (e *Engine) with(id onevent.DestinationID, f func(*queue)) {
	for {
		q := e.known(id)
		if q == nil {
			q = e.add(id)
		}
		q.mu.Lock()
		if !q.gone {
			f(q)
			q.mu.Unlock()
			return
		}
		q.mu.Unlock()
	}
}

func (e *Engine) known(id onevent.DestinationID) *queue {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.queues[id]
}

// add makes a queue. Each one that is made looks at some others, and forgets
// those that have been idle: so there are never many more than work.
func (e *Engine) add(id onevent.DestinationID) *queue {
	e.mu.Lock()
	defer e.mu.Unlock()
	if q := e.queues[id]; q != nil {
		return q
	}
	looked := 0
	for _, other := range e.queues {
		e.forget(other)
		if looked++; looked == 4 {
			break
		}
	}
	q := newQueue(id, e.Clock.Now())
	e.turns.join(q, e.profile(id))
	q.pace = plan.StartPace(q.options.Concurrency)
	e.queues[id] = q
	return q
}

// forget removes a queue that has nothing to do and nothing to remember.
func (e *Engine) forget(q *queue) {
	if !q.mu.TryLock() {
		return
	}
	defer q.mu.Unlock()
	if q.empty() && !q.breaker.Troubled() && e.Clock.Now().Sub(q.used) >= idleAfter {
		q.gone = true
		q.timer.stop()
		e.turns.part(q)
		delete(e.queues, q.id)
	}
}

// Forget drops what is known of a destination that was removed.
func (e *Engine) Forget(id onevent.DestinationID) {
	q := e.known(id)
	if q == nil {
		return
	}
	q.mu.Lock()
	if q.empty() {
		q.breaker, q.used = plan.Breaker{}, time.Time{}
	}
	q.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.forget(q)
}

func (e *Engine) all() []*queue {
	e.mu.RLock()
	defer e.mu.RUnlock()
	out := make([]*queue, 0, len(e.queues))
	for _, q := range e.queues {
		out = append(out, q)
	}
	return out
}

// profile is what the directory says of a destination.
type profile struct {
	portal      onevent.PortalID
	owner       onevent.Owner
	host        string // host and port, whose ceiling it shares with others
	options     onevent.DeliveryOptions
	retry       []time.Duration
	application onevent.ApplicationID
	shared      onevent.DeliveryOptions // the application's, over all its destinations
}

func (e *Engine) profile(id onevent.DestinationID) profile {
	d := e.Directory.Destination(id)
	if d == nil {
		return profile{options: onevent.DeliveryOptions{Order: onevent.OrderObject}, retry: onevent.DefaultRetry}
	}
	p := profile{portal: d.Portal, owner: d.Owner, host: hostOf(d.URL)}
	if i := e.Directory.Installation(d.Portal, d.Owner.Installation); i != nil {
		if a := e.Directory.Application(i.Application); a != nil {
			p.application, p.shared = a.ID, a.Delivery
		}
	}
	p.options = e.Directory.DeliveryOptions(d, e.Delivery)
	p.options.Order = cmp.Or(p.options.Order, onevent.OrderObject)
	retry, err := onevent.ParseRetry(p.options.Retry)
	if err != nil { // whoever stores a schedule has read it
		retry = onevent.DefaultRetry
	}
	p.retry = retry
	return p
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}

// Condition is how a destination fares.
type Condition struct {
	Waiting     int64 // deliveries, those in flight included
	InFlight    int
	Concurrency int       // attempts at once that it gets now
	Breaker     string    // BreakerClosed, BreakerOpen
	Since       time.Time // the first attempt of those without a success; zero: the newest succeeded
	Attempts    int       // how many they are
	NextProbe   time.Time // zero while the breaker is closed
	PausedUntil time.Time // zero: it is not paused
}

// Values of Condition.Breaker.
const (
	BreakerClosed = "closed"
	BreakerOpen   = "open"
)

// Condition tells how a destination fares at the moment.
func (e *Engine) Condition(id onevent.DestinationID) Condition {
	q := e.known(id)
	if q == nil {
		limit := e.profile(id).options.Concurrency
		pace := plan.StartPace(limit)
		return Condition{Breaker: BreakerClosed, Concurrency: pace.Concurrency()}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.condition(e.Clock.Now())
}
