package plan

import (
	"math/bits"
	"time"
)

// How many attempts at once a destination gets.
const (
	startConcurrency = 8
	maxConcurrency   = 64

	// QuickAnswer is what an answer takes at most that lets concurrency grow.
	QuickAnswer = 200 * time.Millisecond
	// SlowAnswer is what an answer takes at least that halves it.
	SlowAnswer = 5 * time.Second
)

// Pace is how fast a destination is called. It rises while answers are quick,
// and falls on failure and slowness: docs/protocol/events.md section 7.
type Pace struct {
	concurrency float64
	recent      uint16 // one bit for each of the newest attempts: failed or slow
	quick       bool
	known       bool
}

// StartPace is that of a destination of which nothing is known; limit is the
// destination's own, 0 for none.
func StartPace(limit int) Pace {
	return Pace{concurrency: min(startConcurrency, ceiling(limit))}
}

// Restrain is the least pace, from which a destination that was in trouble
// starts.
func (p *Pace) Restrain() { p.concurrency, p.quick = 1, false }

func ceiling(limit int) float64 {
	if limit > 0 {
		return float64(limit)
	}
	return maxConcurrency
}

// Note takes in an attempt that ended: a quick success raises the concurrency by
// one for about as many of them as it is high, a failure or a slow answer halves
// it, and nothing takes it below 1. What is a delivery's own fault changes
// nothing.
func (p *Pace) Note(m Meaning, took time.Duration, limit int) {
	p.known = true
	if m == Success || m == Failure {
		trouble := m == Failure || took > SlowAnswer
		p.recent <<= 1
		if trouble {
			p.recent |= 1
			p.concurrency /= 2
		} else if took < QuickAnswer {
			p.concurrency += 1 / p.concurrency
		}
		p.quick = !trouble && took < QuickAnswer
	}
	p.concurrency = min(max(p.concurrency, 1), ceiling(limit))
}

// Concurrency is how many attempts may run at once.
func (p *Pace) Concurrency() int { return int(p.concurrency) }

// Quick says whether the newest answer was a quick success: such a destination
// holds nothing up.
func (p *Pace) Quick() bool { return p.quick }

// Known says whether any attempt has ended yet.
func (p *Pace) Known() bool { return p.known }

// troubleForGap is how many of the newest ten attempts must have been failures or
// slow before the next one is held back, so that a few bad deliveries among
// good ones slow nothing down.
const troubleForGap = 5

// GapAfter is how long the next attempt has to wait after one that failed or was
// slow: not at all while few did, then 100 ms, doubling up to 3.2 s when all of
// the newest ten were bad. It shrinks with every good answer, and none follows
// one.
func (p *Pace) GapAfter(m Meaning, took time.Duration) time.Duration {
	n := bits.OnesCount16(p.recent & (1<<window - 1))
	if n < troubleForGap || m != Failure && (m != Success || took <= SlowAnswer) {
		return 0
	}
	return 100 * time.Millisecond << (n - troubleForGap)
}
