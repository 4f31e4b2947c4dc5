package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent"
)

// addWaiting adds what waits for each handler of the group: one event for each
// delivery, about an object of its own, the handlers in turn.
func (f *filler) addWaiting(ctx context.Context, g *filled) error {
	return f.each(ctx, g.Waiting*len(g.handlers), func(tx onevent.Tx, n int) error {
		i := n % len(g.handlers)
		e := eventOf(g.portals[g.portalOf(i)], g.codeOf(i), n)
		if err := tx.AddEvent(e); err != nil {
			return err
		}
		owner := onevent.Owner{Installation: g.installations[g.portalOf(i)]}
		return tx.AddDelivery(&onevent.Delivery{
			Event: e.ID, Portal: e.Portal, Handler: g.handlers[i], Destination: g.destinations[i],
			Lane: owner.Lane(), Deadline: e.Time.Add(onevent.DefaultDeadline),
		})
	})
}

// addSettled adds deliveries that wait no more, the handlers in turn. Seven of them
// are about one object.
func (f *filler) addSettled(ctx context.Context, g *filled) error {
	now := f.now()
	return f.each(ctx, g.Settled*len(g.handlers), func(tx onevent.Tx, n int) error {
		i := n % len(g.handlers)
		e := eventOf(g.portals[g.portalOf(i)], g.codeOf(i), n/len(g.handlers)/7*len(g.handlers)+i)
		e.Object.Type, e.Time = settledType, now
		if err := tx.AddEvent(e); err != nil {
			return err
		}
		owner := onevent.Owner{Installation: g.installations[g.portalOf(i)]}
		d := onevent.Delivery{
			Event: e.ID, Portal: e.Portal, Handler: g.handlers[i], Destination: g.destinations[i],
			Lane: owner.Lane(), Deadline: e.Time.Add(onevent.DefaultDeadline),
		}
		if err := tx.AddDelivery(&d); err != nil {
			return err
		}
		o := onevent.Outcome{Delivery: d.ID, State: onevent.StateDelivered, Attempts: 1, Attempt: onevent.Attempt{Time: now, Status: 200}}
		if g.Failed > 0 && n/len(g.handlers)%g.Failed == 0 {
			o.State, o.Verdict, o.Attempt.Status = onevent.StateFailed, onevent.VerdictExhausted, 500
		}
		return tx.Settle(&o)
	})
}

// settledType is the type of the objects that settled deliveries are about: one that
// searches know.
const settledType = "crm.activity"

// objectsBefore is above every number that a load gives to an object.
const objectsBefore = 1 << 40

func eventOf(portal onevent.PortalID, code string, n int) *onevent.Event {
	id := strconv.Itoa(objectsBefore + n)
	return &onevent.Event{
		Portal: portal, Code: code, Data: fmt.Appendf(nil, `{"FIELDS":{"ID":"%s","STAMP":"%019d"}}`, id, 0), Actor: 1,
		Object: onevent.Object{Type: "bench", ID: id}, Time: time.Now().Truncate(time.Millisecond),
	}
}

// text of the events that fill a log.
const logText = 8 << 10

// leaveLog writes events that nobody is told of under a view that keeps the log
// from being written back, says so, and waits for the end.
func (f *filler) leaveLog(ctx context.Context, out io.Writer) error {
	return f.store.View(ctx, func(r onevent.Reader) error {
		if _, err := r.Stats(); err != nil { // the snapshot begins with its first read
			return err
		}
		text := strings.Repeat("x", logText)
		err := f.each(ctx, int(math.Ceil(float64(f.plan.Log)/logText)), func(tx onevent.Tx, n int) error {
			e := eventOf(1, codeUsual, n)
			e.Data = fmt.Appendf(nil, `{"FIELDS":{"ID":"%s","TEXT":"%s"}}`, e.Object.ID, text)
			return tx.AddEvent(e)
		})
		if err != nil {
			return err
		}
		if err := json.NewEncoder(out).Encode("filled"); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
}
