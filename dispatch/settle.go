package dispatch

import (
	"context"
	"errors"
	"time"

	"github.com/onevent/onevent"
)

// settlement is an outcome on its way to the store.
type settlement struct {
	outcome onevent.Outcome
	began   bool              // it counts as in flight
	disable onevent.HandlerID // a handler that answered 410
}

// settleBatch bounds the outcomes of one transaction.
const settleBatch = 256

// Pauses between tries to write outcomes down.
const (
	firstSettlePause = 100 * time.Millisecond
	lastSettlePause  = 5 * time.Second
)

// submit hands an outcome to the settler. When outcomes can't be written, it
// waits once Limits.Unsettled are open, and so nothing more is sent.
func (e *Engine) submit(s settlement) { e.outcomes <- s }

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
	for {
		err := e.Store.Settle(context.Background(), func(tx onevent.Tx) error { return e.write(tx, batch) })
		if err == nil {
			break
		}
		e.Logger.Error("outcomes can't be settled, sending will stop", "outcomes", len(batch), "error", err)
		if errors.Is(err, onevent.ErrClosed) || errors.Is(err, onevent.ErrDamaged) || !e.wait(pause) {
			break
		}
		pause = min(2*pause, lastSettlePause)
	}
	for _, s := range batch {
		if s.began {
			e.inFlight.Add(-1)
		}
	}
}

func (e *Engine) write(tx onevent.Tx, batch []settlement) error {
	for i := range batch {
		if err := tx.Settle(&batch[i].outcome); err != nil {
			return err
		}
		if id := batch[i].disable; id != 0 {
			if err := e.disable(tx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *Engine) disable(tx onevent.Tx, id onevent.HandlerID) error {
	h := e.Directory.Handler(id)
	if h == nil || !h.Stands() || h.Disabled != "" {
		return nil
	}
	row := *h
	row.Disabled = onevent.VerdictGone
	return e.Directory.PutHandler(tx, row)
}

// wait lets time pass between two tries; it returns false when the engine has
// given up waiting for its attempts.
func (e *Engine) wait(d time.Duration) bool {
	done := make(chan struct{})
	stop := e.Clock.AfterFunc(d, func() { close(done) })
	defer stop()
	select {
	case <-done:
		return true
	case <-e.ctx.Done():
		return false
	}
}
