package dispatch

import (
	"slices"
	"time"

	"github.com/onevent/onevent"
)

// Wait is what dispatch knows of a delivery that the store shows as waiting.
type Wait struct {
	// Place is where the delivery is.
	Place Place
	// Head is the delivery that must end before it, and Ahead how many must; 0: none
	// must.
	Head  onevent.DeliveryID
	Ahead int
	// Until is when the delivery, or the one at the head, is looked at again; zero: as
	// soon as its destination may be called.
	Until time.Time
	// Token is from when the destination's rate, or its application's, permits the
	// next attempt; zero: no rate holds it up.
	Token time.Time
	// Flying says that the head, which may be the delivery itself, is being attempted.
	Flying bool
}

// Place is where a waiting delivery is.
type Place int

// The places.
const (
	// PlaceSettling: its outcome is being written down.
	PlaceSettling Place = iota
	// PlaceMemory: dispatch holds it.
	PlaceMemory
	// PlaceStore: it is read from the store when memory has room for it.
	PlaceStore
)

// Waiting tells what a delivery of a destination waits for at the moment.
func (e *Engine) Waiting(dest onevent.DestinationID, id onevent.DeliveryID) Wait {
	q := e.known(dest)
	if q == nil {
		return Wait{}
	}
	now := e.Clock.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	c, at := q.find(id)
	if c == nil {
		return Wait{Place: q.elsewhere()}
	}
	w := Wait{Place: PlaceMemory, Ahead: at, Flying: c.flying}
	if at > 0 {
		w.Head = c.head().id
	}
	if c.resting() && c.until.After(now) {
		w.Until = c.until
	}
	if q.ticket.After(now) {
		w.Token = q.ticket
	}
	return w
}

// find looks for a delivery in memory, and says how many are before it in its
// chain.
func (q *queue) find(id onevent.DeliveryID) (*chain, int) {
	for _, chains := range [][]*chain{q.aloft, q.ready, q.rests} {
		for _, c := range chains {
			if at := slices.IndexFunc(c.entries, func(it entry) bool { return it.id == id }); at >= 0 {
				return c, at
			}
		}
	}
	return nil, 0
}

func (q *queue) elsewhere() Place {
	if q.spilled || q.reading {
		return PlaceStore
	}
	return PlaceSettling
}
