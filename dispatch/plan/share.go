package plan

import (
	"math"
	"time"
)

// Gate counts attempts under way where only so many may be at once: the server,
// a host, an application. NewGate and NewSharedGate make one.
type Gate struct {
	limit   int // 0: none
	reserve int // of it, for destinations that are quick
	used    int
	slow    int // of them, by destinations that are not quick
}

// NewGate lets limit attempts begin, whosever; 0 is no limit.
func NewGate(limit int) Gate { return Gate{limit: limit} }

// leastShared is the smallest limit of which a part can be kept.
const leastShared = 64

// NewSharedGate is a gate that keeps a quarter for destinations that answer
// quickly, so that those which don't, however many, can't take all. What these
// may have together they share: the less of it is free, the fewer each of them
// has, down to one; so some is free for one that comes new.
func NewSharedGate(limit int) Gate {
	if limit < leastShared {
		return NewGate(limit)
	}
	return Gate{limit: limit, reserve: limit / 4}
}

// SetLimit changes the limit of a gate that NewGate made.
func (g *Gate) SetLimit(limit int) { g.limit = limit }

// Admits says whether a destination that has mine attempts under way may begin
// another.
func (g *Gate) Admits(quick bool, mine int) bool {
	if g.limit == 0 {
		return true
	}
	if quick || g.reserve == 0 {
		return g.used < g.limit
	}
	free := min(g.limit-g.used, g.limit-g.reserve-g.slow)
	return free > 0 && mine <= free/4
}

// Enter counts an attempt that begins.
func (g *Gate) Enter(quick bool) {
	g.used++
	if !quick {
		g.slow++
	}
}

// Leave gives back what Enter took with the same argument.
func (g *Gate) Leave(quick bool) {
	g.used--
	if !quick {
		g.slow--
	}
}

// Drip lets things begin close together but not at once: so many may begin at any
// moment, and others each some time after the one before. What begins spread out
// also ends spread out. The first that want to begin together are spread widest;
// each time that some have to wait for as long as Halves that time halves, down to a
// least one, and each time that none has it doubles again.
type Drip struct {
	Widest, Least time.Duration // between two of them
	Halves        time.Duration
	Burst         int

	next    time.Time // when all that began is made up for
	last    time.Time // when the newest began
	pressed time.Duration
}

// Ready says whether one may begin, and At from when.
func (d *Drip) Ready(now time.Time) bool { return !now.Before(d.At()) }

// At is when the next may begin.
func (d *Drip) At() time.Time { return d.next.Add(-time.Duration(d.Burst-1) * d.every()) }

// Take counts one that begins.
func (d *Drip) Take(now time.Time) {
	passed := now.Sub(d.last)
	switch {
	case d.isCalm(now):
		d.pressed = max(d.pressed-passed, 0)
	case d.every() > d.Least:
		d.pressed += passed
	}
	if d.next.Before(now) {
		d.next = now
	}
	d.next, d.last = d.next.Add(d.every()), now
}

// isCalm says that one which begins now could have begun well before.
func (d *Drip) isCalm(now time.Time) bool {
	return d.next.IsZero() || 2*now.Sub(d.At()) >= time.Duration(d.Burst)*d.every()
}

// every is the time between two that begin now.
func (d *Drip) every() time.Duration {
	return max(d.Least, time.Duration(float64(d.Widest)*math.Exp2(-float64(d.pressed)/float64(d.Halves))))
}
