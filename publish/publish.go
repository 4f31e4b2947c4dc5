// Package publish raises events inside the caller's transaction: it matches
// handlers, gives a verdict for each that is not served, and writes the event
// with one delivery for each that is. docs/protocol/events.md section 5.
package publish

import (
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/wire"
)

// MaxData bounds the `data` of an event as its handlers get it, in bytes. The
// form repeats every key above a value, so that a small JSON text can become
// gigabytes.
const MaxData = 1 << 20

// Queue takes over what was committed, in commit order. Its methods return at
// once.
type Queue interface {
	// Accept takes new deliveries of one event. data is what e.Data says, so that
	// it need not be read again.
	Accept(e *onevent.Event, data wire.Value, deliveries []onevent.Delivery)
	// Drop forgets the deliveries of a handler, of which the store has cancelled
	// that many. An attempt in flight ends by itself.
	Drop(dest onevent.DestinationID, h onevent.HandlerID, cancelled int)
	// Full says that a destination holds as many waiting deliveries as it may.
	Full(onevent.DestinationID) bool
	// Wake looks at a destination again after its handlers or options changed.
	Wake(onevent.DestinationID)
}

// Access is whether a user may read an object.
type Access int

// The answers of a Guard.
const (
	AccessUnknown Access = iota // there is no such row: the event is delivered
	AccessGranted
	AccessDenied
)

// Guard is the package that owns the rows of an object type. It is asked in
// the transaction that raises the event: after an add or update with the row as
// it has become, before a delete with the row as it was.
type Guard interface {
	MayRead(tx onevent.RecordReader, portal *onevent.Portal, user *onevent.User, id string) (Access, error)
}

// Publisher raises events. All fields but Ring, Guards, Delivery, Tell, Raised, Watch and
// Tracer must be set. It is safe for concurrent use and must not be copied.
type Publisher struct {
	Directory *directory.Directory
	Clock     onevent.Clock
	Queue     Queue
	Ring      *seal.Ring       // seals the secrets of events; nil: events that have one are refused
	Guards    map[string]Guard // by object type
	// Delivery is the server's: what neither a destination nor its application
	// says.
	Delivery onevent.DeliveryOptions
	// Tell is told what the operator should know. It returns at once.
	Tell func(onevent.OperatorEvent)
	// Raised is told of every event that was committed, and of how many deliveries it
	// has. It returns at once; nil: nobody is told.
	Raised func(e *onevent.Event, deliveries int)
	Watch  Watch
	Tracer onevent.Tracer // nil: nothing is followed

	rates rates
	loops loops
}

// Raised is what happened.
type Raised struct {
	Portal *onevent.Portal
	Event  *catalog.Event
	Data   wire.Value
	Actor  onevent.UserID         // 0: nobody
	By     onevent.InstallationID // whose tokens made the change; 0: no application's
	// Object overrides what the catalogue finds in Data.
	Object onevent.Object
	// Chain is that of the authorisation with which the change was made.
	Chain onevent.Chain
	// Root events begin no chain: authorisation sent with them has depth 0.
	Root bool
	// Trace is that of the call that made the change.
	Trace onevent.Trace
}

// Result is what became of it.
type Result struct {
	ID         onevent.EventID
	Deliveries int
}

// Raise writes the event in tx and a delivery for every handler of its code on
// the portal that is to be served. Data beyond MaxData is refused with
// CodeTooLarge.
func (p *Publisher) Raise(tx onevent.Tx, r Raised) (Result, error) {
	return p.raise(tx, r, p.Directory.Handlers(r.Portal.ID, r.Event.Code), p.Directory.Installation)
}

// RaiseTo is Raise for events that concern one application alone: only the
// given handlers, judged by the installation as the transaction leaves it.
func (p *Publisher) RaiseTo(tx onevent.Tx, r Raised, inst *directory.Installation, handlers []onevent.Handler) (Result, error) {
	var own []*onevent.Handler
	for i := range handlers {
		if handlers[i].Event == r.Event.Code {
			own = append(own, &handlers[i])
		}
	}
	return p.raise(tx, r, own, func(onevent.PortalID, onevent.InstallationID) *directory.Installation { return inst })
}

type installations func(onevent.PortalID, onevent.InstallationID) *directory.Installation

