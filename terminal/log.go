package terminal

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/onevent/onevent/client"
)

// Line prints a line of the stream.
func (p Printer) Line(l client.Line) error {
	at := p.paint(faint, clock(l.Time, timeOfDay))
	switch l.Type {
	case "event":
		return p.print("%s %s", at, p.event(l))
	case "attempt":
		return p.print("%s %s #%s -> %s: %s", at, subject(l.Event, l.Object), Clean(l.EventID), URL(l.URL), p.attempt(l))
	case "dropped":
		return p.print("%s", p.paint(yellow, fmt.Sprintf("... %d lines were lost: this terminal is too slow", l.Dropped)))
	}
	return nil
}

func (p Printer) event(l client.Line) string {
	text := fmt.Sprintf("%s #%s %d deliveries", subject(l.Event, l.Object), Clean(l.ID), l.Deliveries)
	if l.Deliveries == 0 {
		text = p.paint(yellow, text)
	}
	for _, v := range l.Verdicts {
		text += ", " + p.paint(red, "handler "+Clean(v.HandlerID)+" "+Clean(v.Verdict))
	}
	return text
}

func (p Printer) attempt(l client.Line) string {
	text := p.paint(colourOf(l.State), answered(l.Attempt)) + fmt.Sprintf(" in %d ms", l.Attempt.MS)
	switch {
	case l.State == "delivered":
		return text
	case l.State != "waiting":
		return text + ", " + p.paint(red, Clean(l.State)+" ("+Clean(l.Verdict)+")")
	case l.Due != "":
		return text + ", again at " + due(l)
	}
	return text
}

// due is when another attempt follows.
func due(l client.Line) string {
	at, err := time.Parse(time.RFC3339, l.Due)
	now, wrong := time.Parse(time.RFC3339, l.Time)
	if err != nil || wrong != nil {
		return Clean(l.Due)
	}
	return When(at, now)
}

func answered(a client.Attempt) string {
	if a.Status != 0 {
		return fmt.Sprint(a.Status)
	}
	return Clean(cmp.Or(a.Error, "no answer"))
}

func subject(code, object string) string {
	if object == "" {
		return Clean(code)
	}
	return Clean(code) + " " + Clean(object)
}

// Clock prints what the clock shows.
func (p Printer) Clock(c client.Clock) error {
	ahead := time.Duration(c.Ahead * float64(time.Second)).Round(time.Second)
	return p.print("%s, %s ahead of the machine's clock", clock(c.Now, dayAndDay), ahead)
}

// Delivery prints one of a list.
func (p Printer) Delivery(d client.Delivery) error {
	text := fmt.Sprintf("%s %s #%s %s -> %s: %s", p.paint(faint, clock(d.Time, dayAndDay)), Clean(d.ID), Clean(d.EventID),
		subject(d.Event, d.Object), URL(d.URL), p.paint(colourOf(d.State), Clean(d.State)))
	if d.Verdict != "" {
		text += " (" + Clean(d.Verdict) + ")"
	}
	if n := len(d.Attempts); n > 0 {
		text += fmt.Sprintf(", attempt %d: %s in %d ms", d.AttemptCount, answered(d.Attempts[n-1]), d.Attempts[n-1].MS)
	}
	if d.State == "waiting" && d.Due != "" {
		text += ", again at " + clock(d.Due, dayAndDay)
	}
	return p.print("%s", text)
}

// Explanation prints a page about an event.
func (p Printer) Explanation(e client.Explanation) error {
	by := "by nobody"
	if e.Event.UserID != "0" {
		by = "by user " + Clean(e.Event.UserID)
	}
	out := []string{
		p.paint(bold, "Event "+Clean(e.Event.ID)+": "+subject(e.Event.Event, e.Event.Object)),
		fmt.Sprintf("%s on portal %s, %s", clock(e.Event.Time, dayAndDay+".000 MST"), Clean(e.Event.Portal), by),
		Clean(e.Text),
	}
	for _, h := range e.Handlers {
		out = append(out, p.handler(h)...)
	}
	for _, a := range e.Applications {
		out = append(out, "", "  "+p.paint(bold, "Application "+Clean(a.ClientID))+" "+Clean(a.Name), "    "+Clean(a.Text))
	}
	return p.print("%s\n", strings.Join(out, "\n"))
}

// shownAttempts is how many of a delivery a page shows, the newest ones.
const shownAttempts = 5

func (p Printer) handler(h client.Outcome) []string {
	state := p.paint(colourOf(h.Outcome), strings.ToUpper(strings.ReplaceAll(Clean(h.Outcome), "_", " ")))
	out := []string{"", fmt.Sprintf("  %s  handler %s of %s -> %s", state, Clean(h.HandlerID), Clean(owner(h)), URL(h.URL)), "    " + Clean(h.Text)}
	first := max(0, len(h.Attempts)-shownAttempts)
	if first > 0 {
		out = append(out, p.paint(faint, fmt.Sprintf("    ... %d attempts before", first)))
	}
	for n, a := range h.Attempts[first:] {
		out = append(out, p.paint(faint, fmt.Sprintf("    attempt %d at %s: %s in %d ms", first+n+1, clock(a.Time, dayAndDay), answered(a), a.MS)))
		if a.Answer != "" && a.Class != "" {
			out = append(out, p.paint(faint, "      "+firstLine(a.Answer)))
		}
	}
	return out
}

func owner(h client.Outcome) string {
	switch {
	case h.ClientID != "":
		return h.ClientID
	case h.WebhookID != "":
		return "outgoing webhook " + h.WebhookID
	}
	return "an owner that is known no more"
}

// answerShown is how much of an answer a page shows.
const answerShown = 160

// firstLine is how an answer begins, on one line.
func firstLine(answer string) string {
	text := []rune(strings.Join(strings.Fields(Clean(answer)), " "))
	if len(text) > answerShown {
		return string(text[:answerShown]) + "..."
	}
	return string(text)
}

func (p Printer) print(format string, args ...any) error {
	_, err := fmt.Fprintf(p.Out, format+"\n", args...)
	return err
}
