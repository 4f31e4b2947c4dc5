package dispatch

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch/plan"
)

// queue holds what waits for one destination. It follows either memory or the
// store: what does not fit into memory is left in the store, and from then on
// everything is read from there until nothing newer is left.
type queue struct {
	id        onevent.DestinationID
	waiting   atomic.Int64 // deliveries, in memory or not
	unsettled atomic.Int64 // outcomes on their way to the store

	mu      sync.Mutex
	profile // as the directory had it when the queue was renewed last
	gates   gates

	chains map[onevent.Object]*chain
	ready  []*chain // heads that may go, oldest first
	rests  rests
	aloft  []*chain // those whose heads are being attempted
	size   int      // weight of the entries in memory
	flying int      // heads that are being attempted
	order  string   // by which chains were made

	breaker   plan.Breaker
	pace      plan.Pace
	bucket    plan.Bucket
	probing   bool
	notBefore time.Time // the destination asked for a pause, or failed too often
	ticket    time.Time // from when the token may be used that was reserved; zero: none was
	timer     timer
	used      time.Time // when it was last found to have something to do
	gone      bool      // it was forgotten: another one takes its place
	inTurn    bool      // it waits for a turn; guarded by turns
	late      late

	spilled bool
	reading bool
	page    int   // how many deliveries the next read asks for
	read    int64 // everything up to this Seq is or was in memory
	newest  int64 // the newest Seq that was handed over
	// withdrawn are deliveries that were cancelled while they flew or a page was
	// read, which may have them.
	withdrawn map[onevent.DeliveryID]bool
}

func newQueue(id onevent.DestinationID, now time.Time) *queue {
	return &queue{id: id, chains: map[onevent.Object]*chain{}, used: now}
}

// restore begins where an earlier process ended.
func (q *queue) restore(o onevent.Outage, now time.Time) {
	q.breaker = plan.Restore(o, now)
	q.pace.Restrain()
}

func (q *queue) empty() bool {
	return len(q.ready) == 0 && len(q.rests) == 0 && q.flying == 0 && q.waiting.Load() <= 0 && !q.spilled && !q.reading
}

// offer takes a delivery that was just committed, or leaves it to the store
// when memory is full. Seq tells what a reader of the store has brought already.
func (q *queue) offer(it entry, room bool, now time.Time) {
	if it.seq <= q.read {
		return
	}
	q.newest = max(q.newest, it.seq)
	if q.spilled || !room {
		q.spilled = true
		return
	}
	q.read = it.seq
	q.push(it, now)
}

// push puts an entry behind the others about its object.
func (q *queue) push(it entry, now time.Time) {
	c := q.chainFor(&it, now)
	if q.breaker.Open() || c.resting() && c.until.Sub(now) > lightAfter {
		it.event = nil
	}
	c.entries = append(c.entries, it)
	q.size += it.weight()
}

// chainFor finds the chain that an entry belongs to, or makes it.
func (q *queue) chainFor(it *entry, now time.Time) *chain {
	key, ordered := keyOf(it.event.Object, q.order)
	if ordered && q.chains[key] != nil {
		return q.chains[key]
	}
	c := &chain{key: key, ordered: ordered, place: -1}
	if ordered {
		q.chains[key] = c
	}
	if it.due.After(now) {
		q.rests.add(c, it.due, false)
	} else {
		q.isReady(c, now)
	}
	return c
}

func keyOf(o onevent.Object, order string) (onevent.Object, bool) {
	switch order {
	case onevent.OrderAll:
		return onevent.Object{}, true
	case onevent.OrderNone:
		return onevent.Object{}, false
	}
	return o, !o.IsZero()
}

// subject is what an attempt of the chain's head is about.
func (c *chain) subject() plan.Subject {
	if c.ordered && !c.key.IsZero() {
		return plan.Subject{Object: c.key}
	}
	return plan.Subject{Delivery: c.head().id}
}

// isReady puts a chain behind those whose heads may go.
func (q *queue) isReady(c *chain, since time.Time) {
	c.since = since
	q.ready = append(q.ready, c)
}

