package dispatch

import (
	"net/http"
	"strconv"
	"time"

	"github.com/onevent/onevent"
)

// Schedule is what follows a failure: one delay a retry, each changed by up to
// Spread of itself so that many deliveries do not come back at one moment.
var Schedule = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour,
}

// Spread is the largest change of a delay in either direction.
const Spread = 0.1

// MaxPause bounds what a Retry-After can ask for.
const MaxPause = time.Hour

// class is what an answer means for the delivery and for its destination.
type class uint8

const (
	classDelivered class = iota
	classRetry           // failed, a retry is used
	classPause           // asked to wait: no retry is used
	classGone            // 410: the handler is disabled
)

// classify reads an answer; status 0 means that none came. The pause is that of
// Retry-After, in seconds or as a date, at most MaxPause.
func classify(status int, retryAfter string, now time.Time) (class, time.Duration) {
	switch {
	case status >= 200 && status <= 299:
		return classDelivered, 0
	case status == http.StatusGone:
		return classGone, 0
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		if pause, ok := pauseOf(retryAfter, now); ok {
			return classPause, pause
		}
	}
	return classRetry, 0
}

func pauseOf(retryAfter string, now time.Time) (time.Duration, bool) {
	var pause time.Duration
	if n, err := strconv.ParseUint(retryAfter, 10, 31); err == nil {
		pause = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(retryAfter); err == nil {
		pause = t.Sub(now)
	} else {
		return 0, false
	}
	return min(max(pause, 0), MaxPause), true
}

// settle says what becomes of a delivery after an attempt. jitter is between
// -1 and 1.
func settle(d *onevent.Delivery, c class, pause time.Duration, retry string, now time.Time, jitter float64) onevent.Outcome {
	o := onevent.Outcome{Delivery: d.ID, Attempts: d.Attempts + 1, Retries: d.Retries}
	switch c {
	case classDelivered:
		o.State = onevent.StateDelivered
		return o
	case classPause:
		if retry != onevent.RetryNone {
			o.Due = now.Add(pause)
			return untilDeadline(o, d.Deadline)
		}
	case classGone:
		return o
	}
	if retry == onevent.RetryNone || d.Retries >= len(Schedule) {
		o.State, o.Verdict = onevent.StateFailed, onevent.VerdictExhausted
		return o
	}
	delay := Schedule[d.Retries]
	o.Retries++
	o.Due = now.Add(delay + time.Duration(jitter*Spread*float64(delay)))
	return untilDeadline(o, d.Deadline)
}

func untilDeadline(o onevent.Outcome, deadline time.Time) onevent.Outcome {
	if o.Due.After(deadline) {
		o.Due = deadline
	}
	return o
}

// Concurrency of a destination: attempts at once.
const (
	startConcurrency = 8
	maxConcurrency   = 64
	quickAnswer      = 200 * time.Millisecond
	slowAnswer       = 5 * time.Second
)

// nextConcurrency grows while answers are quick and halves on failure or
// slowness. limit is the destination's own, 0 for none.
func nextConcurrency(now float64, c class, took time.Duration, limit int) float64 {
	ceiling := float64(maxConcurrency)
	if limit > 0 {
		ceiling = float64(limit)
	}
	switch {
	case c != classDelivered || took > slowAnswer:
		now /= 2
	case took < quickAnswer:
		now += 1 / now
	}
	return min(max(now, 1), ceiling)
}

// bucket keeps a destination's own rate.
type bucket struct {
	tokens float64
	filled time.Time
}

// take uses a token, or tells how long to wait for one. A rate of 0 is no
// limit; a burst of 0 is one second's worth, one at the least.
func (b *bucket) take(rate float64, burst int, now time.Time) time.Duration {
	if rate <= 0 {
		return 0
	}
	size := float64(burst)
	if burst <= 0 {
		size = max(rate, 1)
	}
	if b.filled.IsZero() {
		b.tokens = size
	} else {
		b.tokens = min(size, b.tokens+rate*now.Sub(b.filled).Seconds())
	}
	b.filled = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) / rate * float64(time.Second))
	}
	b.tokens--
	return 0
}
