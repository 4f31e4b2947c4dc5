package dispatch

import (
	"sync"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch/plan"
)

// work begins as many attempts as may begin now, and sees to it that the queue
// is looked at again when another may. The queue is locked.
func (e *Engine) work(q *queue) {
	if e.stopped.Load() {
		return
	}
	q.used = e.Clock.Now()
	e.renewChains(q)
	for e.begin(q) {
	}
	q.timer.set(e.Clock, q.wakeAt(q.used), func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.timer.at = time.Time{}
		e.work(q)
	})
	e.refill(q)
}

// begin starts an attempt, if one may begin.
func (e *Engine) begin(q *queue) bool {
	c, probe := e.next(q)
	if c == nil {
		return false
	}
	quick := q.pace.Quick()
	if !e.turns.enter(q, quick, q.flying, e.Clock.Now()) {
		e.wakeTurns()
		return false
	}
	e.carry(q.launch(c, probe, quick))
	return true
}

// next is the chain whose head may go now, and whether as a probe; nil when none
// may.
func (e *Engine) next(q *queue) (c *chain, probe bool) {
	now := e.Clock.Now()
	c, probe = q.candidate(now)
	if c == nil || e.stopped.Load() || !e.mayUseToken(q, now) {
		q.late.hindered()
		return nil, false
	}
	q.late.unhindered(now)
	return c, probe
}

// staleTicket is from what age a token counts as not reserved: the destination
// could not be called when its time had come.
const staleTicket = time.Second

// mayUseToken asks the limits of the destination and of its application for a
// token, once for each attempt, and says whether its time has come.
func (e *Engine) mayUseToken(q *queue, now time.Time) bool {
	if !q.isLimited() {
		return true
	}
	if q.ticket.IsZero() || now.Sub(q.ticket) > staleTicket {
		q.ticket = q.bucket.Reserve(q.options.Rate, q.options.Burst, now)
		if at := e.turns.reserve(q, now); at.After(q.ticket) {
			q.ticket = at
		}
	}
	return !now.Before(q.ticket)
}

func (q *queue) isLimited() bool { return q.options.Rate > 0 || q.shared.Rate > 0 }

