package dispatch

import (
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/onevent/onevent"
)

// item is a delivery in memory, with its event shared over the fan-out.
type item struct {
	delivery onevent.Delivery
	event    *content
}

// dataUnit is how much data of its event counts as one more delivery where
// memory is bounded.
const dataUnit = 1 << 10

func (it *item) weight() int { return 1 + len(it.event.Data)/dataUnit }

// chain is what waits about one object, in order: only its head may be
// attempted. An event without an object is a chain of its own.
type chain struct {
	key     onevent.Object
	ordered bool
	items   []item
	flying  bool        // its head is being attempted
	resting func() bool // stops the timer of a head that is not due
}

func (c *chain) head() *item { return &c.items[0] }

// queue holds what waits for one destination. It follows either memory or the
// store: what does not fit into memory is left in the store, and from then on
// everything is read from there until nothing newer is left.
type queue struct {
	id   onevent.DestinationID
	host string // host and port, whose ceiling it shares with others

	mu          sync.Mutex
	chains      map[onevent.Object]*chain
	ready       []*chain // heads that may go, oldest first
	rest        map[*chain]struct{}
	size        int // weight of the items in memory
	workers     int // each attempts one head at a time
	bucket      bucket
	concurrency float64
	pausedUntil time.Time
	resume      func() bool // stops the timer of the pause

	spilled bool
	reading bool
	read    int64 // everything up to this Seq is or was in memory
	newest  int64 // the newest Seq that was handed over
}

func newQueue(id onevent.DestinationID, d *onevent.Destination) *queue {
	q := &queue{
		id:          id,
		chains:      map[onevent.Object]*chain{},
		rest:        map[*chain]struct{}{},
		concurrency: startConcurrency,
	}
	if d != nil {
		q.host = hostOf(d.URL)
		if limit := d.Options.Concurrency; limit > 0 {
			q.concurrency = min(startConcurrency, float64(limit))
		}
	}
	return q
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}

// offer takes a delivery that was just committed, or leaves it to the store
// when memory is full. Seq tells what a reader of the store has brought already.
func (q *queue) offer(it item, order string, room bool) {
	seq := it.delivery.Seq
	if seq <= q.read {
		return
	}
	q.newest = max(q.newest, seq)
	if q.spilled || !room {
		q.spilled = true
		return
	}
	q.read = seq
	q.push(it, order)
}

// push puts an item behind the others about its object.
func (q *queue) push(it item, order string) {
	q.size += it.weight()
	key, ordered := keyOf(it.event.Object, order)
	if c := q.chains[key]; ordered && c != nil {
		c.items = append(c.items, it)
		return
	}
	c := &chain{key: key, ordered: ordered, items: []item{it}}
	if ordered {
		q.chains[key] = c
	}
	q.ready = append(q.ready, c)
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

// next takes the oldest chain that is ready.
func (q *queue) next() *chain {
	c := q.ready[0]
	q.ready[0] = nil
	q.ready = q.ready[1:]
	c.flying = true
	return c
}

// pop ends the head of a chain that next took; what waited behind it becomes
// ready.
func (q *queue) pop(c *chain) {
	q.size -= c.head().weight()
	c.flying = false
	c.items[0] = item{}
	c.items = c.items[1:]
	if len(c.items) > 0 {
		q.ready = append(q.ready, c)
	} else if c.ordered {
		delete(q.chains, c.key)
	}
}

// delay lets a chain that next took rest until wake is called by its timer.
func (q *queue) delay(c *chain, stop func() bool) {
	c.flying = false
	c.resting = stop
	q.rest[c] = struct{}{}
}

// wake makes a resting chain ready. It reports whether it was resting.
func (q *queue) wake(c *chain) bool {
	if _, resting := q.rest[c]; !resting {
		return false
	}
	delete(q.rest, c)
	c.resting()
	q.ready = append(q.ready, c)
	return true
}

// stopTimers stops all that would wake the queue.
func (q *queue) stopTimers() {
	for c := range q.rest {
		c.resting()
	}
	if q.resume != nil {
		q.resume()
	}
}

// drop forgets the items of a handler, but for the heads in flight.
func (q *queue) drop(h onevent.HandlerID) {
	q.ready = slices.DeleteFunc(q.ready, func(c *chain) bool { return q.dropFrom(c, h, 0) == 0 })
	for c := range q.rest {
		if q.dropFrom(c, h, 0) == 0 {
			c.resting()
			delete(q.rest, c)
		}
	}
	for _, c := range q.chains {
		if c.flying {
			q.dropFrom(c, h, 1)
		}
	}
}

// dropFrom drops the handler's items of a chain, starting at item number from,
// and returns how many are left.
func (q *queue) dropFrom(c *chain, h onevent.HandlerID, from int) int {
	kept := slices.DeleteFunc(c.items[from:], func(it item) bool {
		drop := it.delivery.Handler == h
		if drop {
			q.size -= it.weight()
		}
		return drop
	})
	c.items = c.items[:from+len(kept)]
	if len(c.items) == 0 && c.ordered {
		delete(q.chains, c.key)
	}
	return len(c.items)
}
