package dispatch

import (
	"time"

	"github.com/onevent/onevent"
)

// fill reads the next page of a destination from the store. Once a page shows
// that nothing newer is left, the destination follows memory again.
func (e *Engine) fill(q *queue) {
	q.mu.Lock()
	after, want, seen := q.read, e.pageFor(q), q.newest
	q.mu.Unlock()
	var page onevent.WaitingPage
	err := e.Store.View(e.ctx, func(r onevent.Reader) (err error) {
		page, err = r.Waiting(q.id, after, want)
		return err
	})
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil {
		e.Logger.Error("a destination's queue can't be read", "destination", q.id, "error", err)
		e.retryFill(q)
		return
	}
	q.reading = false
	e.enqueue(q, page.Rows)
	if !page.More {
		// What was handed over before the page was read and is not in it has
		// been settled since: cancelled, most often.
		q.read = max(q.read, seen)
	}
	q.spilled = page.More || q.newest > q.read
	e.work(q, 0)
}

// leastPage lets every destination go on however full memory is.
const leastPage = 64

func (e *Engine) pageFor(q *queue) int {
	room := max(leastPage, e.Limits.Memory-int(e.held.Load()))
	return min(room, e.Limits.Destination-q.size)
}

// enqueue adds a page in its order. Deliveries of one event share it.
func (e *Engine) enqueue(q *queue, page []onevent.Waiting) {
	order := e.order(q.id)
	shared := map[*onevent.Event]*content{}
	before := q.size
	for _, w := range page {
		c := shared[w.Event]
		if c == nil {
			c = &content{Event: w.Event}
			shared[w.Event] = c
		}
		q.push(item{w.Delivery, c}, order)
		q.read = w.Delivery.Seq
	}
	e.held.Add(int64(q.size - before))
}

// readPause is how long a reader waits after the store failed.
const readPause = time.Second

func (e *Engine) retryFill(q *queue) {
	e.Clock.AfterFunc(readPause, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.reading = false
		e.work(q, 0)
	})
}
