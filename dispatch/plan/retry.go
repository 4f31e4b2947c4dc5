package plan

import (
	"time"

	"github.com/onevent/onevent"
)

// Attempt is what there is to know of an attempt that ended, to say what becomes
// of its delivery.
type Attempt struct {
	Meaning Meaning
	Pause   time.Duration // of Busy
	// Held: the destination's breaker was open, so that its failure uses no
	// retry. What is the delivery's own fault uses one all the same.
	Held bool
	// Retry is the schedule, as onevent.ParseRetry reads it.
	Retry []time.Duration
	Now   time.Time
	// Jitter is between -1 and 1.
	Jitter float64
}

// Next says what becomes of a delivery after an attempt. Without a schedule the
// first attempt is the last, whatever it meant.
func Next(d *onevent.Delivery, a Attempt) onevent.Outcome {
	o := onevent.Outcome{Delivery: d.ID, Attempts: d.Attempts + 1, Retries: d.Retries}
	switch {
	case a.Meaning == Success:
		o.State = onevent.StateDelivered
	case a.Meaning == Gone:
		// It waits until the handler is enabled.
	case len(a.Retry) == 0:
		o.State, o.Verdict = onevent.StateFailed, onevent.VerdictExhausted
	case a.Meaning == Busy:
		o.Due = atMost(a.Now.Add(a.Pause), d.Deadline)
	case a.Held && a.Meaning == Failure:
		o.Due = d.Due
	case d.Retries >= len(a.Retry):
		o.State, o.Verdict = onevent.StateFailed, onevent.VerdictExhausted
	default:
		o.Retries++
		o.Due = atMost(a.Now.Add(spread(a.Retry[d.Retries], a.Jitter)), d.Deadline)
	}
	return o
}

func spread(delay time.Duration, jitter float64) time.Duration {
	return delay + time.Duration(jitter*Spread*float64(delay))
}

func atMost(t, limit time.Time) time.Time {
	if t.After(limit) {
		return limit
	}
	return t
}
