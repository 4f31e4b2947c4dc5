// Package operator tells whoever runs the server what he should hear of: by a line
// of the log, and by a delivery to a URL of his own, when he has named one. Such a
// delivery is stored and goes out as any other.
package operator

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/wire"
)

// What is held at once. What is more is in the log alone.
const (
	mostWaiting = 1000 // deliveries that wait for the operator's URL
	mostPending = 256  // events on their way to the store
)

// Queue takes over deliveries; *dispatch.Engine implements it.
type Queue interface {
	Accept(e *onevent.Event, data wire.Value, deliveries []onevent.Delivery)
	Backlog(onevent.DestinationID) int
}

// Config is what a Teller works with. Directory, Clock and Logger must be set, and
// before Start, when it Sends, Store and Queue.
type Config struct {
	Store     onevent.Store
	Directory *directory.Directory
	Clock     onevent.Clock
	Logger    *slog.Logger
	Queue     Queue
	// Delivery is the server's default.
	Delivery onevent.DeliveryOptions
	// Sends says that the directory knows the operator's handler. Else the log tells
	// him alone.
	Sends bool
	// Listen is told beside him. It returns at once; nil: nobody is.
	Listen func(onevent.OperatorEvent)
}

// Teller tells the operator. It is safe for concurrent use.
type Teller struct {
	Config

	recent  recent
	pending chan onevent.OperatorEvent
	unsent  atomic.Int64 // since the last line of the log
	stop    chan struct{}
	working sync.WaitGroup
}

// New makes a Teller. Nothing is stored before Start.
func New(c Config) *Teller {
	return &Teller{Config: c, pending: make(chan onevent.OperatorEvent, mostPending), stop: make(chan struct{})}
}

// Start begins to store what was told.
func (t *Teller) Start() { t.working.Go(t.storeAll) }

// Stop stores what was told before. What is told from then on is in the log alone.
func (t *Teller) Stop() {
	close(t.stop)
	t.working.Wait()
}

// Tell tells one event, unless it was told within the last minute. It returns at
// once, and so may be called at a commit: the event is stored soon, and is in the
// log alone when the server is killed before.
func (t *Teller) Tell(e onevent.OperatorEvent) {
	if !t.recent.admits(e, t.Clock.Now()) {
		return
	}
	t.say(e)
	if !t.sends(e) {
		return
	}
	select {
	case t.pending <- e:
	default:
		t.unsent.Add(1)
	}
}

// TellIn tells one event that comes true in tx, and stores it there.
func (t *Teller) TellIn(tx onevent.Tx, e onevent.OperatorEvent) error {
	tx.OnCommit(func() { t.say(e) })
	if !t.sends(e) {
		return nil
	}
	return t.raise(tx, e)
}

// sends says whether an event goes to the operator's URL. One about that URL does
// not: it would only make what is wrong with it worse.
func (t *Teller) sends(e onevent.OperatorEvent) bool {
	return t.Sends && e.Destination != onevent.OperatorDestination
}

func (t *Teller) storeAll() {
	for {
		select {
		case e := <-t.pending:
			t.store(e)
		case <-t.stop:
			t.storeRest()
			return
		}
	}
}

func (t *Teller) storeRest() {
	for {
		select {
		case e := <-t.pending:
			t.store(e)
		default:
			return
		}
	}
}

// store goes on when the disk is nearly full, as that may be what is told.
func (t *Teller) store(e onevent.OperatorEvent) {
	err := t.Store.SettleSoon(context.Background(), func(tx onevent.Tx) error { return t.raise(tx, e) })
	if err != nil {
		t.unsent.Add(1)
		t.Logger.Error("an operator event can't be stored, it is not sent", "type", e.Type, "error", err)
	}
}

// raise writes the event and its delivery, if there is room for one more.
func (t *Teller) raise(tx onevent.Tx, e onevent.OperatorEvent) error {
	dest := t.Directory.Destination(onevent.OperatorDestination)
	if t.Queue.Backlog(dest.ID) >= mostWaiting {
		tx.OnCommit(func() { t.unsent.Add(1) })
		return nil
	}
	event := &onevent.Event{Code: onevent.OperatorCode(e.Type), Data: t.data(e), Time: e.Time.Truncate(time.Millisecond)}
	if err := tx.AddEvent(event); err != nil {
		return err
	}
	d := onevent.Delivery{
		Event: event.ID, Handler: onevent.OperatorHandler, Destination: dest.ID, Lane: dest.Owner.Lane(),
		Deadline: t.Directory.DeliveryOptions(dest, t.Delivery).DeadlineAfter(event.Time).Truncate(time.Millisecond),
	}
	if err := tx.AddDelivery(&d); err != nil {
		return err
	}
	tx.OnCommit(func() { t.Queue.Accept(event, wire.Value{}, []onevent.Delivery{d}) })
	return nil
}
