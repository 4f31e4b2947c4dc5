// Package dispatch brings deliveries to their destinations: it takes them over
// at commit, plans, renders, sends and settles them.
//
// It may be read top to bottom: dispatch.go takes over and starts work, queue.go
// keeps the order of one destination, attempt.go makes one attempt, plan.go
// decides what follows from its answer, settle.go writes outcomes down, load.go
// reads from the store what memory does not hold.
package dispatch

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/oauth"
)

// Config is what an Engine works with. All fields but Observe, Jitter and
// Limits must be set.
type Config struct {
	Store     onevent.Store
	Directory *directory.Directory
	Authority *oauth.Authority
	Addresses onevent.Addresses
	Poster    egress.Poster
	Clock     onevent.Clock
	Logger    *slog.Logger
	Limits    Limits
	// Observe is told of every attempt after it ended. It returns at once.
	Observe func(Observed)
	// Jitter gives a number between -1 and 1; nil draws it.
	Jitter func() float64
}

// Limits bound what the engine holds at once. Zero values stand for the
// defaults.
type Limits struct {
	Server      int // attempts at once: 4,096
	Host        int // attempts at once to one host and port: 256
	Destination int // deliveries of one destination in memory: 2,048. A kilobyte of data counts as one more
	Memory      int // deliveries in memory, counted likewise: 50,000
	Unsettled   int // outcomes that could not be written yet: 4,096
}

func (l Limits) orDefault() Limits {
	for _, f := range []struct {
		field *int
		value int
	}{{&l.Server, 4096}, {&l.Host, 256}, {&l.Destination, 2048}, {&l.Memory, 50_000}, {&l.Unsettled, 4096}} {
		if *f.field == 0 {
			*f.field = f.value
		}
	}
	return l
}

// Observed is one attempt that ended.
type Observed struct {
	Delivery onevent.DeliveryID
	Event    *onevent.Event
	Handler  *onevent.Handler
	Outcome  onevent.Outcome
}

// Engine is the dispatch of one server. It implements publish.Queue.
type Engine struct {
	Config

	mu     sync.Mutex
	queues map[onevent.DestinationID]*queue

	held     atomic.Int64 // weight of the deliveries in memory
	inFlight atomic.Int64 // attempts begun and not settled
	outcomes chan settlement
	slots    *slots

	ctx     context.Context // ends when attempts must be given up
	abandon context.CancelFunc
	stopped atomic.Bool
	working sync.WaitGroup // workers and readers
	settled sync.WaitGroup // the settler
}

// New makes an engine that does nothing before Start.
func New(c Config) *Engine {
	c.Limits = c.Limits.orDefault()
	if c.Jitter == nil {
		c.Jitter = drawJitter
	}
	e := &Engine{
		Config:   c,
		queues:   map[onevent.DestinationID]*queue{},
		outcomes: make(chan settlement, c.Limits.Unsettled),
		slots:    newSlots(c.Limits.Server, c.Limits.Host),
	}
	e.ctx, e.abandon = context.WithCancel(context.Background())
	return e
}

// Start takes over what waits in the store and begins to send. Call it before
// anything is published.
func (e *Engine) Start(ctx context.Context) error {
	var waiting []onevent.Backlog
	err := e.Store.View(ctx, func(r onevent.Reader) (err error) {
		waiting, err = r.Backlogs()
		return err
	})
	if err != nil {
		return err
	}
	e.settled.Go(e.settleAll)
	for _, b := range waiting {
		q := e.queue(b.Destination)
		q.mu.Lock()
		q.spilled = true
		e.work(q, 0)
		q.mu.Unlock()
	}
	return nil
}

// Stop begins no further attempt, waits for those in flight until ctx ends,
// then gives them up, and settles what has an outcome. What was given up is
// attempted again after the next start.
func (e *Engine) Stop(ctx context.Context) {
	e.stopped.Store(true)
	e.stopTimers()
	stop := context.AfterFunc(ctx, e.abandon)
	e.working.Wait()
	stop()
	e.abandon()
	close(e.outcomes)
	e.settled.Wait()
}

func (e *Engine) stopTimers() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, q := range e.queues {
		q.mu.Lock()
		q.stopTimers()
		q.mu.Unlock()
	}
}

// InFlight counts the attempts that have begun and are not settled.
func (e *Engine) InFlight() int { return int(e.inFlight.Load()) }

