package dispatch

import (
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
}

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
		hosts: map[string]*gate{}, applications: map[onevent.ApplicationID]*gate{},
	}
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
func (t *turns) enter(q *queue, quick bool, mine int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.pass(q, quick, mine)
}

func (t *turns) pass(q *queue, quick bool, mine int) bool {
	for _, g := range q.gates {
		if !g.Admits(quick, mine) {
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
	return true
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
func (t *turns) leave(q *queue, quick bool) (next []turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range q.gates {
		g.Leave(quick)
	}
	if t.waiting.Load() == 0 {
		return nil
	}
	for _, g := range q.gates {
		next = t.serve(g, next)
	}
	return next
}

// serve lets those pass who wait at a gate, as long as it admits them. Who passes
// it may have to wait at another one.
func (t *turns) serve(g *gate, next []turn) []turn {
	for {
		which := g.whose()
		if which < 0 {
			return next
		}
		g.last = which
		q, _ := g.waiting[which].Pop()
		q.inTurn = false
		t.waiting.Add(-1)
		if t.pass(q, which == 1, 0) {
			next = append(next, turn{q, which == 1})
		}
	}
}

// whose says which of the two kinds has its turn at a gate; -1 when nobody who
// waits may pass.
func (g *gate) whose() int {
	for _, which := range [2]int{1 - g.last, g.last} {
		if g.waiting[which].Len() > 0 && g.Admits(which == 1, 0) {
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
