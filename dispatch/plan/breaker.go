package plan

import (
	"math/bits"
	"time"

	"github.com/onevent/onevent"
)

// When a breaker opens, how it is probed, and when a destination is given up.
const (
	openRun    = 5  // failures in a row
	window     = 10 // newest attempts that are remembered
	openWindow = 9  // failures among them

	firstProbe = 5 * time.Second
	lastProbe  = 10 * time.Minute

	deadAfter    = 5 * 24 * time.Hour
	deadAttempts = 20
)

// Subject is what an attempt was about: its object, or else the delivery
// itself.
type Subject struct {
	Object   onevent.Object
	Delivery onevent.DeliveryID
}

// Breaker is a destination's record of failures. Its zero value is closed and
// knows of none.
//
// It opens after five failures in a row, or nine among ten. While it is open
// nothing is attempted but one probe at a time, after 5 s, 10 s, and so on up to
// 10 min, and no retry is used. The first success closes it.
type Breaker struct {
	recent uint16 // one bit for each of the newest attempts: it failed
	seen   uint8  // how many of the bits count
	run    int    // failures in a row

	open      bool
	probes    int // that failed since it opened
	nextProbe time.Time

	since    time.Time // the first attempt of those without a success
	attempts int       // how many they are
	suspect  Subject   // of the first failure since the last success
	several  bool      // others failed since, too
}

// Restore is the breaker of a destination whose last attempt had no success, as
// the store remembers it: it begins with one probe, at once.
func Restore(o onevent.Outage, now time.Time) Breaker {
	return Breaker{open: true, probes: o.Probes, nextProbe: now, since: o.Since, attempts: o.Attempts, several: o.Several}
}

// Note takes in an attempt that ended. probe says that it was one.
func (b *Breaker) Note(m Meaning, of Subject, probe bool, began, now time.Time) {
	switch m {
	case Success:
		*b = Breaker{recent: b.recent << 1, seen: min(b.seen+1, window)}
		return
	case Failure:
		b.failed(of, now)
	}
	if b.attempts++; b.attempts == 1 {
		b.since = began
	}
	if probe {
		b.probed(m, now)
	}
}

func (b *Breaker) failed(of Subject, now time.Time) {
	b.recent, b.seen = b.recent<<1|1, min(b.seen+1, window)
	b.run++
	if b.suspect == (Subject{}) {
		b.suspect = of
	}
	b.several = b.several || b.suspect != of
	if !b.open && (b.run >= openRun || b.failures() >= openWindow) {
		b.open, b.probes, b.nextProbe = true, 0, now.Add(firstProbe)
	}
}

func (b *Breaker) failures() int {
	return bits.OnesCount16(b.recent & (1<<b.seen - 1))
}

// probed sets the moment of the next probe. An answer that blames the delivery
// says nothing about the destination: another delivery is tried soon.
func (b *Breaker) probed(m Meaning, now time.Time) {
	if m == Failure {
		b.probes++
	}
	b.nextProbe = now.Add(min(firstProbe<<min(b.probes, 10), lastProbe))
}

// Open says whether deliveries wait.
func (b *Breaker) Open() bool { return b.open }

// NextProbe is when the next probe is due; zero while the breaker is closed.
func (b *Breaker) NextProbe() time.Time { return b.nextProbe }

// Sole is what all failures since the last success were about, if it was one
// thing: it may be all that the handler can't bear, so that others need not wait
// for it.
func (b *Breaker) Sole() (Subject, bool) {
	return b.suspect, !b.several && b.suspect != Subject{}
}

// Troubled says whether the newest attempt had no success, and Outage is what is
// to be remembered of it.
func (b *Breaker) Troubled() bool { return b.attempts > 0 }

// Outage is the row to be kept while the breaker is Troubled.
func (b *Breaker) Outage(id onevent.DestinationID) onevent.Outage {
	return onevent.Outage{Destination: id, Since: b.since, Attempts: b.attempts, Open: b.open, Probes: b.probes, Several: b.several}
}

// Dead says that the destination had no success in five days and twenty
// attempts.
func (b *Breaker) Dead(now time.Time) bool {
	return b.attempts >= deadAttempts && now.Sub(b.since) >= deadAfter
}

// Revive forgets how long there was no success, and has a probe made at once:
// somebody has enabled the handler.
func (b *Breaker) Revive(now time.Time) {
	if !b.open {
		return
	}
	b.nextProbe, b.probes, b.attempts = now, 0, 0
}