// Accept takes over deliveries of one event; package publish calls it in commit
// order.
func (e *Engine) Accept(event *onevent.Event, deliveries []onevent.Delivery) {
	shared := &content{Event: event}
	for _, d := range deliveries {
		q := e.queue(d.Destination)
		q.mu.Lock()
		before := q.size
		q.offer(item{d, shared}, e.order(q.id), e.room(q))
		e.held.Add(int64(q.size - before))
		e.work(q, 0)
		q.mu.Unlock()
	}
}

// Drop forgets what waits for a handler: the store has cancelled it.
func (e *Engine) Drop(dest onevent.DestinationID, h onevent.HandlerID, _ int) {
	q := e.queue(dest)
	q.mu.Lock()
	defer q.mu.Unlock()
	before := q.size
	q.drop(h)
	e.held.Add(int64(q.size - before))
}

// Full says that no further delivery of a destination may wait.
func (e *Engine) Full(onevent.DestinationID) bool { return false }

// Wake looks again at what rests at a destination: a handler was enabled.
func (e *Engine) Wake(dest onevent.DestinationID) {
	q := e.queue(dest)
	q.mu.Lock()
	defer q.mu.Unlock()
	for c := range q.rest {
		if !e.disabled(c.head()) {
			q.wake(c)
		}
	}
	e.work(q, 0)
}

func (e *Engine) disabled(it *item) bool {
	h := e.Directory.Handler(it.delivery.Handler)
	return h != nil && h.Disabled != ""
}

func (e *Engine) queue(id onevent.DestinationID) *queue {
	e.mu.Lock()
	defer e.mu.Unlock()
	q := e.queues[id]
	if q == nil {
		q = newQueue(id, e.Directory.Destination(id))
		e.queues[id] = q
	}
	return q
}

func (e *Engine) room(q *queue) bool {
	return q.size < e.Limits.Destination && e.held.Load() < int64(e.Limits.Memory)
}

func (e *Engine) options(id onevent.DestinationID) onevent.DeliveryOptions {
	if d := e.Directory.Destination(id); d != nil {
		return d.Options
	}
	return onevent.DeliveryOptions{}
}

func (e *Engine) order(id onevent.DestinationID) string { return e.options(id).Order }

// work starts as many workers as the queue has heads and room for, beyond the
// idle ones that are about to look, and a reader when it has to be filled from
// the store. The queue is locked.
func (e *Engine) work(q *queue, idle int) {
	if e.stopped.Load() {
		return
	}
	if !e.Clock.Now().Before(q.pausedUntil) {
		for wanted := min(len(q.ready)-idle, int(q.concurrency)-q.workers); wanted > 0; wanted-- {
			q.workers++
			e.working.Go(func() { e.worker(q) })
		}
	}
	if q.spilled && !q.reading && q.size <= e.Limits.Destination/2 {
		q.reading = true
		e.working.Go(func() { e.fill(q) })
	}
}

// worker attempts one head after the other until none may go.
func (e *Engine) worker(q *queue) {
	for {
		q.mu.Lock()
		c := e.take(q)
		if c == nil {
			q.workers--
			q.mu.Unlock()
			return
		}
		f := flight{q: q, c: c, it: c.head()}
		q.mu.Unlock()
		e.attempt(f)
	}
}

// take gives the chain to attempt next, or nil. A destination's own rate may
// ask it to wait.
func (e *Engine) take(q *queue) *chain {
	if e.stopped.Load() || q.workers > int(q.concurrency) {
		return nil
	}
	now := e.Clock.Now()
	if now.Before(q.pausedUntil) || len(q.ready) == 0 {
		return nil
	}
	opts := e.options(q.id)
	if wait := q.bucket.take(opts.Rate, opts.Burst, now); wait > 0 {
		e.pause(q, now.Add(wait))
		return nil
	}
	return q.next()
}

// pause holds a destination back until a moment.
func (e *Engine) pause(q *queue, until time.Time) {
	if !until.After(q.pausedUntil) || e.stopped.Load() {
		return
	}
	q.pausedUntil = until
	if q.resume != nil {
		q.resume()
	}
	q.resume = e.Clock.AfterFunc(until.Sub(e.Clock.Now()), func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		e.work(q, 0)
	})
}

// rest lets a chain that take gave wait until a moment.
func (e *Engine) rest(q *queue, c *chain, until time.Time) {
	if e.stopped.Load() {
		return
	}
	q.delay(c, e.Clock.AfterFunc(until.Sub(e.Clock.Now()), func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.wake(c) {
			e.work(q, 0)
		}
	}))
}
