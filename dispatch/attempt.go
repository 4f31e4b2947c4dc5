package dispatch

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/egress"
)

func drawJitter() float64 { return 2*rand.Float64() - 1 }

// flight is the head of a chain on its way: a chain itself may only be looked
// at under its queue's lock.
type flight struct {
	q  *queue
	c  *chain
	it *item
	to recipient
}

// attempt deals with a head that take gave: it is judged against the
// directory, sent if it still may be, and settled.
func (e *Engine) attempt(f flight) {
	var verdict onevent.Verdict
	f.to, verdict = e.recipient(f.it)
	now := e.Clock.Now()
	d := &f.it.delivery
	switch {
	case verdict != "":
		e.end(f, onevent.StateCancelled, verdict)
	case !now.Before(d.Deadline):
		e.end(f, onevent.StateFailed, onevent.VerdictExpired)
	case f.to.handler.Disabled != "":
		e.waitUntil(f, d.Deadline)
	case now.Before(d.Due):
		e.waitUntil(f, d.Due)
	default:
		e.send(f)
	}
}

// recipient asks the directory who the delivery is for. A verdict cancels it:
// docs/concepts.md, "When things change while a delivery waits".
func (e *Engine) recipient(it *item) (recipient, onevent.Verdict) {
	h := e.Directory.Handler(it.delivery.Handler)
	if h == nil {
		return recipient{}, onevent.VerdictUnbound
	}
	to := recipient{
		portal:       e.Directory.Portal(h.Portal),
		handler:      h,
		installation: e.Directory.Installation(h.Portal, h.Owner.Installation),
	}
	if to.installation == nil {
		return to, onevent.VerdictUninstalled
	}
	if !it.event.isLifecycle() {
		if v := to.ended(); v != "" {
			return to, v
		}
	}
	id := h.User
	if id == 0 {
		id = it.event.Actor
	}
	to.user = e.Directory.User(h.Portal, id)
	if to.user != nil && !to.user.Active {
		if h.User != 0 {
			return to, onevent.VerdictUserInactive
		}
		to.user = nil
	}
	return to, ""
}

func (to recipient) ended() onevent.Verdict {
	switch {
	case !to.handler.Stands():
		return to.handler.EndedBy
	case !to.installation.Active():
		return onevent.VerdictUninstalled
	case to.installation.Expired:
		return onevent.VerdictNotActive
	}
	return ""
}

// end settles a delivery without an attempt.
func (e *Engine) end(f flight, state onevent.State, v onevent.Verdict) {
	d := &f.it.delivery
	e.submit(settlement{outcome: onevent.Outcome{
		Delivery: d.ID, State: state, Verdict: v, Attempts: d.Attempts, Retries: d.Retries,
	}})
	e.finish(f)
}

// send makes the request and settles its outcome, before anything behind it in
// the chain may go.
func (e *Engine) send(f flight) {
	release, err := e.slots.acquire(e.ctx, f.q.host)
	if err != nil {
		e.giveUp(f)
		return
	}
	e.inFlight.Add(1)
	began := e.Clock.Now()
	opts := e.options(f.q.id)
	answer, err := e.Poster.Post(e.ctx, e.request(f, began, opts))
	release()
	if err != nil && e.ctx.Err() != nil {
		e.inFlight.Add(-1)
		e.giveUp(f)
		return
	}
	e.answered(f, opts, attemptOf(began, answer, err), answer.RetryAfter)
}

func (e *Engine) request(f flight, began time.Time, opts onevent.DeliveryOptions) egress.Request {
	return egress.Request{
		URL:         f.to.handler.URL,
		ContentType: "application/x-www-form-urlencoded",
		Header: [][2]string{
			{"Webhook-Id", strconv.FormatInt(int64(f.it.delivery.ID), 10)},
			{"Webhook-Timestamp", strconv.FormatInt(began.Unix(), 10)},
			{"Onevent-Event-Time", strconv.FormatInt(f.it.event.Time.Unix(), 10)},
		},
		Body:    e.render(f.to, f.it.event, began),
		Timeout: time.Duration(opts.Timeout * float64(time.Second)),
	}
}

func attemptOf(began time.Time, answer egress.Response, err error) onevent.Attempt {
	a := onevent.Attempt{Time: began, Status: answer.Status, Took: answer.Duration}
	var failure *egress.Error
	if errors.As(err, &failure) {
		a.Error = failure.Reason
		if failure.Verdict != "" {
			a.Error += ": " + string(failure.Verdict)
		}
	} else if err != nil {
		a.Error = "failed"
	}
	return a
}

// answered plans what follows from an attempt and lets the queue go on.
func (e *Engine) answered(f flight, opts onevent.DeliveryOptions, a onevent.Attempt, retryAfter string) {
	now := e.Clock.Now()
	meaning, pause := classify(a.Status, retryAfter, now)
	o := settle(&f.it.delivery, meaning, pause, opts.Retry, now, e.Jitter())
	o.Attempt = a
	e.record(f, o, meaning)
	e.slowDown(f.q, meaning, a.Took, opts.Concurrency, now.Add(pause))
	switch {
	case o.State != onevent.StateWaiting:
		e.finish(f)
	case meaning == classGone:
		e.park(f, o, f.it.delivery.Deadline)
	default:
		e.park(f, o, o.Due)
	}
}

// record hands an outcome on to be written down.
func (e *Engine) record(f flight, o onevent.Outcome, meaning class) {
	s := settlement{outcome: o, began: true}
	if meaning == classGone {
		s.disable = f.to.handler.ID
	}
	e.submit(s)
	if e.Observe != nil {
		e.Observe(Observed{Delivery: f.it.delivery.ID, Event: f.it.event.Event, Handler: f.to.handler, Outcome: o})
	}
}

// slowDown lets a destination be called as often as it bears.
func (e *Engine) slowDown(q *queue, meaning class, took time.Duration, limit int, resume time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.concurrency = nextConcurrency(q.concurrency, meaning, took, limit)
	if meaning == classPause {
		e.pause(q, resume)
	}
}

// park keeps the head in its place until a moment, as its newest outcome left
// it.
func (e *Engine) park(f flight, o onevent.Outcome, until time.Time) {
	f.q.mu.Lock()
	defer f.q.mu.Unlock()
	d := &f.c.head().delivery
	d.Attempts, d.Retries, d.Due = o.Attempts, o.Retries, o.Due
	e.rest(f.q, f.c, until)
}

func (e *Engine) waitUntil(f flight, until time.Time) {
	f.q.mu.Lock()
	defer f.q.mu.Unlock()
	e.rest(f.q, f.c, until)
}

// finish ends the head's flight: a settled delivery leaves the queue.
func (e *Engine) finish(f flight) {
	f.q.mu.Lock()
	defer f.q.mu.Unlock()
	before := f.q.size
	f.q.pop(f.c)
	e.held.Add(int64(f.q.size - before))
	e.work(f.q, 1)
}

// giveUp leaves a delivery as the store has it: the engine stops.
func (e *Engine) giveUp(f flight) {
	f.q.mu.Lock()
	defer f.q.mu.Unlock()
	f.c.flying = false
}