// useToken spends the token of an attempt that is sent.
func (e *Engine) useToken(f *flight, now time.Time) {
	q := f.q
	if f.ticket.IsZero() {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bucket.Use(q.options.Rate, now)
	e.turns.use(q, now)
}

// candidate is the chain whose head may go as far as the destination is
// concerned, and whether as a probe.
func (q *queue) candidate(now time.Time) (c *chain, probe bool) {
	q.wakeDue(now)
	switch {
	case q.order != q.options.Order:
		return nil, false // chains are about to be made anew
	case q.breaker.Open():
		return q.probeCandidate(now)
	case len(q.ready) == 0, q.flying >= q.pace.Concurrency(), now.Before(q.notBefore):
		return nil, false
	}
	return q.ready[0], false
}

// probeCandidate picks the head to probe with: the one that waited longest, so
// that each probe is made with another object's. One that rests until its retry
// goes on resting, and one whose time is over is taken out of the way without a
// probe.
func (q *queue) probeCandidate(now time.Time) (c *chain, probe bool) {
	switch {
	case len(q.ready) == 0:
		return nil, false
	case !now.Before(q.ready[0].head().deadline):
		return q.ready[0], false
	case q.probing, now.Before(q.notBefore):
		return nil, false
	case now.Before(q.breaker.NextProbe()):
		return q.unsuspected(), true
	}
	return q.ready[0], true
}

// unsuspected is a ready chain that has no part in the failures which opened the
// breaker, when it was one object alone that failed: it need not wait for the
// next probe.
func (q *queue) unsuspected() *chain {
	sole, ok := q.breaker.Sole()
	if !ok {
		return nil
	}
	for _, c := range q.ready {
		if c.subject() != sole {
			return c
		}
	}
	return nil
}

// wakeAt is when something may change by itself; zero when nothing will.
func (q *queue) wakeAt(now time.Time) time.Time {
	var at time.Time
	earliest := func(t time.Time) {
		if t.After(now) && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	earliest(q.rests.next())
	if len(q.ready) == 0 {
		return at
	}
	earliest(q.notBefore)
	earliest(q.ticket)
	if q.breaker.Open() {
		earliest(q.breaker.NextProbe())
		earliest(q.ready[0].head().deadline)
	}
	return at
}

// flight is the head of a chain on its way: a chain itself may only be looked
// at under its queue's lock.
type flight struct {
	q       *queue
	c       *chain
	entry   // the head, as it was when it began
	subject plan.Subject
	probe   bool // of an open breaker
	quick   bool // as what it passed the gates
	ticket  time.Time
	timeout time.Duration
	to      recipient
}

// launch lets a chain fly.
func (q *queue) launch(c *chain, probe, quick bool) *flight {
	q.take(c)
	f := &flight{
		q: q, c: c, entry: *c.head(), subject: c.subject(), probe: probe, quick: quick, ticket: q.ticket,
		timeout: time.Duration(q.options.Timeout * float64(time.Second)),
	}
	q.ticket = time.Time{}
	if q.flying >= q.pace.Concurrency() {
		q.late.hindered()
	}
	q.probing = q.probing || probe
	return f
}

// maxParked is how many goroutines are kept for the next attempts: one whose stack
// has grown saves growing another.
const maxParked = 64

// carry has a flight made, by a goroutine that waits for one or by another.
func (e *Engine) carry(f *flight) {
	select {
	case e.idle <- f:
	default:
		e.working.Go(func() { e.worker(f) })
	}
}

func (e *Engine) worker(f *flight) {
	for {
		e.fly(f)
		if e.parked.Add(1) > maxParked {
			e.parked.Add(-1)
			return
		}
		select {
		case f = <-e.idle:
			e.parked.Add(-1)
		case <-e.retire:
			return
		}
	}
}

// fly makes one attempt after the other, as long as no other queue waits for its
// turn.
func (e *Engine) fly(f *flight) {
	for f != nil {
		f = e.land(f, e.attempt(f))
	}
}

// land ends a flight, and begins another in its place if it may.
func (e *Engine) land(f *flight, how landing) (next *flight) {
	q := f.q
	q.mu.Lock()
	before := q.size
	if f.probe {
		q.probing = false
	}
	how(e.Clock.Now())
	e.held.Add(int64(q.size - before))
	if !e.turns.crowded() && f.quick == q.pace.Quick() {
		if c, probe := e.next(q); c != nil {
			next = q.launch(c, probe, f.quick)
		}
	}
	e.work(q)
	q.mu.Unlock()
	if next == nil {
		e.leave(q, f.quick)
	}
	return next
}

// leave passes on the right to an attempt.
func (e *Engine) leave(q *queue, quick bool) {
	e.useTurns(e.turns.leave(q, quick, e.Clock.Now()))
	if e.turns.crowded() { // who passed a host may now wait to be spread
		e.wakeTurns()
	}
}

func (e *Engine) useTurns(turns []turn) {
	for len(turns) > 0 {
		t := turns[0]
		turns = turns[1:]
		if !e.useTurn(t) {
			turns = append(turns, e.turns.leave(t.q, t.quick, e.Clock.Now())...)
		}
	}
}

// wakeTurns sees to it that those go on in time whose attempts are spread.
func (e *Engine) wakeTurns() {
	at := e.turns.wakeAt()
	if at.IsZero() || e.stopped.Load() {
		return
	}
	e.drip.mu.Lock()
	defer e.drip.mu.Unlock()
	e.drip.set(e.Clock, at, func() {
		e.drip.mu.Lock()
		e.drip.at = time.Time{}
		e.drip.mu.Unlock()
		e.useTurns(e.turns.dripped(e.Clock.Now()))
		e.wakeTurns()
	})
}

// useTurn begins an attempt with a right that came while the queue waited.
func (e *Engine) useTurn(t turn) bool {
	t.q.mu.Lock()
	defer t.q.mu.Unlock()
	c, probe := e.next(t.q)
	if c == nil {
		return false
	}
	e.carry(t.q.launch(c, probe, t.quick))
	return true
}

// timer wakes a queue at the earliest moment that it was set to.
type timer struct {
	at     time.Time
	cancel func() bool
}

// set lets f be called at that time; zero: not at all. A call that is due before
// stays as it is: it finds what there is to do and sets the next.
func (t *timer) set(clock onevent.Clock, at time.Time, f func()) {
	if at.IsZero() || !t.at.IsZero() && !at.Before(t.at) {
		return
	}
	t.stop()
	t.at = at
	t.cancel = clock.AfterFunc(at.Sub(clock.Now()), f)
}

func (t *timer) stop() {
	if t.cancel != nil {
		t.cancel()
	}
	t.at = time.Time{}
}

// lockedTimer is a timer that belongs to no queue.
type lockedTimer struct {
	mu sync.Mutex
	timer
}
