// Package replay does again, or ends, what an operator names: one delivery or
// event at once, many as a job that goes on by itself. A replay is a new delivery
// at the end of its destination's queue; it is never made twice by accident: what
// a replay exists of is left to that.
package replay

import (
	"context"
	"log/slog"
	"sync"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

// Queue hears of what was cancelled.
type Queue interface {
	// Withdraw forgets deliveries of a destination; an attempt in flight ends by
	// itself.
	Withdraw(dest onevent.DestinationID, cancelled []onevent.DeliveryID)
}

// Manager replays and cancels. All exported fields must be set.
type Manager struct {
	Store     onevent.Store
	Directory *directory.Directory
	Publisher *publish.Publisher
	Queue     Queue
	Clock     onevent.Clock
	Logger    *slog.Logger

	mu      sync.Mutex
	ctx     context.Context // ends with Stop; nil before Start
	stop    context.CancelFunc
	running sync.WaitGroup
}

func conflict(format string, args ...any) error {
	return onevent.Errorf(onevent.CodeConflict, format, args...)
}

// Delivery replays one that is settled: to its handler, or when that has ended, to
// the one of now that leads from the same event to the same URL. CodeConflict: it
// waits, its handler has ended, or, unless again, it was replayed before.
func (m *Manager) Delivery(ctx context.Context, id onevent.DeliveryID, again bool) (onevent.Delivery, error) {
	var c candidate
	err := m.Store.View(ctx, func(r onevent.Reader) (err error) {
		if c.delivery, err = r.Delivery(id); err != nil {
			return err
		}
		return c.read(r, c.delivery.Event)
	})
	if err != nil {
		return onevent.Delivery{}, err
	}
	var made onevent.Delivery
	err = m.Store.Update(ctx, func(tx onevent.Tx) (err error) {
		h, v, err := m.judge(tx, &c.delivery, &c.event, again)
		if v == "" && err == nil {
			made, v, err = m.Publisher.Again(tx, &c.event, c.data, h, id)
		}
		if v == "" || err != nil {
			return err
		}
		return m.refused(tx, v, id)
	})
	return made, err
}

// refused words why there is no replay.
func (m *Manager) refused(r onevent.LogReader, v onevent.Verdict, id onevent.DeliveryID) error {
	switch v {
	case onevent.VerdictWaiting:
		return conflict("delivery %d waits: there is nothing to repeat yet", id)
	case onevent.VerdictHandlerEnded:
		return conflict("the handler of delivery %d has ended, and no other one leads from its event to its URL: bind one, then replay it", id)
	case onevent.VerdictBacklogFull:
		return conflict("as many deliveries wait for the destination of delivery %d as may", id)
	}
	by, err := r.ReplaysOf(id)
	if err != nil {
		return err
	}
	return conflict("delivery %d repeats this one already: replay that one, or ask with again", by[len(by)-1])
}

// candidate is a delivery with what a repetition of it needs.
type candidate struct {
	delivery onevent.Delivery
	event    onevent.Event
	data     wire.Value
}

// read reads the event with its data.
func (c *candidate) read(r reader, id onevent.EventID) (err error) {
	if c.event, err = r.Event(id); err != nil {
		return err
	}
	c.data, err = dataOf(&c.event)
	return err
}

func dataOf(e *onevent.Event) (wire.Value, error) {
	if len(e.Data) == 0 {
		return wire.Value{}, nil
	}
	data, err := wire.ParseJSON(e.Data, wire.DefaultLimits)
	if err != nil {
		return data, onevent.Errorf(onevent.CodeInternal, "the data of event %d can't be read", e.ID)
	}
	return data, nil
}

// judge says to which handler a delivery is replayed, or why to none.
func (m *Manager) judge(r onevent.LogReader, d *onevent.Delivery, e *onevent.Event, again bool) (*onevent.Handler, onevent.Verdict, error) {
	now, err := r.Delivery(d.ID)
	if err != nil {
		return nil, "", err
	}
	if now.State == onevent.StateWaiting {
		return nil, onevent.VerdictWaiting, nil
	}
	if !again {
		by, err := r.ReplaysOf(d.ID)
		if err != nil {
			return nil, "", err
		}
		if len(by) > 0 {
			return nil, onevent.VerdictReplayed, nil
		}
	}
	if h := m.handlerFor(d, e); h != nil {
		return h, "", nil
	}
	return nil, onevent.VerdictHandlerEnded, nil
}

// handlerFor is the delivery's own handler, or the one that took its place: of the
// same event at the same destination, for the same user if there is one. An event
// that tells an application of its own fate goes to a handler that has ended too.
func (m *Manager) handlerFor(d *onevent.Delivery, e *onevent.Event) *onevent.Handler {
	own := m.Directory.Handler(d.Handler)
	if own == nil || own.Stands() || e.Object.Type == onevent.LifecycleObject {
		return own
	}
	var other *onevent.Handler
	for _, h := range m.Directory.Handlers(d.Portal, e.Code) {
		if h.Destination == d.Destination && !h.Offline && (other == nil || h.User == own.User && other.User != own.User) {
			other = h
		}
	}
	return other
}

// Event brings an event to the handlers of now that had no delivery of it, and
// with again to all of them. It says who got none and why.
func (m *Manager) Event(ctx context.Context, id onevent.EventID, again bool) (made []onevent.Delivery, not []onevent.HandlerVerdict, err error) {
	var c candidate
	if err := m.Store.View(ctx, func(r onevent.Reader) error { return c.read(r, id) }); err != nil {
		return nil, nil, err
	}
	err = m.Store.Update(ctx, func(tx onevent.Tx) (err error) {
		made, not, err = m.bring(tx, &c.event, c.data, again)
		return err
	})
	return made, not, err
}

// reader is what a Reader and a Tx have in common that judging needs.
type reader interface {
	onevent.QueueReader
	onevent.LogReader
	onevent.RecordReader
}

func (m *Manager) bring(tx onevent.Tx, e *onevent.Event, data wire.Value, again bool) (made []onevent.Delivery, not []onevent.HandlerVerdict, err error) {
	to, not, err := m.judgeEvent(tx, e, again)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range to {
		d, v, err := m.Publisher.Again(tx, e, data, r.handler, r.of)
		switch {
		case err != nil:
			return nil, nil, err
		case v != "":
			not = append(not, onevent.HandlerVerdict{Handler: r.handler.ID, Verdict: v})
		default:
			made = append(made, d)
		}
	}
	return made, not, nil
}

// recipient is a handler that an event is brought to, and which delivery that
// repeats.
type recipient struct {
	handler *onevent.Handler
	of      onevent.DeliveryID
}

func (m *Manager) judgeEvent(r reader, e *onevent.Event, again bool) (to []recipient, not []onevent.HandlerVerdict, err error) {
	before, err := r.Deliveries(e.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, h := range m.Directory.Handlers(e.Portal, e.Code) {
		v, err := m.judgeHandler(r, e, h, before, again)
		if err != nil {
			return nil, nil, err
		}
		if v == "" {
			to = append(to, recipient{h, replayOf(before, h.ID)})
		} else {
			not = append(not, onevent.HandlerVerdict{Handler: h.ID, Verdict: v})
		}
	}
	return to, not, nil
}

func (m *Manager) judgeHandler(r reader, e *onevent.Event, h *onevent.Handler, before []onevent.Delivery, again bool) (onevent.Verdict, error) {
	if of := newest(before, h.ID); of != nil {
		switch {
		case of.State == onevent.StateWaiting:
			return onevent.VerdictWaiting, nil
		case !again:
			return onevent.VerdictServed, nil
		}
	}
	return m.Publisher.Judge(r, e, h)
}

func newest(list []onevent.Delivery, h onevent.HandlerID) (found *onevent.Delivery) {
	for i := range list {
		if list[i].Handler == h {
			found = &list[i]
		}
	}
	return found
}

func replayOf(before []onevent.Delivery, h onevent.HandlerID) onevent.DeliveryID {
	if of := newest(before, h); of != nil {
		return of.ID
	}
	return onevent.ReplayOfEvent
}

// Cancel ends a delivery that waits. An attempt in flight ends by itself: if it
// succeeds, the delivery counts as delivered. CodeConflict: it waits no more.
func (m *Manager) Cancel(ctx context.Context, id onevent.DeliveryID) error {
	return m.Store.Settle(ctx, func(tx onevent.Tx) error {
		d, err := tx.Delivery(id)
		if err != nil {
			return err
		}
		if d.State != onevent.StateWaiting {
			return conflict("delivery %d waits no more: it is %s", id, d.State)
		}
		return m.cancel(tx, []onevent.Delivery{d})
	})
}

func (m *Manager) cancel(tx onevent.Tx, waiting []onevent.Delivery) error {
	gone := map[onevent.DestinationID][]onevent.DeliveryID{}
	for i := range waiting {
		d := &waiting[i]
		err := tx.Settle(&onevent.Outcome{
			Delivery: d.ID, State: onevent.StateCancelled, Verdict: onevent.VerdictCancelled, Attempts: d.Attempts, Retries: d.Retries,
		})
		if err != nil {
			return err
		}
		gone[d.Destination] = append(gone[d.Destination], d.ID)
	}
	tx.OnCommit(func() {
		for dest, ids := range gone {
			m.Queue.Withdraw(dest, ids)
		}
		if told := m.Publisher.Watch.Cancelled; told != nil {
			told(onevent.VerdictCancelled, len(waiting))
		}
	})
	return nil
}
