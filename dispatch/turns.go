package dispatch

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch/plan"
)

// turns hand out the right to make an attempt, where an application, a host or
// the server may have only so many at once. Who finds one of them full waits for
// its turn there: portals in turn, and within a portal its destinations.
type turns struct {
	waiting atomic.Int64 // queues that wait for a turn
	perHost int
	server  *gate

	mu           sync.Mutex
	hosts        map[string]*gate
	applications map[onevent.ApplicationID]*gate
	// slow spreads the attempts of destinations that are known not to be quick, or
	// that have a backlog and are not known: thousands that begin at one moment, after
	// a restart say, and answer at one moment, would take all processors from others.
	slow plan.Drip
}

// How the attempts of destinations that are not quick are spread: so many at any
// moment, and then so many a second for each processor, at first and in the end.
const (
	slowBurst     = 64
	slowRateFirst = 200
	slowRate      = 2500
	slowDoubles   = 4 * time.Second // under pressure
)

// gates are those that an attempt of a queue must pass: the application's, the
// host's, the server's.
type gates [3]*gate

// gate is one of the limits, with who waits for it: quick destinations and
// others apart, since there may be room for the former alone.
type gate struct {
	plan.Gate
	bucket  plan.Bucket // the rate of an application
	users   int         // queues that lead here
	waiting [2]plan.Ring[onevent.PortalID, *queue]
	last    int // which of the two had the last turn
}

func newTurns(server, perHost int) *turns {
	return &turns{
		perHost: perHost, server: &gate{Gate: plan.NewSharedGate(server)},
		slow:  plan.Drip{Widest: everyProcessor(slowRateFirst), Least: everyProcessor(slowRate), Halves: slowDoubles, Burst: slowBurst},
		hosts: map[string]*gate{}, applications: map[onevent.ApplicationID]*gate{},
	}
}

// everyProcessor is the time between two of so many a second for each processor.
func everyProcessor(rate int) time.Duration {
	return time.Second / time.Duration(rate*runtime.GOMAXPROCS(0))
}

// join gives a queue what the directory says of its destination now. The queue
// is locked, unless nobody else has it yet.
func (t *turns) join(q *queue, p profile) {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := q.gates[2] == nil
	q.profile = p
	if first {
		q.order = p.options.Order
		q.gates = gates{gateOf(t.applications, p.application, plan.NewGate(0)), gateOf(t.hosts, p.host, plan.NewSharedGate(t.perHost)), t.server}
	}
	q.gates[0].SetLimit(p.shared.Concurrency)
}

func gateOf[K comparable](all map[K]*gate, key K, fresh plan.Gate) *gate {
	g := all[key]
	if g == nil {
		g = &gate{Gate: fresh}
		all[key] = g
	}
	g.users++
	return g
}

// part forgets a queue, and the gates to which no other leads.
func (t *turns) part(q *queue) {
	t.mu.Lock()
	defer t.mu.Unlock()
	release(t.applications, q.application, q.gates[0])
	release(t.hosts, q.host, q.gates[1])
}

func release[K comparable](all map[K]*gate, key K, g *gate) {
	if g.users--; g.users == 0 {
		delete(all, key)
	}
}

// enter takes the right to one more attempt of a queue that has mine under way.
// A queue that gets none and has none under way waits for its turn; another one
// asks again when an attempt of its own has ended.
func (t *turns) enter(q *queue, quick bool, mine int, now time.Time) bool {
	spread := !quick && (q.spilled || q.pace.Known())
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.pass(q, quick, spread, mine, now)
}

func (t *turns) pass(q *queue, quick, spread bool, mine int, now time.Time) bool {
	for _, g := range q.gates {
		if !t.admits(g, quick, spread, mine, now) {
			q.late.refused(g == t.server && (quick || mine == 0), now)
			if mine == 0 && !q.inTurn {
				q.inTurn = true
				t.waiting.Add(1)
				g.waiting[class(quick)].Push(q.portal, q)
			}
			return false
		}
	}
	for _, g := range q.gates {
		g.Enter(quick)
	}
	if spread {
		t.slow.Take(now)
	}
	return true
}

// admits says whether a gate lets one pass; the server's is also where those wait
// whose attempts are spread.
func (t *turns) admits(g *gate, quick, spread bool, mine int, now time.Time) bool {
	return g.Admits(quick, mine) && (!spread || g != t.server || t.slow.Ready(now))
}

func class(quick bool) int {
	if quick {
		return 1
	}
	return 0
}

// turn is the right to an attempt that came to a queue while it waited.
type turn struct {
	q     *queue
	quick bool
}

// leave gives back what enter took with the same arguments, and says whose turn
// it is now.
func (t *turns) leave(q *queue, quick bool, now time.Time) (next []turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range q.gates {
		g.Leave(quick)
	}
	if t.waiting.Load() == 0 {
		return nil
	}
	for _, g := range q.gates {
		next = t.serve(g, next, now)
	}
	return next
}

// dripped says whose turn it is since some time has passed.
func (t *turns) dripped(now time.Time) []turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.serve(t.server, nil, now)
}

// wakeAt is when somebody may pass who waits for slow; zero when nobody does.
func (t *turns) wakeAt() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.server.waiting[class(false)].Len() == 0 || !t.server.Admits(false, 0) {
		return time.Time{}
	}
	return t.slow.At()
}

// serve lets those pass who wait at a gate, as long as it admits them. Who passes
// it may have to wait at another one.
func (t *turns) serve(g *gate, next []turn, now time.Time) []turn {
	for {
		which := t.whose(g, now)
		if which < 0 {
			return next
		}
		g.last = which
		q, _ := g.waiting[which].Pop()
		q.inTurn = false
		t.waiting.Add(-1)
		if t.pass(q, which == 1, which == 0, 0, now) {
			next = append(next, turn{q, which == 1})
		}
	}
}

// whose says which of the two kinds has its turn at a gate; -1 when nobody who
// waits may pass.
func (t *turns) whose(g *gate, now time.Time) int {
	for _, which := range [2]int{1 - g.last, g.last} {
		if g.waiting[which].Len() > 0 && t.admits(g, which == 1, which == 0, 0, now) {
			return which
		}
	}
	return -1
}

// crowded says that somebody waits for a turn.
func (t *turns) crowded() bool { return t.waiting.Load() > 0 }

// reserve takes a token of the application's rate and says from when it may be
// used.
func (t *turns) reserve(q *queue, now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return q.gates[0].bucket.Reserve(q.shared.Rate, q.shared.Burst, now)
}

// use spends a token that was reserved.
func (t *turns) use(q *queue, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q.gates[0].bucket.Use(q.shared.Rate, now)
}
