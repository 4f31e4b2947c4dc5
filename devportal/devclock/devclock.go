// Package devclock is the clock of a dev portal: the machine's, set forward as far
// as somebody wants, so that retries of days, deadlines and the ends of tokens are
// seen within a minute.
package devclock

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/onevent/onevent"
)

// MaxAhead is how far the clock can be set forward in all.
const MaxAhead = 10 * 365 * 24 * time.Hour

// Clock is an onevent.Clock that goes as the machine's does, ahead of it. New makes
// one; it is safe for concurrent use.
type Clock struct {
	machine onevent.Clock
	keep    func(ahead time.Duration) error
	ahead   atomic.Int64 // nanoseconds

	mu     sync.Mutex
	timers map[*timer]struct{} // neither called nor stopped
}

type timer struct {
	at     time.Time
	call   func()
	cancel func() bool
}

// New is so far ahead of the machine's from the start. keep is told before the clock
// moves, and keeps it from moving by an error.
func New(machine onevent.Clock, ahead time.Duration, keep func(ahead time.Duration) error) *Clock {
	c := &Clock{machine: machine, keep: keep, timers: map[*timer]struct{}{}}
	c.ahead.Store(int64(ahead))
	return c
}

// Now is the machine's time and what the clock is ahead.
func (c *Clock) Now() time.Time { return c.machine.Now().Add(c.Ahead()) }

// Ahead is how far the clock was set forward in all.
func (c *Clock) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }

// AfterFunc calls f in its own goroutine once d has passed or was skipped.
func (c *Clock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{at: c.Now().Add(d)}
	c.timers[t] = struct{}{}
	t.call = func() {
		if c.take(t) {
			f()
		}
	}
	t.cancel = c.machine.AfterFunc(d, t.call)
	return func() bool {
		if !c.take(t) {
			return false
		}
		t.cancel()
		return true
	}
}

// take gives a timer to whom comes first: a call of it or its stop.
func (c *Clock) take(t *timer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, there := c.timers[t]
	delete(c.timers, t)
	return there
}

// Advance sets the clock forward by d; what was due meanwhile happens at once, as
// after a pause of that length. A d that is not positive or leads beyond MaxAhead
// is CodeInvalid.
func (c *Clock) Advance(d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	ahead := c.Ahead()
	switch {
	case d <= 0:
		return onevent.Errorf(onevent.CodeInvalid, "the clock can't be set back: what was stored and issued has the time that it reached")
	case d > MaxAhead-ahead:
		return onevent.Errorf(onevent.CodeInvalid, "the clock can be set forward by 10 years in all, and is %s ahead", ahead.Round(time.Second))
	}
	if err := c.keep(ahead + d); err != nil {
		return err
	}
	c.ahead.Store(int64(ahead + d))
	now := c.Now()
	for t := range c.timers {
		t.cancel() // of two calls the first takes the timer
		t.cancel = c.machine.AfterFunc(max(t.at.Sub(now), 0), t.call)
	}
	return nil
}
