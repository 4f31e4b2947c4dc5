// Package dispatch brings deliveries to their destinations: it takes them over
// at commit, plans, renders, sends and settles them.
//
// It may be read top to bottom. dispatch.go takes over; registry.go finds the
// queue of a destination; queue.go and chain.go keep its order; begin.go says which delivery may go now,
// and turns.go whose turn it is when the server is full; attempt.go makes one
// attempt, of whose answer answer.go says what is kept, and outcome.go takes in how
// it ended; line.go logs it and settle.go writes it down; load.go reads from the
// store what memory does not hold; operator.go has what is different for the
// operator's own destination. What is decided by values and the time alone is in
// package plan.
package dispatch

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/signature"
	"github.com/onevent/onevent/wire"
)

// Config is what an Engine works with. All fields but Observe, Settled, Tell, TellIn,
// Operator, Tracer, Jitter, Delivery and Limits must be set.
type Config struct {
	Store     onevent.Store
	Directory *directory.Directory
	Authority *oauth.Authority
	Addresses onevent.Addresses
	Poster    egress.Poster
	Clock     onevent.Clock
	Logger    *slog.Logger
	// Delivery is what destinations and applications leave open.
	Delivery onevent.DeliveryOptions
	Limits   Limits
	// Observe is told of every attempt after it ended. It returns at once.
	Observe func(Observed)
	// Settled is told of every outcome after it is on disk, StateWaiting included, and
	// how long that took from the end of the attempt on. It returns at once.
	Settled func(s onevent.State, v onevent.Verdict, took time.Duration)
	// Tell is told what the operator should know, once it is stored. It returns
	// at once.
	Tell func(onevent.OperatorEvent)
	// TellIn is Tell for what is written in tx, and holds if that is committed.
	TellIn func(tx onevent.Tx, e onevent.OperatorEvent) error
	// Operator signs operator events.
	Operator signature.Signer
	// Tracer follows attempts; nil: nothing does.
	Tracer onevent.Tracer
	// Jitter gives a number between -1 and 1; nil draws it.
	Jitter func() float64
}

// Limits bound what the engine holds at once. Zero values stand for the
// defaults.
type Limits struct {
	Server      int // attempts at once: 4,096
	Host        int // attempts at once to one host and port: 256
	Destination int // deliveries of one destination in memory: 8,192. A kilobyte of data counts as one more
	Memory      int // deliveries in memory, counted likewise: 50,000
	Unsettled   int // outcomes that could not be written yet: 4,096
	Backlog     int // deliveries that wait for one destination, in memory or not: 1,000,000
}

