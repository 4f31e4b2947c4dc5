package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/onevent/onevent"
)

// settlement is an outcome on its way to the store.
type settlement struct {
	q       *queue
	outcome onevent.Outcome
	at      time.Time // when it was submitted
	began   bool      // it counts as in flight
	health  bool      // the destination's outage began, went on or ended
	// verdict disables handlers: one, or all of the destination.
	verdict onevent.Verdict
	disable onevent.HandlerID // 0: all
}

// settleBatch bounds the outcomes of one transaction: whoever publishes meanwhile
// waits for it.
const settleBatch = 64

// Pauses between tries to write outcomes down.
const (
	firstSettlePause = 100 * time.Millisecond
	lastSettlePause  = 5 * time.Second
)

// submit hands an outcome to the settler. When outcomes can't be written, it
// waits once Limits.Unsettled are open, and so nothing more is sent.
func (e *Engine) submit(s settlement) {
	s.q.unsettled.Add(1)
	s.at = e.Clock.Now()
	e.outcomes <- s
}

// settleAll writes outcomes in the order in which they were submitted, as many
// in one transaction as have come together.
func (e *Engine) settleAll() {
	batch := make([]settlement, 0, settleBatch)
	for s := range e.outcomes {
		batch = e.collect(append(batch[:0], s))
		e.settleBatch(batch)
	}
}

func (e *Engine) collect(batch []settlement) []settlement {
	for len(batch) < settleBatch {
		select {
		case s, open := <-e.outcomes:
			if !open {
				return batch
			}
			batch = append(batch, s)
		default:
			return batch
		}
	}
	return batch
}

func (e *Engine) settleBatch(batch []settlement) {
	pause := firstSettlePause
	health := e.health(batch)
	settle := e.Store.SettleSoon
	if len(batch) == settleBatch { // more may wait behind it
		settle = e.Store.Settle
	}
	for {
		err := settle(context.Background(), func(tx onevent.Tx) error { return e.write(tx, batch, health) })
		if err == nil {
			e.stuck.Store(false)
			e.tellSettled(batch)
			break
		}
		e.stuck.Store(true)
		e.Logger.Error("outcomes can't be settled, sending will stop", "outcomes", len(batch), "error", err)
		if errors.Is(err, onevent.ErrClosed) || errors.Is(err, onevent.ErrDamaged) || !onevent.Wait(e.ctx, e.Clock, pause) {
			break
		}
		pause = min(2*pause, lastSettlePause)
	}
	for i := range batch {
		e.wasSettled(&batch[i])
	}
}

func (e *Engine) tellSettled(batch []settlement) {
	if e.Settled == nil {
		return
	}
	now := e.Clock.Now()
	for i := range batch {
		o := &batch[i].outcome
		e.Settled(o.State, o.Verdict, now.Sub(batch[i].at))
	}
}

func (e *Engine) wasSettled(s *settlement) {
	if s.began {
		e.inFlight.Add(-1)
	}
	if s.outcome.State != onevent.StateWaiting {
		s.q.waiting.Add(-1)
	}
	if s.q.unsettled.Add(-1) == 0 {
		e.settledAll(s.q)
	}
}

// condition of a destination as the store is to remember it.
type health struct {
	outage   onevent.Outage
	troubled bool
}

// health looks at the destinations whose outages changed. Their newest state is
// written, whichever outcome brought it: the last change is followed by an
// outcome that looks again.
func (e *Engine) health(batch []settlement) map[*queue]health {
	var all map[*queue]health
	for i := range batch {
		q := batch[i].q
		if _, seen := all[q]; seen || !batch[i].health {
			continue
		}
		if all == nil {
			all = map[*queue]health{}
		}
		q.mu.Lock()
		all[q] = health{q.breaker.Outage(q.id), q.breaker.Troubled()}
		q.mu.Unlock()
	}
	return all
}

func (e *Engine) write(tx onevent.Tx, batch []settlement, health map[*queue]health) error {
	for i := range batch {
		if err := tx.Settle(&batch[i].outcome); err != nil {
			return err
		}
		if batch[i].verdict != "" {
			if err := e.disable(tx, &batch[i]); err != nil {
				return err
			}
		}
	}
	for _, h := range health {
		write := tx.Outages().Delete
		if h.troubled {
			write = tx.Outages().Put
		}
		if err := write(h.outage); err != nil {
			return err
		}
	}
	return nil
}

// disable disables the handler that answered 410, or all handlers of a
// destination where nothing succeeds.
func (e *Engine) disable(tx onevent.Tx, s *settlement) error {
	for _, h := range e.Directory.HandlersOf(s.q.portal, s.q.owner) {
		if h.Destination != s.q.id || h.Disabled != "" || s.disable != 0 && h.ID != s.disable {
			continue
		}
		row := *h
		row.Disabled = s.verdict
		if err := e.Directory.PutHandler(tx, row); err != nil {
			return err
		}
		if e.TellIn == nil {
			continue
		}
		if err := e.TellIn(tx, e.disabledEvent(&row)); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) disabledEvent(h *onevent.Handler) onevent.OperatorEvent {
	return onevent.OperatorEvent{
		Type: onevent.OperatorHandlerDisabled, Time: e.Clock.Now(), Portal: h.Portal,
		Destination: h.Destination, Handler: h.ID, Verdict: h.Disabled,
	}
}
