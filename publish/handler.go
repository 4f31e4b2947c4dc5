package publish

import (
	"context"

	"github.com/onevent/onevent"
)

// cancelStep bounds how many waiting deliveries one transaction cancels, so
// that a long backlog holds up no other writer.
const cancelStep = 1000

// End ends handlers in tx and cancels what waits for them, but for what is
// raised after it in the same transaction. A backlog longer than one step is
// left to CancelRest.
func (p *Publisher) End(tx onevent.Tx, handlers []onevent.Handler, by onevent.Verdict) error {
	for _, h := range handlers {
		h.Ended, h.EndedBy = p.Clock.Now(), by
		if err := p.Directory.PutHandler(tx, h); err != nil {
			return err
		}
	}
	return p.Cancel(tx, handlers, by)
}

// Cancel cancels in tx what waits for handlers, which may go on standing, as End
// does: the rest is left to CancelRest.
func (p *Publisher) Cancel(tx onevent.Tx, handlers []onevent.Handler, by onevent.Verdict) error {
	for _, h := range handlers {
		n, err := tx.CancelWaiting(h.Destination, h.ID, by, cancelStep)
		if err != nil {
			return err
		}
		p.drop(tx, h, n, by)
	}
	return nil
}

// drop has the queue forget what was cancelled of a handler.
func (p *Publisher) drop(tx onevent.Tx, h onevent.Handler, cancelled int, by onevent.Verdict) {
	tx.OnCommit(func() {
		p.Queue.Drop(h.Destination, h.ID, cancelled)
		if p.Watch.Cancelled != nil {
			p.Watch.Cancelled(by, cancelled)
		}
	})
}

// Enable enables a handler in tx. Its destination counts as one whose run without
// a success has ended, and its queue is looked at again.
func (p *Publisher) Enable(tx onevent.Tx, h onevent.Handler) error {
	h.Disabled = ""
	err := p.Directory.PutHandler(tx, h)
	if err != nil || h.Offline {
		return err
	}
	if err := tx.Outages().Delete(onevent.Outage{Destination: h.Destination}); err != nil {
		return err
	}
	tx.OnCommit(func() { p.Queue.Wake(h.Destination) })
	return nil
}

// CancelRest cancels what End or Cancel left waiting. Call it after the commit and
// before the caller is answered; deliveries that a crash leaves are cancelled
// when their turn comes.
func (p *Publisher) CancelRest(ctx context.Context, store onevent.Store, handlers []onevent.Handler, by onevent.Verdict) error {
	for cancelled := cancelStep; cancelled == cancelStep; {
		err := store.Settle(ctx, func(tx onevent.Tx) error {
			cancelled = 0
			for _, h := range handlers {
				n, err := tx.CancelWaiting(h.Destination, h.ID, by, cancelStep-cancelled)
				if err != nil {
					return err
				}
				if n > 0 {
					p.drop(tx, h, n, by)
				}
				if cancelled += n; cancelled == cancelStep {
					return nil
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
