package publish

import (
	"math"
	"sync"
	"time"

	"github.com/onevent/onevent"
)

// TooFast is the error of a portal on which more events would be raised than its
// settings allow; CodeRateLimited.
type TooFast struct{ Wait time.Duration } // how long until they may

var errTooFast = onevent.Errorf(onevent.CodeRateLimited, "more events than the portal may raise now: nothing was stored, try again later")

func (*TooFast) Error() string { return errTooFast.Message }

// Unwrap gives the code.
func (*TooFast) Unwrap() error { return errTooFast }

// Admit counts events that are about to be raised on a portal against its
// settings, or refuses all of them with *TooFast. It comes before the
// transaction, so that one that is refused costs none; Correct follows. What
// Raise itself raises, such as the events of an application's life, it does not
// ask for.
func (p *Publisher) Admit(portal *onevent.Portal, events int) error {
	rate, burst := rateOf(portal.Settings)
	if rate == 0 {
		return nil
	}
	if wait := p.rates.take(portal.ID, events, rate, burst, p.Clock.Now()); wait > 0 {
		return &TooFast{wait}
	}
	return nil
}

// Correct says how many of the events that were admitted were raised: fewer are
// given back, more are counted after all.
func (p *Publisher) Correct(portal *onevent.Portal, admitted, raised int) {
	if rate, _ := rateOf(portal.Settings); rate > 0 && admitted != raised {
		p.rates.add(portal.ID, raised-admitted, rate, p.Clock.Now())
	}
}

// rateOf reads the settings of a portal; a rate of 0 is no limit.
func rateOf(s onevent.PortalSettings) (rate float64, burst int) {
	if s.EventBurst > 0 {
		return s.EventRate, s.EventBurst
	}
	return s.EventRate, int(math.Ceil(s.EventRate))
}

// rates are the buckets of the portals that have a limit. A restart forgets them.
type rates struct {
	mu      sync.Mutex
	buckets map[onevent.PortalID]bucket
}

func (r *rates) take(portal onevent.PortalID, n int, rate float64, burst int, now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	next, wait := r.buckets[portal].take(n, rate, burst, now)
	r.keep(portal, next)
	return wait
}

func (r *rates) add(portal onevent.PortalID, n int, rate float64, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(portal, r.buckets[portal].with(n, rate, now))
}

func (r *rates) keep(portal onevent.PortalID, b bucket) {
	if r.buckets == nil {
		r.buckets = map[onevent.PortalID]bucket{}
	}
	r.buckets[portal] = b
}

// bucket is what has been taken from the right to raise events and has not come
// back by the moment at.
type bucket struct {
	taken float64
	at    time.Time
}

// with is the bucket of a later moment with n more taken, or fewer.
func (b bucket) with(n int, rate float64, now time.Time) bucket {
	back := max(now.Sub(b.at).Seconds(), 0) * rate
	return bucket{max(max(b.taken-back, 0)+float64(n), 0), now}
}

// take takes n where burst may be taken at once. More than that may only be taken
// from a bucket that is full, which then owes the rest. What may not be taken
// leaves the bucket as it is, and may be after the wait.
func (b bucket) take(n int, rate float64, burst int, now time.Time) (bucket, time.Duration) {
	room := max(float64(burst-n), 0) // what may be taken already
	lack := b.with(0, rate, now).taken - room
	if lack > leastLack {
		return b, time.Duration(math.Ceil(lack / rate * float64(time.Second)))
	}
	return b.with(n, rate, now), 0
}

// leastLack is what the arithmetic of fractions may be wrong by.
const leastLack = 1e-6
