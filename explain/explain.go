// Package explain says what became of an event: for each handler of its code
// whether it was delivered, what it waits for, or why it was not sent, in words
// that say what to do.
//
// explain.go gathers; handler.go judges one handler; wait.go words what a
// delivery waits for; nobody.go says why an event met no handler; words.go has
// what verdicts mean.
package explain

import (
	"errors"
	"slices"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/dispatch"
)

// Explainer explains by what the store, the directory and dispatch know at the
// moment. Directory and Clock must be set.
type Explainer struct {
	Directory *directory.Directory
	Clock     onevent.Clock
	// Condition and Waiting are dispatch's; nil: nobody knows.
	Condition func(onevent.DestinationID) dispatch.Condition
	Waiting   func(onevent.DestinationID, onevent.DeliveryID) dispatch.Wait
}

// Account is what became of an event.
type Account struct {
	Event    onevent.Event
	Text     string
	Handlers []Handler
	// Applications stand on the portal and got nothing, and why; only when the event
	// met no handler.
	Applications []Application
}

// Handler is what became of an event for one handler. One for which a delivery
// was repeated has an entry for each.
type Handler struct {
	ID       onevent.HandlerID
	Row      *onevent.Handler  // nil: it is known no more
	Delivery *onevent.Delivery // nil: there is none
	Attempts []onevent.Attempt // of the delivery, oldest first
	Outcome  Outcome
	Verdict  onevent.Verdict
	Since    time.Time // from when the outcome holds; zero: that is not known
	Until    time.Time // waiting: nothing happens before; zero: that is not known
	Why      Why       // of waiting
	Behind   onevent.DeliveryID
	Text     string
}

// Outcome of an event for a handler.
type Outcome string

// The outcomes.
const (
	Delivered Outcome = "delivered"
	Waiting   Outcome = "waiting"
	Failed    Outcome = "failed"
	Cancelled Outcome = "cancelled"
	NotSent   Outcome = "not_sent"
	Later     Outcome = "bound_later"  // after the event
	Before    Outcome = "ended_before" // before the event
)

// Application is one that stands on the portal and has no handler for an event.
type Application struct {
	ClientID string
	Name     string
	Text     string
}

// maxEnded bounds how many handlers that had ended before an event are told of.
const maxEnded = 20

// Event explains one event; ErrNotFound.
func (x *Explainer) Event(r onevent.Reader, id onevent.EventID) (Account, error) {
	e, err := r.Event(id)
	if err != nil {
		return Account{}, err
	}
	return x.account(r, e)
}

// Object explains the events that a search finds, and gives what the next page
// starts after; 0: there is none.
func (x *Explainer) Object(r onevent.Reader, s onevent.EventSearch) ([]Account, onevent.EventID, error) {
	page, err := r.SearchEvents(s)
	if err != nil {
		return nil, 0, err
	}
	var all []Account
	for _, row := range page.Rows {
		a, err := x.Event(r, row.ID)
		if errors.Is(err, onevent.ErrNotFound) {
			continue // it was forgotten meanwhile
		}
		if err != nil {
			return nil, 0, err
		}
		all = append(all, a)
	}
	return all, page.Next, nil
}

func (x *Explainer) account(r onevent.Reader, e onevent.Event) (Account, error) {
	a := Account{Event: e}
	deliveries, err := r.Deliveries(e.ID)
	if err != nil {
		return a, err
	}
	for i := range deliveries {
		h, err := x.delivery(r, &e, &deliveries[i])
		if err != nil {
			return a, err
		}
		a.Handlers = append(a.Handlers, h)
	}
	for _, v := range e.Verdicts {
		a.Handlers = append(a.Handlers, x.notSent(&e, v))
	}
	met := len(a.Handlers) > 0
	a.Handlers = append(a.Handlers, x.later(&a)...)
	if met {
		a.Text = summary(a.Handlers)
		return a, nil
	}
	a.Handlers = append(a.Handlers, x.before(&e)...)
	a.Text, a.Applications = x.nobody(&e)
	return a, nil
}

// isOfOne says that an event concerns one application alone, which no other one can
// bind to hear of.
func isOfOne(e *onevent.Event) bool {
	entry, known := catalog.Lookup(e.Code)
	return e.Object.Type == onevent.LifecycleObject || known && entry.Audience == catalog.AudienceOwnApp
}

// later are the handlers that stand now and did not when the event was raised.
func (x *Explainer) later(a *Account) (all []Handler) {
	if isOfOne(&a.Event) {
		return nil
	}
	for _, h := range x.Directory.Handlers(a.Event.Portal, a.Event.Code) {
		if slices.ContainsFunc(a.Handlers, func(known Handler) bool { return known.ID == h.ID }) || h.Created.Before(a.Event.Time) {
			continue
		}
		all = append(all, Handler{ID: h.ID, Row: h, Outcome: Later, Since: h.Created,
			Text: "Bound later, " + x.when(h.Created) + ": it gets what happens from then on."})
	}
	return all
}

// before are the newest handlers of the code that had ended by then.
func (x *Explainer) before(e *onevent.Event) (all []Handler) {
	for _, h := range x.Directory.EndedHandlers(e.Portal, e.Code) {
		if h.Ended.After(e.Time) {
			continue
		}
		all = append(all, Handler{ID: h.ID, Row: h, Outcome: Before, Verdict: h.EndedBy, Since: h.Ended,
			Text: "It had ended (" + string(h.EndedBy) + ") " + x.when(h.Ended) + ", before the event."})
	}
	return all[max(0, len(all)-maxEnded):]
}

func summary(handlers []Handler) string {
	n := map[Outcome]int{}
	for _, h := range handlers {
		n[h.Outcome]++
	}
	text := ""
	for _, part := range []struct {
		outcome Outcome
		words   string
	}{
		{Delivered, "delivered"}, {Waiting, "waiting"}, {Failed, "failed"}, {Cancelled, "cancelled"}, {NotSent, "not sent"}, {Later, "bound later"},
	} {
		if count := n[part.outcome]; count > 0 {
			if text != "" {
				text += ", "
			}
			text += number(count) + " " + part.words
		}
	}
	return text + "."
}
