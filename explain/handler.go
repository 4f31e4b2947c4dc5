package explain

import (
	"cmp"
	"strconv"
	"time"

	"github.com/onevent/onevent"
)

// delivery judges a handler by its delivery.
func (x *Explainer) delivery(r onevent.Reader, e *onevent.Event, d *onevent.Delivery) (Handler, error) {
	attempts, err := r.Attempts(d.ID)
	if err != nil {
		return Handler{}, err
	}
	h := Handler{ID: d.Handler, Row: x.Directory.Handler(d.Handler), Delivery: d, Attempts: attempts, Verdict: d.Verdict}
	last := lastOf(attempts)
	if !last.Time.IsZero() {
		h.Since = last.Time.Add(last.Took)
	}
	switch d.State {
	case onevent.StateDelivered:
		h.Outcome = Delivered
		h.Text = "Delivered " + x.when(last.Time) + ": the receiver answered " + strconv.Itoa(last.Status) + times(len(attempts)) + "."
	case onevent.StateFailed:
		h.Outcome = Failed
		h.Text = because("Failed for good", d.Verdict, h.Row) + lastSaid(last)
	case onevent.StateCancelled:
		h.Outcome = Cancelled
		h.Text = because("Cancelled", d.Verdict, h.Row)
	default:
		h.Outcome, h.Since = Waiting, e.Time
		if err := x.waits(r, &h); err != nil {
			return h, err
		}
	}
	h.Text = repeated(d) + h.Text + x.since(&h)
	return h, nil
}

// since tells of a handler that has ended meanwhile, where its verdict does not.
func (x *Explainer) since(h *Handler) string {
	if h.Row == nil || h.Row.Stands() || h.Row.EndedBy == h.Verdict {
		return ""
	}
	return " The handler has ended since (" + string(h.Row.EndedBy) + ", " + x.when(h.Row.Ended) + ")."
}

func (x *Explainer) notSent(e *onevent.Event, v onevent.HandlerVerdict) Handler {
	h := Handler{ID: v.Handler, Row: x.Directory.Handler(v.Handler), Outcome: NotSent, Verdict: v.Verdict, Since: e.Time}
	h.Text = because("Not sent", v.Verdict, h.Row) + x.since(&h)
	return h
}

func repeated(d *onevent.Delivery) string {
	switch d.ReplayOf {
	case 0:
		return ""
	case onevent.ReplayOfEvent:
		return "Asked for afterwards. "
	}
	return "A replay of delivery " + id(d.ReplayOf) + ". "
}

func lastOf(attempts []onevent.Attempt) onevent.Attempt {
	if len(attempts) == 0 {
		return onevent.Attempt{}
	}
	return attempts[len(attempts)-1]
}

func times(attempts int) string {
	if attempts < 2 {
		return ""
	}
	return ", at attempt " + strconv.Itoa(attempts)
}

// said is what came of an attempt.
func said(a onevent.Attempt) string {
	if a.Status != 0 {
		return "was answered " + strconv.Itoa(a.Status)
	}
	return "got no answer (" + cmp.Or(a.Error, "failed") + ")"
}

func lastSaid(a onevent.Attempt) string {
	if a.Time.IsZero() {
		return " There was no attempt."
	}
	return " The last attempt " + said(a) + "."
}

func number(n int) string { return strconv.Itoa(n) }

func id[T ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// when is a moment, with how far it is from now.
func (x *Explainer) when(t time.Time) string {
	text := "at " + t.UTC().Format("2006-01-02 15:04:05 UTC")
	switch gap := t.Sub(x.Clock.Now()).Round(time.Second); {
	case gap > 0:
		return text + " (in " + gap.String() + ")"
	case gap < 0 && gap > -48*time.Hour:
		return text + " (" + (-gap).String() + " ago)"
	}
	return text
}
