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

// attempt deals with the head of a chain that next took: it is judged against
// the directory, sent if it still may be, and settled.
func (e *Engine) attempt(q *queue, c *chain) {
	it := c.head()
	to, verdict := e.recipient(it)
	now := e.Clock.Now()
	switch {
	case verdict != "":
		e.end(q, c, onevent.StateCancelled, verdict)
	case !now.Before(it.delivery.Deadline):
		e.end(q, c, onevent.StateFailed, onevent.VerdictExpired)
	case to.handler.Disabled != "":
		e.waitUntil(q, c, it.delivery.Deadline)
	case now.Before(it.delivery.Due):
		e.waitUntil(q, c, it.delivery.Due)
	default:
		e.send(q, c, to)
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
func (e *Engine) end(q *queue, c *chain, state onevent.State, v onevent.Verdict) {
	d := &c.head().delivery
	e.submit(settlement{outcome: onevent.Outcome{
		Delivery: d.ID, State: state, Verdict: v, Attempts: d.Attempts, Retries: d.Retries,
	}})
	e.finish(q, c)
}

func (e *Engine) waitUntil(q *queue, c *chain, until time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	e.rest(q, c, until)
}

// send makes the request and settles its outcome, before anything behind it in
// the chain may go.
func (e *Engine) send(q *queue, c *chain, to recipient) {
	release, err := e.slots.acquire(e.ctx, q.host)
	if err != nil {
		e.giveUp(q, c)
		return
	}
	e.inFlight.Add(1)
	it := c.head()
	began := e.Clock.Now()
	opts := e.options(q.id)
	answer, err := e.Poster.Post(e.ctx, request(it, to, e.render(to, it.event, began), began, opts))
	release()
	if err != nil && e.ctx.Err() != nil {
		e.inFlight.Add(-1)
		e.giveUp(q, c)
		return
	}
	e.answered(q, c, to, opts, attemptOf(began, answer, err), answer.RetryAfter)
}

func request(it *item, to recipient, body []byte, began time.Time, opts onevent.DestinationOptions) egress.Request {
	return egress.Request{
		URL:         to.handler.URL,
		ContentType: "application/x-www-form-urlencoded",
		Header: [][2]string{
			{"Webhook-Id", strconv.FormatInt(int64(it.delivery.ID), 10)},
			{"Webhook-Timestamp", strconv.FormatInt(began.Unix(), 10)},
			{"Onevent-Event-Time", strconv.FormatInt(it.event.Time.Unix(), 10)},
		},
		Body:    body,
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
func (e *Engine) answered(q *queue, c *chain, to recipient, opts onevent.DestinationOptions, a onevent.Attempt, retryAfter string) {
	it := c.head()
	now := e.Clock.Now()
	meaning, pause := classify(a.Status, retryAfter, now)
	o := settle(&it.delivery, meaning, pause, opts.Retry, now, e.Jitter())
	o.Attempt = a
	s := settlement{outcome: o, began: true}
	if meaning == classGone {
		s.disable = to.handler.ID
	}
	e.submit(s)
	if e.Observe != nil {
		e.Observe(Observed{Delivery: it.delivery.ID, Event: it.event.Event, Handler: to.handler, Outcome: o})
	}
	q.mu.Lock()
	q.concurrency = nextConcurrency(q.concurrency, meaning, a.Took, opts.Concurrency)
	if meaning == classPause {
		e.pause(q, now.Add(pause))
	}
	q.mu.Unlock()
	switch {
	case o.State != onevent.StateWaiting:
		e.finish(q, c)
	case meaning == classGone:
		e.park(q, c, o, it.delivery.Deadline)
	default:
		e.park(q, c, o, o.Due)
	}
}

// park keeps the head in its place until a moment, as its newest outcome left
// it.
func (e *Engine) park(q *queue, c *chain, o onevent.Outcome, until time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	d := &c.head().delivery
	d.Attempts, d.Retries, d.Due = o.Attempts, o.Retries, o.Due
	e.rest(q, c, until)
}

// finish ends the head's flight: a settled delivery leaves the queue.
func (e *Engine) finish(q *queue, c *chain) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pop(c)
	e.held.Add(-1)
	e.work(q, 1)
}

// giveUp leaves a delivery as the store has it: the engine stops.
func (e *Engine) giveUp(q *queue, c *chain) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c.flying = false
}
