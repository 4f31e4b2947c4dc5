package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Violation is a place where a history breaks a promise.
type Violation struct {
	Text string
	Keys []Key // what it is about
}

func violation(keys []Key, format string, args ...any) Violation {
	return Violation{fmt.Sprintf(format, args...), keys}
}

// told bounds the lines of one story.
const told = 60

// Story tells what is known of the objects of a violation at its destinations:
// facts and attempts by their ticks.
func (h *History) Story(v Violation) string {
	type line struct {
		tick int64
		text string
	}
	var lines []line
	objects := map[Key]bool{} // object instead of the fact
	for _, k := range v.Keys {
		objects[Key{h.object(k.Fact), k.Destination}] = true
	}
	for _, a := range h.Attempts {
		if objects[Key{h.object(a.Fact), a.Destination}] {
			lines = append(lines, line{a.From, a.String()})
		}
	}
	for _, f := range h.Facts {
		for key := range objects {
			if h.object(f.ID) == key.Fact {
				lines = append(lines, line{f.From, f.String()})
				break
			}
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(a.tick, b.tick) })
	var b strings.Builder
	fmt.Fprintln(&b, v.Text)
	if skipped := len(lines) - told; skipped > 0 {
		lines = lines[skipped:]
		fmt.Fprintf(&b, "  (%d earlier lines)\n", skipped)
	}
	for _, l := range lines {
		fmt.Fprintf(&b, "  %6d %s\n", l.tick, l.text)
	}
	return b.String()
}

// object of a fact on its portal; a fact without one stands for itself.
func (h *History) object(fact string) string {
	f := h.Facts[fact]
	return f.Portal + " " + cmp.Or(f.Object, fact)
}

// String is one line about a fact.
func (f Fact) String() string {
	state := "no answer"
	if f.Acknowledged {
		state = "acknowledged, event " + f.EventID
	}
	return fmt.Sprintf("published %s %s of %s, known at %d, %s", f.ID, f.Event, f.Object, f.To, state)
}

// String is one line about an attempt.
func (a Attempt) String() string {
	answer := fmt.Sprintf("answered %d at %d", a.Status, a.To)
	switch {
	case a.Abandoned:
		answer = fmt.Sprintf("abandoned, seen at %d", a.To)
	case a.To == 0:
		answer = "not answered yet"
	case a.Status == 0:
		answer = fmt.Sprintf("hung up at %d", a.To)
	}
	if a.Pause > 0 {
		answer += fmt.Sprintf(" with a pause of %v", a.Pause)
	}
	return fmt.Sprintf("attempt of %s at %s, webhook-id %s, life %d, %s, %s",
		a.Fact, a.Destination, a.Delivery, a.Life, a.At.Format("15:04:05.000"), answer)
}
