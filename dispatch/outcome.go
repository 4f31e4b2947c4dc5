package dispatch

import (
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch/plan"
)

// answered takes in how an attempt ended: what it means for the destination and
// for the delivery is planned, and handed to the settler.
func (e *Engine) answered(f *flight, a onevent.Attempt, retryAfter string) landing {
	now := e.Clock.Now()
	meaning, pause := plan.Classify(a.Status, retryAfter, now)
	meaning = meaningOf(f, meaning)
	s := e.outcome(f, a, meaning, pause, now)
	e.submit(s)
	e.log(f, &s.outcome)
	if e.Observe != nil {
		e.Observe(Observed{Delivery: f.id, Event: f.event.Event, Handler: f.to.handler, Outcome: s.outcome})
	}
	o := s.outcome
	return func(now time.Time) {
		switch {
		case o.State != onevent.StateWaiting, f.q.withdrawn[f.id]:
			f.q.pop(f.c, now)
			return
		case meaning == plan.Gone:
			f.q.rest(f.c, f.deadline, true, now)
		default:
			f.q.rest(f.c, o.Due, false, now)
		}
		head := f.c.head()
		head.attempts, head.retries, head.due = int32(o.Attempts), int32(o.Retries), o.Due
	}
}

// outcome notes an attempt in its destination's record and plans what becomes of
// the delivery. An attempt that ends while the breaker is open uses no retry.
func (e *Engine) outcome(f *flight, a onevent.Attempt, meaning plan.Meaning, pause time.Duration, now time.Time) settlement {
	q := f.q
	q.mu.Lock()
	defer q.mu.Unlock()
	o := plan.Next(f.delivery(), plan.Attempt{
		Meaning: meaning, Pause: pause, Held: q.breaker.Open(), Retry: q.retry, Now: now, Jitter: e.Jitter(),
	})
	o.Attempt = a
	s := settlement{q: q, outcome: o, began: true}
	s.health = q.breaker.Troubled() || meaning != plan.Success
	e.note(f, a, meaning, now.Add(pause), now)
	if meaning == plan.Gone {
		s.disable, s.verdict = f.to.handler.ID, onevent.VerdictGone
	} else if q.breaker.Dead(now) {
		s.verdict = onevent.VerdictNoSuccess
	}
	return s
}

// note lets a destination be called as often as it bears.
func (e *Engine) note(f *flight, a onevent.Attempt, meaning plan.Meaning, resume, now time.Time) {
	q := f.q
	open := q.breaker.Open()
	q.breaker.Note(meaning, f.subject, f.probe, a.Time, now)
	q.pace.Note(meaning, a.Took, q.options.Concurrency)
	if meaning == plan.Busy {
		q.hold(resume)
	}
	if _, one := q.breaker.Sole(); !one && meaning != plan.Busy {
		if gap := q.pace.GapAfter(meaning, a.Took); gap > 0 {
			q.hold(now.Add(gap))
		}
	}
	if !open && q.breaker.Open() {
		e.counted(q, q.lightenAll)
		e.opened(q, a)
	}
}

// hold keeps a destination from being called before a moment.
func (q *queue) hold(until time.Time) {
	if until.After(q.notBefore) {
		q.notBefore = until
	}
}
