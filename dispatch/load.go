package dispatch

import (
	"sync"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch/plan"
)

// Pages of a destination's queue: small at first, so that after a restart all
// destinations soon have something to go on with.
const (
	firstPage = 16
	lastPage  = 1024
)

// Behind an open breaker there is enough for the next probes: a page of openPage
// deliveries is read when there are fewer than openRoom.
const (
	openPage = 16
	openRoom = 8
)

// readPause is how long a reader waits after the store failed.
const readPause = time.Second

// readers are those that read pages at the moment. More wait for their turn:
// portals in turn, and within a portal its destinations.
type readers struct {
	mu      sync.Mutex
	active  int
	waiting plan.Ring[onevent.PortalID, *queue]
}

// maxReaders and readerRest leave the processors to what is under way: for a
// destination that is not known to be quick a reader rests so many times as long
// as its page took, but never long: a slow disk is no reason to stand still, nor
// to hold up Stop.
const (
	maxReaders  = 1
	readerRest  = 7
	longestRest = 50 * time.Millisecond
)

// refill has a page read when a queue that follows the store has room for it.
// The queue is locked.
func (e *Engine) refill(q *queue) {
	if !q.spilled || q.reading || e.stopped.Load() || q.order != q.options.Order || !e.isShort(q) {
		return
	}
	q.reading = true
	q.late.wantsPage(q.used)
	if e.readers.begin(q) {
		e.working.Go(func() { e.read(q) })
	}
}

// isShort says whether another page should be read: memory has room, and fewer
// heads are ready than may soon be wanted.
func (e *Engine) isShort(q *queue) bool {
	if !q.breaker.Open() {
		return len(q.ready) < q.readyWanted() && q.size <= e.roomFor(q)/2
	}
	// More than one object, so that one which always fails does not keep the breaker
	// open.
	if q.order == onevent.OrderAll || len(q.ready)+len(q.rests)+q.flying > 1 {
		return q.size <= openRoom
	}
	return q.size <= e.roomFor(q)/2
}

// readyFor is how many heads are kept ready for each attempt that a quick
// destination may get at once.
const readyFor = 4

// readyWanted is how many heads a destination should have ready. One that is not
// known to be quick does with one for each attempt: of many that were never called,
// or that are slow, no more is read than they may soon need.
func (q *queue) readyWanted() int {
	if q.pace.Quick() {
		return readyFor * q.pace.Concurrency()
	}
	return q.pace.Concurrency()
}

func (r *readers) begin(q *queue) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.active == maxReaders {
		r.waiting.Push(q.portal, q)
		return false
	}
	r.active++
	return true
}

// next is the queue that is read after one was; nil when none waits.
func (r *readers) next() *queue {
	r.mu.Lock()
	defer r.mu.Unlock()
	if q, ok := r.waiting.Pop(); ok {
		return q
	}
	r.active--
	return nil
}

func (e *Engine) read(q *queue) {
	for q != nil {
		if !e.stopped.Load() {
			began := e.Clock.Now()
			if quick := e.fill(q); !quick {
				onevent.Wait(e.ctx, e.Clock, min(readerRest*e.Clock.Now().Sub(began), longestRest))
			}
		}
		q = e.readers.next()
	}
}

// fill reads the next page of a destination from the store, and says whether it
// is a quick one. Once a page shows that nothing newer is left, the destination
// follows memory again.
func (e *Engine) fill(q *queue) (quick bool) {
	q.mu.Lock()
	quick = q.pace.Quick()
	after, seen := q.read, q.newest
	q.page = min(max(2*q.page, firstPage), lastPage)
	want := min(q.page, max(1, (e.roomFor(q)-q.size)/loadedWeight))
	if q.breaker.Open() {
		want = min(want, openPage)
	}
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
		e.readAgain(q)
		return quick
	}
	q.reading, q.late.page = false, time.Time{}
	e.counted(q, func() { q.enqueue(page.Rows, e.Clock.Now()) })
	q.forgetWithdrawn()
	if !page.More {
		// What was handed over before the page was read and is not in it has
		// been settled since: cancelled, most often.
		q.read, q.page = max(q.read, seen), 0
	}
	q.spilled = page.More || q.newest > q.read
	e.work(q)
	return quick
}

// enqueue adds a page in its order. Deliveries of one event share it.
func (q *queue) enqueue(page []onevent.Waiting, now time.Time) {
	shared := map[*onevent.Event]*content{}
	for i := range page {
		w := &page[i]
		q.read = w.Delivery.Seq
		if q.withdrawn[w.Delivery.ID] {
			continue
		}
		c := shared[w.Event]
		if c == nil {
			c = &content{Event: w.Event}
			shared[w.Event] = c
		}
		q.push(newEntry(&w.Delivery, c), now)
	}
}

func (e *Engine) readAgain(q *queue) {
	e.Clock.AfterFunc(readPause, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.reading = false
		e.work(q)
	})
}

// load reads the event of a light entry; ErrNotFound: the delivery waits no
// more.
func (e *Engine) load(f *flight) error {
	return e.Store.View(e.ctx, func(r onevent.Reader) error {
		w, err := r.WaitingDelivery(f.id)
		if err == nil {
			f.event = &content{Event: w.Event}
		}
		return err
	})
}

// renewChains makes the chains of a queue anew when its order was changed, or when
// it holds more than its probes need: once nothing flies and all outcomes are
// written, it is read again from the store. The queue is locked.
func (e *Engine) renewChains(q *queue) {
	if !q.isStale() || q.flying > 0 || q.reading || q.unsettled.Load() > 0 {
		return
	}
	e.counted(q, func() {
		q.chains, q.ready, q.rests, q.size = map[onevent.Object]*chain{}, nil, nil, 0
	})
	q.order, q.read, q.page, q.spilled = q.options.Order, 0, 0, true
}

// isStale says that the chains in memory are not those to go on with.
func (q *queue) isStale() bool {
	return q.order != q.options.Order || q.breaker.Open() && len(q.ready)+len(q.rests) > 2*openPage
}

// settledAll goes on with a queue that waits for its outcomes to be written.
func (e *Engine) settledAll(q *queue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.isStale() {
		e.work(q)
	}
}