// take lets a chain fly that is ready.
func (q *queue) take(c *chain) {
	if i := slices.Index(q.ready, c); i == 0 {
		q.ready[0] = nil
		q.ready = q.ready[1:]
	} else {
		q.ready = slices.Delete(q.ready, i, i+1)
	}
	c.flying = true
	q.aloft = append(q.aloft, c)
	q.flying++
}

// pop ends the head of a chain that flies; what waited behind it becomes ready.
func (q *queue) pop(c *chain, now time.Time) {
	q.land(c)
	q.size -= c.head().weight()
	c.entries[0] = entry{}
	c.entries = c.entries[1:]
	if len(c.entries) > 0 {
		q.isReady(c, now)
	} else if c.ordered {
		delete(q.chains, c.key)
	}
}

// lightAfter is from how long a rest on the event of what waits is left to the
// store.
const lightAfter = 10 * time.Second

// rest lets a chain that flies wait until a moment.
func (q *queue) rest(c *chain, until time.Time, held bool, now time.Time) {
	q.land(c)
	q.rests.add(c, until, held)
	if q.breaker.Open() || until.Sub(now) > lightAfter {
		q.lighten(c)
	}
}

func (q *queue) land(c *chain) {
	c.flying = false
	i := slices.Index(q.aloft, c)
	q.aloft = slices.Delete(q.aloft, i, i+1)
	q.flying--
	q.forgetWithdrawn()
}

// forgetWithdrawn does so once nothing can meet them any more.
func (q *queue) forgetWithdrawn() {
	if q.flying == 0 && !q.reading {
		q.withdrawn = nil
	}
}

// wake makes a chain ready that rests.
func (q *queue) wake(c *chain, now time.Time) {
	q.rests.remove(c)
	q.isReady(c, now)
}

// wakeDue makes those ready whose time has come.
func (q *queue) wakeDue(now time.Time) {
	for c := q.rests.due(now); c != nil; c = q.rests.due(now) {
		q.isReady(c, c.until)
	}
}

// lighten leaves the events of a chain to the store.
func (q *queue) lighten(c *chain) {
	for i := range c.entries {
		q.size -= c.entries[i].weight() - 1
		c.entries[i].event = nil
	}
}

// lightenAll does so with all that does not fly: the destination is left alone
// for a while.
func (q *queue) lightenAll() {
	for _, c := range q.ready {
		q.lighten(c)
	}
	for _, c := range q.rests {
		q.lighten(c)
	}
}

// drop forgets entries, but for the heads in flight.
func (q *queue) drop(is func(*entry) bool, now time.Time) {
	q.ready = slices.DeleteFunc(q.ready, func(c *chain) bool { return q.dropFrom(c, is, 0) == 0 })
	for _, c := range slices.Clone(q.rests) {
		head := c.head().id
		if q.dropFrom(c, is, 0) == 0 {
			q.rests.remove(c)
		} else if c.head().id != head {
			q.wake(c, now)
		}
	}
	for _, c := range q.chains {
		if c.flying {
			q.dropFrom(c, is, 1)
		}
	}
}

// dropFrom drops entries of a chain, starting at number from, and returns how many
// are left.
func (q *queue) dropFrom(c *chain, is func(*entry) bool, from int) int {
	kept := slices.DeleteFunc(c.entries[from:], func(it entry) bool {
		drop := is(&it)
		if drop {
			q.size -= it.weight()
		}
		return drop
	})
	c.entries = c.entries[:from+len(kept)]
	if len(c.entries) == 0 && c.ordered {
		delete(q.chains, c.key)
	}
	return len(c.entries)
}

func (q *queue) condition(now time.Time) Condition {
	o := q.breaker.Outage(q.id)
	c := Condition{
		Waiting: max(q.waiting.Load(), 0), InFlight: q.flying, Concurrency: q.pace.Concurrency(),
		Breaker: BreakerClosed, Since: o.Since, Attempts: o.Attempts,
	}
	if o.Open {
		c.Breaker, c.NextProbe = BreakerOpen, q.breaker.NextProbe()
	}
	if q.notBefore.After(now) {
		c.PausedUntil = q.notBefore
	}
	return c
}
