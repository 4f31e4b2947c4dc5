package dispatch

import (
	"container/heap"
	"time"

	"github.com/onevent/onevent"
)

// entry is a delivery in a queue. What changes with its attempts is here; its
// event may be left to the store until it is needed, which makes it light.
type entry struct {
	id       onevent.DeliveryID
	seq      int64
	handler  onevent.HandlerID
	deadline time.Time
	due      time.Time // not tried before; zero: at once
	attempts int32
	retries  int32
	replayOf onevent.DeliveryID
	event    *content // nil: light
}

func newEntry(d *onevent.Delivery, c *content) entry {
	return entry{
		id: d.ID, seq: d.Seq, handler: d.Handler, deadline: d.Deadline, due: d.Due,
		attempts: int32(d.Attempts), retries: int32(d.Retries), replayOf: d.ReplayOf, event: c,
	}
}

// delivery is what an outcome is planned from.
func (it *entry) delivery() *onevent.Delivery {
	return &onevent.Delivery{
		ID: it.id, Handler: it.handler, Deadline: it.deadline, Due: it.due,
		Attempts: int(it.attempts), Retries: int(it.retries),
	}
}

// Where memory is bounded a light entry counts 1, another one loadedWeight, and
// as much again for each dataUnit of its event's data.
const (
	loadedWeight = 4
	dataUnit     = 1 << 10
)

func (it *entry) weight() int {
	if it.event == nil {
		return 1
	}
	return loadedWeight * (1 + len(it.event.Data)/dataUnit)
}

// chain is what waits about one object, in order: only its head may be
// attempted. An event without an object is a chain of its own. A chain is ready,
// or flies, or rests.
type chain struct {
	key     onevent.Object
	ordered bool
	entries []entry
	flying  bool      // its head is being attempted
	since   time.Time // when its head became ready

	until time.Time // while it rests
	held  bool      // it rests because its handler is disabled
	place int       // among the resting ones; -1: it does not rest
}

func (c *chain) head() *entry { return &c.entries[0] }

func (c *chain) resting() bool { return c.place >= 0 }

// rests are the chains that rest, earliest first.
type rests []*chain

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (r rests) Len() int           { return len(r) }
func (r rests) Less(i, j int) bool { return r[i].until.Before(r[j].until) }

func (r rests) Swap(i, j int) {
	r[i], r[j] = r[j], r[i]
	r[i].place, r[j].place = i, j
}

func (r *rests) Push(x any) {
	c := x.(*chain)
	c.place = len(*r)
	*r = append(*r, c)
}

func (r *rests) Pop() any {
	old := *r
	c := old[len(old)-1]
	old[len(old)-1] = nil
	*r = old[:len(old)-1]
	c.place = -1
	return c
}

func (r *rests) add(c *chain, until time.Time, held bool) {
	c.until, c.held = until, held
	heap.Push(r, c)
}

func (r *rests) remove(c *chain) { heap.Remove(r, c.place) }

// due takes the earliest chain if its time has come; nil when none has.
func (r *rests) due(now time.Time) *chain {
	if len(*r) == 0 || now.Before((*r)[0].until) {
		return nil
	}
	return heap.Pop(r).(*chain)
}

// next is when the earliest wakes; zero when none rests.
func (r rests) next() time.Time {
	if len(r) == 0 {
		return time.Time{}
	}
	return r[0].until
}

// held are those whose handler is disabled.
func (r rests) held() (all []*chain) {
	for _, c := range r {
		if c.held {
			all = append(all, c)
		}
	}
	return all
}
