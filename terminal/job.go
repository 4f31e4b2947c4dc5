package terminal

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onevent/onevent/client"
)

// Replayed prints a replay that was stored.
func (p Printer) Replayed(r client.Replayed) error {
	return p.print("delivery %s repeats %s", Clean(r.ID), repeated(r))
}

func repeated(r client.Replayed) string {
	if r.ReplayOf == "event" {
		return "event " + Clean(r.EventID) + " for handler " + Clean(r.HandlerID)
	}
	return "delivery " + Clean(r.ReplayOf)
}

// EventReplay prints which handlers get an event and which don't.
func (p Printer) EventReplay(r client.EventReplay) error {
	if len(r.Deliveries)+len(r.NotSent) == 0 {
		return p.print("no handler of its code is bound on the portal")
	}
	for _, d := range r.Deliveries {
		if err := p.Replayed(d); err != nil {
			return err
		}
	}
	for _, n := range r.NotSent {
		if err := p.print("handler %s gets none (%s)", Clean(n.HandlerID), Clean(n.Verdict)); err != nil {
			return err
		}
	}
	return nil
}

// Cancelled prints that a delivery was cancelled.
func (p Printer) Cancelled(id string, inFlight bool) error {
	if inFlight {
		return p.print("delivery %s is cancelled; its attempt in flight ends by itself, and counts if it succeeds", Clean(id))
	}
	return p.print("delivery %s is cancelled", Clean(id))
}

// Counted prints what a job would do, and how to begin it.
func (p Printer) Counted(n client.Counted) error {
	what := "replayed"
	if n.Kind == "cancel" {
		what = "cancelled"
	}
	return p.print("%d would be %s%s; --yes begins", n.Count, what, leftOut(n.Skipped))
}

func leftOut(skipped map[string]int64) string {
	var parts []string
	for _, v := range slices.Sorted(maps.Keys(skipped)) {
		parts = append(parts, fmt.Sprintf("%d %s", skipped[v], Clean(v)))
	}
	if len(parts) == 0 {
		return ""
	}
	return ", left out: " + strings.Join(parts, ", ")
}

// Job prints one of a list.
func (p Printer) Job(j client.Job) error {
	when := clock(j.Created, dayAndDay)
	if j.Ended != "" {
		when += " to " + clock(j.Ended, dayAndDay)
	}
	return p.print("job %s %s: %s, %d done%s, %s", Clean(j.ID), Clean(j.Kind), p.paint(bold, Clean(j.State)), j.Done, leftOut(j.Skipped), p.paint(faint, when))
}