func (p *Publisher) raise(tx onevent.Tx, r Raised, handlers []*onevent.Handler, find installations) (Result, error) {
	if n := wire.FormLen("data", r.Data); n > MaxData {
		return Result{}, onevent.Errorf(onevent.CodeTooLarge, "the data of %s takes %d bytes as a form, the limit is %d", r.Event.Code, n, MaxData)
	}
	if err := p.seal(&r); err != nil {
		return Result{}, err
	}
	event := p.event(r)
	j := judge{p: p, tx: tx, r: &r, event: event, find: find}
	var served []*onevent.Handler
	for _, h := range handlers {
		verdict, err := j.verdict(h)
		if err != nil {
			return Result{}, err
		}
		if verdict == "" {
			served = append(served, h)
		} else {
			event.Verdicts = append(event.Verdicts, onevent.HandlerVerdict{Handler: h.ID, Verdict: verdict})
		}
	}
	if err := tx.AddEvent(event); err != nil {
		return Result{}, err
	}
	deliveries, err := p.addDeliveries(tx, event, served, find)
	if err != nil {
		return Result{}, err
	}
	span := p.begin(event, r.Trace)
	tx.OnCommit(func() { p.committed(&r, event, span, deliveries) })
	return Result{ID: event.ID, Deliveries: len(deliveries)}, nil
}

// committed tells of an event that is stored, and hands its deliveries to the
// queue.
func (p *Publisher) committed(r *Raised, event *onevent.Event, span onevent.Span, deliveries []onevent.Delivery) {
	p.end(span, event, len(deliveries))
	p.lookForLoop(r.By, event)
	if p.Watch.Unserved != nil && len(event.Verdicts) > 0 {
		p.Watch.Unserved(event.Verdicts)
	}
	if p.Raised != nil {
		p.Raised(event, len(deliveries))
	}
	if len(deliveries) > 0 {
		p.Queue.Accept(event, r.Data, deliveries)
	}
}

// seal keeps the secret of an event from the store: dispatch opens it again.
func (p *Publisher) seal(r *Raised) (err error) {
	r.Data = r.Event.WithSecret(r.Data, func(secret string) string {
		if p.Ring == nil {
			err = onevent.Errorf(onevent.CodeInternal, "nothing seals the secret of %s", r.Event.Code)
			return ""
		}
		return p.Ring.SealText(catalog.SecretPurpose, secret)
	})
	return err
}

func (p *Publisher) event(r Raised) *onevent.Event {
	now := p.Clock.Now().Truncate(time.Millisecond)
	e := &onevent.Event{
		Portal: r.Portal.ID,
		Code:   r.Event.Code,
		Actor:  r.Actor,
		Object: r.Object,
		Time:   now,
	}
	if !r.Root {
		e.Chain = nextInChain(r.Chain, now)
	}
	if !r.Data.IsEmpty() {
		e.Data = r.Data.AppendJSON(nil)
	}
	if id, ok := r.Event.ObjectID(r.Data); ok && e.Object.IsZero() {
		e.Object = onevent.Object{Type: r.Event.ObjectType, ID: id}
	}
	return e
}

func (p *Publisher) addDeliveries(tx onevent.Tx, event *onevent.Event, served []*onevent.Handler, find installations) ([]onevent.Delivery, error) {
	if len(served) == 0 {
		return nil, nil
	}
	deliveries := make([]onevent.Delivery, len(served))
	for i, h := range served {
		deliveries[i] = onevent.Delivery{
			Event:       event.ID,
			Portal:      event.Portal,
			Handler:     h.ID,
			Destination: h.Destination,
			Lane:        h.Owner.Lane(),
			Deadline:    p.deadline(h, event.Time, find),
		}
		if err := tx.AddDelivery(&deliveries[i]); err != nil {
			return nil, err
		}
	}
	return deliveries, nil
}

// deadline is that of the destination's options, counted from a moment. One that
// the transaction has made has none of its own yet.
func (p *Publisher) deadline(h *onevent.Handler, from time.Time, find installations) time.Time {
	dest := p.Directory.Destination(h.Destination)
	if dest == nil {
		dest = &onevent.Destination{Owner: h.Owner}
	}
	var app *onevent.Application
	if inst := find(h.Portal, h.Owner.Installation); inst != nil {
		app = p.Directory.Application(inst.Application)
	}
	return directory.Merged(dest, app, p.Delivery).DeadlineAfter(from).Truncate(time.Millisecond)
}
