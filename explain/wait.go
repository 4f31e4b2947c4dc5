package explain

import (
	"errors"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
)

// Why is why a delivery waits.
type Why string

// The reasons.
const (
	InFlight  Why = "in_flight" // an attempt is under way
	Behind    Why = "behind"    // another one goes first
	Disabled  Why = "disabled"  // the handler is
	Breaker   Why = "breaker"   // its destination does not answer
	Paused    Why = "paused"    // its destination is not called for a while
	Retry     Why = "retry"     // its last attempt failed
	Rate      Why = "rate"      // its destination, or the application, has one
	Turn      Why = "turn"      // attempts under way come first
	Stored    Why = "stored"    // memory has no room for it
	Settling  Why = "settling"  // it has an outcome that is being written down
	Uncertain Why = "uncertain" // nobody knows
)

// waits says what the delivery of h waits for.
func (x *Explainer) waits(r onevent.Reader, h *Handler) error {
	if x.Waiting == nil || x.Condition == nil {
		h.Why, h.Text = Uncertain, "It waits."
		return nil
	}
	w := x.Waiting(h.Delivery.Destination, h.Delivery.ID)
	if w.Head == 0 {
		h.Why, h.Until, h.Text = x.head(h.Row, h.Delivery, lastOf(h.Attempts), w)
		h.Text = x.deadline(h)
		return nil
	}
	h.Why, h.Behind = Behind, w.Head
	h.Text = "It waits behind delivery " + id(w.Head) + x.ahead(h.Delivery, w) + ", which goes first."
	first, err := r.WaitingDelivery(w.Head)
	if errors.Is(err, onevent.ErrNotFound) {
		return nil // it has ended meanwhile
	}
	if err != nil {
		return err
	}
	_, until, text := x.head(x.Directory.Handler(first.Delivery.Handler), &first.Delivery, first.Delivery.Last, w)
	h.Until = until
	h.Text += " That one (event " + id(first.Event.ID) + ", " + first.Event.Code + "): " + text
	h.Text = x.deadline(h)
	return nil
}

// ahead says what the order is about.
func (x *Explainer) ahead(d *onevent.Delivery, w dispatch.Wait) string {
	text := " about the same object"
	if dest := x.Directory.Destination(d.Destination); dest != nil && dest.Options.Order == onevent.OrderAll {
		text = " at the same destination"
	}
	if w.Ahead > 1 {
		text += " and " + number(w.Ahead-1) + " more"
	}
	return text
}

func (x *Explainer) deadline(h *Handler) string {
	if h.Why == InFlight || h.Why == Settling || h.Delivery.Deadline.IsZero() {
		return h.Text
	}
	return h.Text + " It fails " + x.when(h.Delivery.Deadline) + " if nothing succeeds."
}

// head says what the first of an object's deliveries waits for.
func (x *Explainer) head(handler *onevent.Handler, d *onevent.Delivery, last onevent.Attempt, w dispatch.Wait) (Why, time.Time, string) {
	c, now := x.Condition(d.Destination), x.Clock.Now()
	switch {
	case w.Flying:
		return InFlight, time.Time{}, "An attempt is under way."
	case w.Place == dispatch.PlaceSettling:
		return Settling, time.Time{}, "Its outcome is being written down; ask again."
	case handler != nil && handler.Disabled != "":
		return Disabled, d.Deadline, because("The handler is disabled", handler.Disabled, handler)
	case c.Breaker == dispatch.BreakerOpen:
		return x.behindBreaker(c, last, w, now)
	case w.Until.After(now) && !w.Until.Before(c.PausedUntil) && !w.Until.Before(w.Token):
		return Retry, w.Until, retried(d, last) + " The next attempt is " + x.when(w.Until) + "."
	case c.PausedUntil.After(now) && !c.PausedUntil.Before(w.Token):
		return Paused, c.PausedUntil, "The destination asked for a pause, or is slow or failing: it is called again " + x.when(c.PausedUntil) + "."
	case w.Token.After(now):
		return Rate, w.Token, "The rate of the destination or of its application permits the next attempt " + x.when(w.Token) + "."
	case w.Place == dispatch.PlaceStore:
		return Stored, time.Time{}, "It waits in the store until those before it have gone out: " + id(c.Waiting) + " deliveries wait for this destination."
	}
	return Turn, time.Time{}, "It waits for its turn: " + number(c.InFlight) + " attempts to this destination are under way, which bears " + number(c.Concurrency) + " at once."
}

// behindBreaker tells of an outage. What also rests until its own retry waits for
// the later of the two.
func (x *Explainer) behindBreaker(c dispatch.Condition, last onevent.Attempt, w dispatch.Wait, now time.Time) (Why, time.Time, string) {
	until := c.NextProbe
	if w.Until.After(until) {
		until = w.Until
	}
	text := "The destination has had no success since " + x.when(c.Since) + ", in " + number(c.Attempts) + " attempts, so it is only probed."
	if c.Since.IsZero() {
		text = "The destination fails, so it is only probed."
	}
	text += lastSaid(last)
	if c.NextProbe.After(now) {
		text += " The next probe is " + x.when(c.NextProbe) + "."
	} else {
		text += " A probe is due now."
	}
	return Breaker, until, text + " Mend the receiver: what waits goes out at the first success."
}

func retried(d *onevent.Delivery, last onevent.Attempt) string {
	if last.Time.IsZero() {
		return "It was put off."
	}
	return "Attempt " + number(d.Attempts) + " " + said(last) + "."
}
