// Package retention lets the store forget what is old, a little at a time: the
// log, handlers that ended, families of refresh tokens, and files that no version of
// an application has. The store decides how much a step of the log takes, this
// package when steps are taken.
package retention

import (
	"context"
	"log/slog"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/static"
)

// Policy says how long the log remembers. The zero Policy keeps everything.
type Policy struct {
	Age      time.Duration // of what is settled; 0: for good
	Unserved time.Duration // of events that matched no handler; 0: as long as Age
	Size     int64         // bytes that the store may use; 0: as many as there are
}

// Default is what a server keeps.
var Default = Policy{Age: 7 * 24 * time.Hour, Unserved: 24 * time.Hour, Size: 4 << 30}

// At is what the store may forget at a moment.
func (p Policy) At(now time.Time) onevent.Retention {
	r := onevent.Retention{Size: p.Size}
	if p.Age > 0 {
		r.Settled, r.Unserved = now.Add(-p.Age), now.Add(-p.Age)
	}
	if p.Unserved > 0 && (p.Age == 0 || p.Unserved < p.Age) {
		r.Unserved = now.Add(-p.Unserved)
	}
	return r
}

// How often the log is looked at, and how long a step, of 5 ms, leaves the store to
// others. What is left of it is still more than twice what a server takes in.
const (
	interval = time.Minute
	rest     = 20 * time.Millisecond
)

// rowsEvery is how often rows are looked for that nothing needs any more: ended
// handlers to which nothing in the log refers, destinations to which none leads, and
// families without a token that has not expired.
const rowsEvery = time.Hour

// familiesAtOnce is how many families a step removes.
const familiesAtOnce = 256

// Keeper keeps the log of a store to a policy. All fields but Forget must be set.
type Keeper struct {
	Store     onevent.Store
	Directory *directory.Directory
	Policy    Policy
	Clock     onevent.Clock
	Logger    *slog.Logger
	// Forget is told of each destination that was removed.
	Forget func(onevent.DestinationID)
}

// Run sweeps until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	var looked time.Time
	for onevent.Wait(ctx, k.Clock, interval) {
		k.sweep(ctx)
		if now := k.Clock.Now(); now.Sub(looked) >= rowsEvery {
			k.forgetRows(ctx, now)
			looked = now
		}
	}
}

// sweep takes steps until nothing is left to be forgotten.
func (k *Keeper) sweep(ctx context.Context) {
	began := k.Clock.Now()
	var total onevent.Swept
	for {
		n, err := k.Store.Sweep(ctx, k.Policy.At(k.Clock.Now()))
		if err != nil {
			if ctx.Err() == nil {
				k.Logger.Error("the log can't be swept, it is tried again in a minute", "error", err)
			}
			return
		}
		total.Events, total.Deliveries = total.Events+n.Events, total.Deliveries+n.Deliveries
		if !n.More || !onevent.Wait(ctx, k.Clock, rest) {
			break
		}
	}
	if total.Events+total.Deliveries > 0 {
		k.Logger.Info("the log was swept", "events", total.Events, "deliveries", total.Deliveries, "took", k.Clock.Now().Sub(began))
	}
}

func (k *Keeper) forgetRows(ctx context.Context, now time.Time) {
	if k.Policy.Age > 0 {
		k.forgetHandlers(ctx, now.Add(-k.Policy.Age))
	}
	k.forgetFamilies(ctx, now.Add(-oauth.FamilyLife))
	k.forgetFiles(ctx)
}

func (k *Keeper) forgetFiles(ctx context.Context) {
	for {
		more, err := static.Forget(ctx, k.Store, k.Clock.Now())
		if err != nil && ctx.Err() == nil {
			k.Logger.Error("files of applications can't be removed, it is tried again in an hour", "error", err)
		}
		if err != nil || !more || !onevent.Wait(ctx, k.Clock, rest) {
			return
		}
	}
}

// forgetFamilies removes the families whose newest refresh was before. Without its
// row a family would begin anew with its first token, and a code would be good
// again: but both, and all that came after them, have expired by then.
func (k *Keeper) forgetFamilies(ctx context.Context, before time.Time) {
	removed := 0
	for {
		n := 0
		err := k.Store.SettleSoon(ctx, func(tx onevent.Tx) (err error) {
			n, err = tx.RemoveTokenFamilies(before, familiesAtOnce)
			return err
		})
		if err != nil {
			if ctx.Err() == nil {
				k.Logger.Error("families of refresh tokens can't be removed, it is tried again in an hour", "error", err)
			}
			return
		}
		if removed += n; n < familiesAtOnce || !onevent.Wait(ctx, k.Clock, rest) {
			break
		}
	}
	if removed > 0 {
		k.Logger.Info("families of refresh tokens were removed", "families", removed)
	}
}

// forgetHandlers removes handlers that ended before, and with whose deliveries the
// log is done.
func (k *Keeper) forgetHandlers(ctx context.Context, before time.Time) {
	removed := 0
	for _, h := range k.Directory.EndedBefore(before) {
		gone, err := k.forget(ctx, h)
		if err != nil {
			if ctx.Err() == nil {
				k.Logger.Error("ended handlers can't be removed, it is tried again in an hour", "error", err)
			}
			return
		}
		if gone {
			removed++
		}
		if !onevent.Wait(ctx, k.Clock, rest) {
			break
		}
	}
	if removed > 0 {
		k.Logger.Info("ended handlers were removed", "handlers", removed)
	}
}

func (k *Keeper) forget(ctx context.Context, h *onevent.Handler) (gone bool, err error) {
	err = k.Store.View(ctx, func(r onevent.Reader) error {
		page, err := r.SearchDeliveries(onevent.DeliverySearch{Handler: h.ID, Limit: 1})
		gone = len(page.Rows) == 0 && page.Next == 0
		return err
	})
	if err != nil || !gone {
		return false, err
	}
	return true, k.Store.SettleSoon(ctx, func(tx onevent.Tx) error {
		unused, err := k.Directory.RemoveHandler(tx, *h)
		if unused && k.Forget != nil {
			tx.OnCommit(func() { k.Forget(h.Destination) })
		}
		return err
	})
}
