package publish

import (
	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/wire"
)

// Again writes another delivery of an event that was raised before, at the end of
// the destination's queue and with a deadline of its own. of is the delivery that
// it repeats, or onevent.ReplayOfEvent. A verdict says why there is none.
func (p *Publisher) Again(tx onevent.Tx, event *onevent.Event, data wire.Value, h *onevent.Handler, of onevent.DeliveryID) (onevent.Delivery, onevent.Verdict, error) {
	if event.Object.Type != onevent.LifecycleObject && p.Queue.Full(h.Destination) {
		return onevent.Delivery{}, onevent.VerdictBacklogFull, nil
	}
	d := onevent.Delivery{
		Event:       event.ID,
		Portal:      event.Portal,
		Handler:     h.ID,
		Destination: h.Destination,
		Lane:        h.Owner.Lane(),
		Deadline:    p.deadline(h, p.Clock.Now(), p.Directory.Installation),
		ReplayOf:    of,
	}
	if err := tx.AddDelivery(&d); err != nil {
		return d, "", err
	}
	tx.OnCommit(func() { p.Queue.Accept(event, data, []onevent.Delivery{d}) })
	return d, "", nil
}

// Judge says why a handler of now is not for an event that was raised before;
// empty: it is.
func (p *Publisher) Judge(tx onevent.RecordReader, event *onevent.Event, h *onevent.Handler) (onevent.Verdict, error) {
	entry, known := catalog.Lookup(event.Code)
	portal := p.Directory.Portal(event.Portal)
	if !known || portal == nil {
		return "", onevent.Errorf(onevent.CodeInvalid, "event %d has the code %s, which is in the catalogue no more", event.ID, event.Code)
	}
	j := judge{p: p, tx: tx, r: &Raised{Portal: portal, Event: entry}, event: event, find: p.Directory.Installation}
	return j.verdict(h)
}
