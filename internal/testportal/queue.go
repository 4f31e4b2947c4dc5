package testportal

import (
	"sync"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/wire"
)

// Accepted is one event with its deliveries.
type Accepted struct {
	Event      *onevent.Event
	Deliveries []onevent.Delivery
}

// Queue is a publish.Queue that records. It is safe for concurrent use.
type Queue struct {
	mu       sync.Mutex
	accepted []Accepted
	dropped  []onevent.HandlerID
	gone     []onevent.DeliveryID
	woken    []onevent.DestinationID
	full     map[onevent.DestinationID]bool
}

// Accept implements publish.Queue.
func (q *Queue) Accept(e *onevent.Event, _ wire.Value, deliveries []onevent.Delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.accepted = append(q.accepted, Accepted{e, deliveries})
}

// Drop implements publish.Queue.
func (q *Queue) Drop(_ onevent.DestinationID, h onevent.HandlerID, _ int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped = append(q.dropped, h)
}

// Withdraw implements replay.Queue.
func (q *Queue) Withdraw(_ onevent.DestinationID, cancelled []onevent.DeliveryID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.gone = append(q.gone, cancelled...)
}

// Withdrawn lists the deliveries that were withdrawn.
func (q *Queue) Withdrawn() []onevent.DeliveryID {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]onevent.DeliveryID(nil), q.gone...)
}

// Deliveries lists those that were accepted and not taken.
func (q *Queue) Deliveries() (all []onevent.Delivery) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, a := range q.accepted {
		all = append(all, a.Deliveries...)
	}
	return all
}

// Wake implements publish.Queue.
func (q *Queue) Wake(d onevent.DestinationID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.woken = append(q.woken, d)
}

// Full implements publish.Queue: full is what Fill said so.
func (q *Queue) Full(d onevent.DestinationID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.full[d]
}

// Fill makes a destination full.
func (q *Queue) Fill(d onevent.DestinationID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.full == nil {
		q.full = map[onevent.DestinationID]bool{}
	}
	q.full[d] = true
}

// Take returns the events that came since it was asked last.
func (q *Queue) Take() []Accepted {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := q.accepted
	q.accepted = nil
	return out
}

// Dropped lists the handlers whose deliveries were dropped.
func (q *Queue) Dropped() []onevent.HandlerID {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]onevent.HandlerID(nil), q.dropped...)
}

// Woken lists the destinations that were woken.
func (q *Queue) Woken() []onevent.DestinationID {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]onevent.DestinationID(nil), q.woken...)
}
