// Package history judges a server from outside: what was published and who was
// bound, beside the attempts that came. Each promise is a function that lists
// where a History breaks it; the functions know nothing of how it was made.
//
// Order is told by ticks of one counter, never by time: what has the lower tick
// happened first. Time is kept for rates and pauses alone.
package history

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Fact is one event as its publisher knows it.
type Fact struct {
	ID     string // told apart by it; every attempt leads back to it
	Portal string
	Event  string // code
	Object string // type and id; empty: about none
	Span          // of the request that published it
	Place  int    // in that request, from 0
	// Acknowledged says that the publisher got a success. Without it nobody
	// knows whether the event was stored.
	Acknowledged bool
	EventID      string // as answered
	Counted      *int   // deliveries as answered; nil: it was not told
}

// Span is what lies between two ticks: something was asked for at From and had
// happened at To. A To of 0 is the future.
type Span struct{ From, To int64 }

// Before reports whether all of s was over when o began.
func (s Span) Before(o Span) bool { return s.To != 0 && o.From != 0 && s.To < o.From }

// Key is a delivery as seen from outside: a fact at a destination. No two
// handlers of one destination may stand for one event at the same time.
type Key struct{ Fact, Destination string }

// Attempt is one request as its receiver saw it.
type Attempt struct {
	Key
	Delivery string // webhook-id
	Life     int    // of the server
	Span            // To 0: it still goes on
	At       time.Time
	Over     time.Time // when its answer was about to be sent
	Stamp    int64     // webhook-timestamp: the sender's clock, in seconds
	Status   int       // 0: the receiver hung up
	Pause    time.Duration
	// Abandoned says that the sender hung up, or died, before it was answered.
	// The attempt ended earlier than its receiver saw.
	Abandoned bool
}

// OK reports whether the attempt was answered with a success.
func (a *Attempt) OK() bool { return !a.Abandoned && a.Status/100 == 2 }

// Destination is what was asked for a URL.
type Destination struct {
	Order       string  // object, none or all
	Concurrency int     // 0: no limit
	Rate        float64 // a second; 0: no limit
	Burst       int     // 0: a second's worth, one at the least
	Retries     int     // attempts that follow a first one before a delivery fails
}

// Orders of a destination.
const (
	OrderObject = "object"
	OrderNone   = "none"
	OrderAll    = "all"
)

// Handler is a subscription as the one who bound it knows it.
type Handler struct {
	Destination string
	Portal      string
	Event       string
	Bound       Span
	Ended       Span // From 0: it stands
	// Doubts are when what waits may be cancelled, and what is raised may be
	// left out, although the handler stands: its user was dismissed.
	Doubts []Span
}

// due reports whether the handler must get a fact, and whether it may.
func (h *Handler) due(f *Fact) (must, may bool) {
	if h.Portal != f.Portal || h.Event != f.Event {
		return false, false
	}
	may = !f.Span.Before(h.Bound) && !(h.Ended.From != 0 && h.Ended.Before(f.Span))
	must = f.Acknowledged && h.Bound.Before(f.Span) && (h.Ended.From == 0 || f.Span.Before(h.Ended))
	for _, d := range h.Doubts {
		must = must && (f.Span.Before(d) || d.Before(f.Span))
	}
	return must && may, may
}

// cancels reports whether what waits for a fact may be cancelled: something
// ended after the fact was asked for.
func (h *Handler) cancels(f *Fact) bool {
	ends := append([]Span{h.Ended}, h.Doubts...)
	return slices.ContainsFunc(ends, func(s Span) bool { return s.From != 0 && !s.Before(f.Span) })
}

// End is how a delivery ended without a success, as the server tells.
type End struct {
	State    string // failed or cancelled
	Verdict  string
	Attempts int // in the server's log
}

// History is everything that the promises are judged by.
type History struct {
	Destinations map[string]Destination
	Handlers     []Handler
	Facts        map[string]Fact
	Attempts     []Attempt   // by the tick at which they began
	Lives        []time.Time // when each life of the server began
	Quiet        []int64     // ticks at which the server said that all was settled
	Ends         map[Key]End
}

// Log collects a history. It is safe for concurrent use.
type Log struct {
	mu       sync.Mutex
	tick     int64
	lives    []time.Time
	quiet    []int64
	facts    map[string]Fact
	attempts []*Attempt
}

// NewLog returns a log of nothing.
func NewLog() *Log { return &Log{facts: map[string]Fact{}} }

// Tick is later than every tick before it.
func (l *Log) Tick() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next()
}

func (l *Log) next() int64 { l.tick++; return l.tick }

// Live notes that the server is about to be started; nothing that it sent
// before is on its way.
func (l *Log) Live() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lives = append(l.lives, time.Now())
}

// Settled notes that the server just said that nothing waits, and that nothing
// has been published since it was asked.
func (l *Log) Settled() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.quiet = append(l.quiet, l.next())
}

// Put keeps facts.
func (l *Log) Put(facts ...Fact) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range facts {
		l.facts[f.ID] = f
	}
}

// Begin notes an attempt that has come; End must follow.
func (l *Log) Begin(a Attempt) *Attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	a.From, a.At, a.Life = l.next(), time.Now(), len(l.lives)-1
	l.attempts = append(l.attempts, &a)
	return &a
}

// End notes what an attempt is about to be answered.
func (l *Log) End(a *Attempt, status int, pause time.Duration) { l.end(a, status, pause, false) }

// Abandon notes that the sender of an attempt is gone.
func (l *Log) Abandon(a *Attempt) { l.end(a, 0, 0, true) }

func (l *Log) end(a *Attempt, status int, pause time.Duration, abandoned bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a.To, a.Over, a.Status, a.Pause, a.Abandoned = l.next(), time.Now(), status, pause, abandoned
}

// Count is how many attempts have come.
func (l *Log) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.attempts)
}

// History is what the log holds now.
func (l *Log) History() *History {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := &History{Facts: maps.Clone(l.facts), Lives: slices.Clone(l.lives), Quiet: slices.Clone(l.quiet), Ends: map[Key]End{}}
	for _, a := range l.attempts {
		h.Attempts = append(h.Attempts, *a)
	}
	return h
}

// Forget drops facts and attempts; ticks and lives go on.
func (l *Log) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.facts, l.attempts, l.quiet = map[string]Fact{}, nil, nil
}