func (l Limits) orDefault() Limits {
	for _, f := range []struct {
		field *int
		value int
	}{
		{&l.Server, 4096}, {&l.Host, 256}, {&l.Destination, 8192}, {&l.Memory, 50_000}, {&l.Unsettled, 4096},
		{&l.Backlog, 1_000_000},
	} {
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

	mu     sync.RWMutex
	queues map[onevent.DestinationID]*queue

	held     atomic.Int64 // weight of the deliveries in memory
	inFlight atomic.Int64 // attempts begun and not settled
	outcomes chan settlement
	stuck    atomic.Bool // outcomes can't be written
	turns    *turns
	readers  readers
	drip     lockedTimer // while somebody waits for attempts to be spread

	idle   chan *flight  // to goroutines that have made an attempt and wait for another
	parked atomic.Int32  // how many wait
	retire chan struct{} // closed to end them

	ctx     context.Context // ends when attempts must be given up
	abandon context.CancelFunc
	stopped atomic.Bool
	working sync.WaitGroup // attempts and readers
	settled sync.WaitGroup // the settler
}

// New makes an engine that does nothing before Start.
func New(c Config) *Engine {
	c.Limits = c.Limits.orDefault()
	if c.Jitter == nil {
		c.Jitter = func() float64 { return 2*rand.Float64() - 1 }
	}
	e := &Engine{
		Config:   c,
		queues:   map[onevent.DestinationID]*queue{},
		outcomes: make(chan settlement, c.Limits.Unsettled),
		turns:    newTurns(c.Limits.Server, c.Limits.Host),
		idle:     make(chan *flight),
		retire:   make(chan struct{}),
	}
	e.ctx, e.abandon = context.WithCancel(context.Background())
	return e
}

// Start takes over what waits in the store and begins to send. Call it before
// anything is published.
func (e *Engine) Start(ctx context.Context) error {
	var waiting []onevent.Backlog
	var outages []onevent.Outage
	err := e.Store.View(ctx, func(r onevent.Reader) (err error) {
		if waiting, err = r.Backlogs(); err != nil {
			return err
		}
		return r.Outages().Each(func(o onevent.Outage) error { outages = append(outages, o); return nil })
	})
	if err != nil {
		return err
	}
	e.settled.Go(e.settleAll)
	for _, o := range outages {
		e.with(o.Destination, func(q *queue) { q.restore(o, e.Clock.Now()) })
	}
	for _, b := range waiting {
		e.with(b.Destination, func(q *queue) {
			q.waiting.Store(b.Waiting)
			q.spilled = true
			e.work(q)
		})
	}
	return nil
}

// Stop begins no further attempt, waits for those in flight until ctx ends,
// then gives them up, and settles what has an outcome. What was given up is
// attempted again after the next start.
func (e *Engine) Stop(ctx context.Context) {
	e.stopped.Store(true)
	for _, q := range e.all() {
		q.mu.Lock()
		q.timer.stop()
		q.mu.Unlock()
	}
	e.drip.mu.Lock()
	e.drip.stop()
	e.drip.mu.Unlock()
	stop := context.AfterFunc(ctx, e.abandon)
	close(e.retire)
	e.working.Wait()
	stop()
	e.abandon()
	close(e.outcomes)
	e.settled.Wait()
}

// InFlight counts the attempts that have begun and are not settled.
func (e *Engine) InFlight() int { return int(e.inFlight.Load()) }

// Stuck says that outcomes can't be written at the moment, so that sending stops
// sooner or later.
func (e *Engine) Stuck() bool { return e.stuck.Load() }

// Accept takes over deliveries of one event; package publish calls it in commit
// order.
func (e *Engine) Accept(event *onevent.Event, data wire.Value, deliveries []onevent.Delivery) {
	shared, now := &content{Event: event}, e.Clock.Now()
	if int(e.held.Load()) < loadedWeight*e.Limits.Memory/4 {
		shared.fresh = &data // large in memory, and of use only to what goes out soon
	}
	for i := range deliveries {
		d := &deliveries[i]
		e.with(d.Destination, func(q *queue) {
			if waiting := q.waiting.Add(1); waiting == int64(e.Limits.Backlog) {
				e.tellFull(q)
			}
			e.counted(q, func() { q.offer(newEntry(d, shared), e.room(q), now) })
			e.work(q)
		})
	}
}

// Drop forgets what waits for a handler: the store has cancelled that many.
func (e *Engine) Drop(dest onevent.DestinationID, h onevent.HandlerID, cancelled int) {
	e.with(dest, func(q *queue) {
		q.waiting.Add(int64(-cancelled))
		e.counted(q, func() { q.drop(func(it *entry) bool { return it.handler == h }, e.Clock.Now()) })
		e.work(q)
	})
}

// Withdraw forgets deliveries of a destination that the store has cancelled. An
// attempt in flight ends by itself.
func (e *Engine) Withdraw(dest onevent.DestinationID, cancelled []onevent.DeliveryID) {
	e.with(dest, func(q *queue) {
		if q.withdrawn == nil {
			q.withdrawn = make(map[onevent.DeliveryID]bool, len(cancelled))
		}
		for _, id := range cancelled {
			q.withdrawn[id] = true
		}
		q.waiting.Add(int64(-len(cancelled)))
		e.counted(q, func() { q.drop(func(it *entry) bool { return q.withdrawn[it.id] }, e.Clock.Now()) })
		q.forgetWithdrawn()
		e.work(q)
	})
}

// Full says that no further delivery of a destination may wait.
func (e *Engine) Full(dest onevent.DestinationID) bool {
	q := e.known(dest)
	return q != nil && q.waiting.Load() >= int64(e.Limits.Backlog)
}

// Backlog counts the deliveries that wait for a destination, in flight or not.
func (e *Engine) Backlog(dest onevent.DestinationID) int {
	if q := e.known(dest); q != nil {
		return int(max(q.waiting.Load(), 0))
	}
	return 0
}

func (e *Engine) tellFull(q *queue) {
	if e.Tell == nil || q.id == onevent.OperatorDestination {
		return
	}
	e.Tell(onevent.OperatorEvent{
		Type: onevent.OperatorBacklogFull, Time: e.Clock.Now(), Portal: q.portal, Destination: q.id, Verdict: onevent.VerdictBacklogFull,
	})
}

// Wake looks again at a destination: its options changed, or a handler was
// enabled.
func (e *Engine) Wake(dest onevent.DestinationID) {
	e.with(dest, e.renew)
}

// Reload looks again at every destination: the options of an application
// changed.
func (e *Engine) Reload() {
	for _, q := range e.all() {
		q.mu.Lock()
		e.renew(q)
		q.mu.Unlock()
	}
}

func (e *Engine) renew(q *queue) {
	e.turns.join(q, e.profile(q.id))
	now := e.Clock.Now()
	enabled := q.breaker.Dead(now)
	for _, c := range q.rests.held() {
		if !e.disabled(c.head()) {
			q.wake(c, now)
			enabled = true
		}
	}
	if enabled {
		q.breaker.Revive(now)
	}
	e.work(q)
}

func (e *Engine) disabled(it *entry) bool {
	h := e.Directory.Handler(it.handler)
	return h != nil && h.Disabled != ""
}

// room says whether memory takes another delivery of a destination. The less of
// it is free, the less each may have; a few it may always have, so that all go
// on however full memory is.
func (e *Engine) room(q *queue) bool { return q.size < e.roomFor(q) }

func (e *Engine) roomFor(q *queue) int {
	free := loadedWeight*e.Limits.Memory - int(e.held.Load())
	return min(loadedWeight*e.Limits.Destination, max(leastRoom, free/4))
}

// leastRoom is the weight that a destination may have at any time.
const leastRoom = 16 * loadedWeight

// counted runs f and keeps the sum of all weights.
func (e *Engine) counted(q *queue, f func()) {
	before := q.size
	f()
	e.held.Add(int64(q.size - before))
}
