package history_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/e2e/history"
)

const (
	portal = "m"
	update = "ONCRMACTIVITYUPDATE"
	here   = "here"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// fact was acknowledged between two ticks.
func fact(id, object string, from, to int64) history.Fact {
	return history.Fact{ID: id, Portal: portal, Event: update, Object: object, Span: history.Span{From: from, To: to}, Acknowledged: true}
}

// attempt of a fact between two ticks, which are seconds too; its webhook-id is
// the fact's.
func attempt(id string, from, to int64, status int) history.Attempt {
	return history.Attempt{
		Key: history.Key{Fact: id, Destination: here}, Delivery: id, Span: history.Span{From: from, To: to}, Status: status,
		At: start.Add(time.Duration(from) * time.Second), Over: start.Add(time.Duration(to) * time.Second), Stamp: from,
	}
}

func with(a history.Attempt, change func(*history.Attempt)) history.Attempt {
	change(&a)
	return a
}

func handler() history.Handler {
	return history.Handler{Destination: here, Portal: portal, Event: update, Bound: history.Span{From: 1, To: 2}}
}

// past makes a history of one destination with one handler.
func past(d history.Destination, facts []history.Fact, attempts ...history.Attempt) *history.History {
	h := &history.History{
		Destinations: map[string]history.Destination{here: d}, Handlers: []history.Handler{handler()}, Facts: map[string]history.Fact{},
		Attempts: attempts, Lives: []time.Time{start, start}, Ends: map[history.Key]history.End{},
	}
	for _, f := range facts {
		h.Facts[f.ID] = f
	}
	return h
}

func also(h *history.History, change func(*history.History)) *history.History {
	change(h)
	return h
}

var (
	byObject = history.Destination{Order: history.OrderObject}
	two      = []history.Fact{fact("a", "o", 10, 11), fact("b", "o", 20, 21)}
)

func later(a history.Attempt) history.Attempt {
	return with(a, func(a *history.Attempt) { a.Life = 1 })
}

func ends(state string, attempts int) func(*history.History) {
	return func(h *history.History) {
		h.Ends[history.Key{Fact: "a", Destination: here}] = history.End{State: state, Attempts: attempts}
	}
}

func counted(n int) []history.Fact {
	f := fact("a", "o", 10, 11)
	f.Counted = &n
	return []history.Fact{f}
}

// batch is of one request.
func batch() []history.Fact {
	first, second := fact("a", "o", 10, 11), fact("b", "o", 10, 11)
	second.Place = 1
	return []history.Fact{second, first}
}

func TestEachCheckFindsWhatBreaksItsPromiseAndNothingElse(t *testing.T) {
	t.Parallel()
	var limited = history.Destination{Order: history.OrderNone, Concurrency: 1}
	var slow = history.Destination{Order: history.OrderNone, Rate: 1, Burst: 2}
	other := []history.Fact{fact("a", "o", 10, 11), fact("b", "p", 20, 21)}
	many := func(n int, every int64) (facts []history.Fact, out []history.Attempt) {
		for i := range int64(n) {
			id := fmt.Sprint(i)
			facts = append(facts, fact(id, "", 3, 4))
			out = append(out, attempt(id, 5+i*every, 6+i*every, 200))
		}
		return facts, out
	}
	crowd, atOnce := many(9, 0)
	_, spread := many(9, 1)
	unbound := func(h *history.History) { h.Handlers[0].Ended = history.Span{From: 14, To: 15} }
	dismissed := func(h *history.History) { h.Handlers[0].Doubts = []history.Span{{From: 14, To: 15}} }

	for _, c := range []struct {
		name  string
		check func(*history.History) []history.Violation
		h     *history.History
		says  string // empty: nothing is wrong
	}{
		{"all came", history.Lost, past(byObject, two, attempt("a", 12, 13, 200), attempt("b", 22, 23, 200)), ""},
		{"one never came", history.Lost, past(byObject, two, attempt("a", 12, 13, 200)), "b was acknowledged and is lost"},
		{"one had failures alone", history.Lost, past(byObject, two[:1], attempt("a", 12, 13, 500)), "is lost"},
		{"an abandoned success is none", history.Lost, past(byObject, two[:1], with(attempt("a", 12, 13, 200), func(a *history.Attempt) { a.Abandoned = true })), "is lost"},
		{"without an answer it may be lost", history.Lost, past(byObject, []history.Fact{{ID: "a", Portal: portal, Event: update, Span: history.Span{From: 10, To: 11}}}), ""},
		{"before the handler was bound", history.Lost, past(byObject, []history.Fact{fact("a", "o", 0, 1)}), ""},
		{"failed with its retries", history.Lost, also(past(history.Destination{Retries: 2}, two[:1]), ends("failed", 3)), ""},
		{"failed too early", history.Lost, also(past(history.Destination{Retries: 2}, two[:1]), ends("failed", 2)), "without a reason"},
		{"cancelled for nothing", history.Lost, also(past(byObject, two[:1]), ends("cancelled", 0)), "without a reason"},
		{"cancelled by an unbind", history.Lost, also(also(past(byObject, two[:1]), ends("cancelled", 0)), unbound), ""},
		{"cancelled by a dismissal", history.Lost, also(also(past(byObject, two[:1]), ends("cancelled", 0)), dismissed), ""},
		{"gone at an unbind, without a trace", history.Lost, also(past(byObject, two[:1]), unbound), "is lost"},
		{"after an unbind", history.Lost, also(past(byObject, two[1:]), unbound), ""},

		{"what was bound", history.Strangers, past(byObject, two, attempt("a", 12, 13, 200)), ""},
		{"what nobody published", history.Strangers, past(byObject, two, attempt("c", 12, 13, 200)), "nothing was bound"},
		{"after the unbind", history.Strangers, also(past(byObject, two, attempt("b", 22, 23, 200)), unbound), "nothing was bound"},
		{"while it was unbound", history.Strangers, also(past(byObject, []history.Fact{fact("a", "o", 13, 16)}, attempt("a", 14, 15, 200)), unbound), ""},

		{"as many deliveries as handlers", history.Miscounted, past(byObject, counted(1)), ""},
		{"fewer deliveries than handlers", history.Miscounted, past(byObject, counted(0)), "has 0 deliveries as answered"},
		{"more deliveries than handlers", history.Miscounted, past(byObject, counted(2)), "has 2 deliveries as answered"},

		{"one id for all attempts", history.Identities, past(byObject, two, attempt("a", 12, 13, 500), attempt("a", 14, 15, 200)), ""},
		{"another id for a retry", history.Identities, past(byObject, two, attempt("a", 12, 13, 500), with(attempt("a", 14, 15, 200), func(a *history.Attempt) { a.Delivery = "x" })), "has the webhook-ids"},
		{"one id for two", history.Identities, past(byObject, two, attempt("a", 12, 13, 200), with(attempt("b", 22, 23, 200), func(a *history.Attempt) { a.Delivery = "a" })), "webhook-id a is that of"},
		{"no id", history.Identities, past(byObject, two, with(attempt("a", 12, 13, 200), func(a *history.Attempt) { a.Delivery = "" })), "has no webhook-id"},

		{"a retry after a failure", history.Repeats, past(byObject, two, attempt("a", 12, 13, 500), attempt("a", 14, 15, 200)), ""},
		{"a repeat after a crash", history.Repeats, past(byObject, two, attempt("a", 12, 13, 200), later(attempt("a", 14, 15, 200))), ""},
		{"a repeat in one life", history.Repeats, past(byObject, two, attempt("a", 12, 13, 200), attempt("a", 14, 15, 200)), "in one life"},
		{"a repeat of what was settled", history.Repeats, also(past(byObject, two, attempt("a", 12, 13, 200), later(attempt("a", 16, 17, 200))),
			func(h *history.History) { h.Quiet = []int64{15} }), "after all was settled"},
		{"a repeat of what had failed", history.Repeats, also(also(past(byObject, two, attempt("a", 12, 13, 500), later(attempt("a", 16, 17, 500))), ends("failed", 1)),
			func(h *history.History) { h.Quiet = []int64{15} }), "after all was settled"},

		{"in turn", history.Order, past(byObject, two, attempt("a", 12, 13, 500), attempt("a", 14, 15, 200), attempt("b", 22, 23, 200)), ""},
		{"swapped", history.Order, past(byObject, two, attempt("b", 22, 23, 200), attempt("a", 24, 25, 200)), "before a was done"},
		{"skipped", history.Order, past(byObject, two, attempt("b", 22, 23, 200)), "before a was done"},
		{"past a failure", history.Order, past(byObject, two, attempt("a", 12, 13, 500), attempt("b", 22, 23, 200), attempt("a", 24, 25, 200)), "before a was done"},
		{"past what goes on", history.Order, past(byObject, two, attempt("a", 12, 24, 200), attempt("b", 22, 23, 200)), "before a was done"},
		{"past what had failed for good", history.Order, also(past(byObject, two, attempt("a", 12, 13, 500), attempt("b", 22, 23, 200)), ends("failed", 1)), ""},
		{"past what failed later", history.Order, also(past(byObject, two, attempt("b", 22, 23, 200), attempt("a", 24, 25, 500)), ends("failed", 1)), "before a was done"},
		{"a repeat after a crash, in turn", history.Order, past(byObject, two, attempt("a", 12, 13, 200), attempt("b", 22, 23, 200), later(attempt("a", 24, 25, 200)), later(attempt("b", 26, 27, 200))), ""},
		{"a crash swaps", history.Order, past(byObject, two, attempt("a", 12, 13, 500), later(attempt("b", 22, 23, 200)), later(attempt("a", 24, 25, 200))), "before a was done"},
		{"repeats beside each other", history.Order, past(byObject, two, attempt("a", 12, 13, 200), attempt("b", 22, 23, 200), later(attempt("a", 24, 27, 200)), later(attempt("b", 26, 28, 200))), "while a went on"},
		{"another object", history.Order, past(byObject, other, attempt("b", 22, 25, 200), attempt("a", 24, 26, 200)), ""},
		{"another object where all is in order", history.Order, past(history.Destination{Order: history.OrderAll}, other, attempt("b", 22, 23, 200), attempt("a", 24, 25, 200)), "before a was done"},
		{"without order", history.Order, past(history.Destination{Order: history.OrderNone}, two, attempt("b", 22, 23, 200), attempt("a", 24, 25, 200)), ""},
		{"who knows which was first", history.Order, past(byObject, []history.Fact{fact("a", "o", 10, 20), fact("b", "o", 11, 19)}, attempt("b", 12, 13, 200), attempt("a", 14, 15, 200)), ""},
		{"a request in its order", history.Order, past(byObject, batch(), attempt("a", 12, 13, 200), attempt("b", 14, 15, 200)), ""},
		{"a request out of its order", history.Order, past(byObject, batch(), attempt("b", 12, 13, 200), attempt("a", 14, 15, 200)), "before a was done"},

		{"both again", history.Resettled, past(byObject, two, attempt("a", 12, 13, 200), attempt("b", 22, 23, 200), later(attempt("a", 24, 25, 200)), later(attempt("b", 26, 27, 200))), ""},
		{"the later again", history.Resettled, past(byObject, two, attempt("a", 12, 13, 200), attempt("b", 22, 23, 200), later(attempt("b", 26, 27, 200))), ""},
		{"the earlier again and not the later", history.Resettled, past(byObject, two, attempt("a", 12, 13, 200), attempt("b", 22, 23, 200), later(attempt("a", 24, 25, 200))), "which did not come again"},
		{"the earlier of another object again", history.Resettled, past(byObject, other, attempt("a", 12, 13, 200), attempt("b", 22, 23, 200), later(attempt("a", 24, 25, 200))), ""},

		{"one at a time", history.Concurrency, past(limited, two, attempt("a", 12, 13, 200), attempt("b", 14, 15, 200)), ""},
		{"two at a time", history.Concurrency, past(limited, two, attempt("a", 12, 14, 200), attempt("b", 13, 15, 200)), "2 attempts at once"},
		{"two of two lives", history.Concurrency, past(limited, two, attempt("a", 12, 14, 200), later(attempt("b", 13, 15, 200))), ""},
		{"one abandoned", history.Concurrency, past(limited, two, with(attempt("a", 12, 14, 0), func(a *history.Attempt) { a.Abandoned = true }), attempt("b", 13, 15, 200)), ""},

		{"within the rate", history.Rate, past(slow, crowd, spread...), ""},
		{"all at once", history.Rate, past(slow, crowd, atOnce...), "since life 0 began"},
		{"a crowd after a rest", history.Rate, past(slow, crowd, push(atOnce, 100)...), "within a time"},

		{"a pause that was kept", history.Pauses, past(byObject, two, paused(), attempt("b", 23, 24, 200)), ""},
		{"a pause that was not kept", history.Pauses, past(byObject, two, paused(), attempt("b", 20, 21, 200)), "after a pause of 10s"},
		{"a pause that a crash ended", history.Pauses, past(byObject, two, paused(), later(attempt("b", 20, 21, 200))), ""},

		{"few in an outage", outage(2), past(byObject, two, attempt("a", 12, 13, 500), attempt("b", 22, 23, 500)), ""},
		{"many in an outage", outage(1), past(byObject, two, attempt("a", 12, 13, 500), attempt("b", 22, 23, 500)), "2 attempts came"},
		{"before and after an outage", outage(0), past(byObject, two, attempt("a", 9, 10, 500), attempt("b", 31, 32, 500)), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := c.check(c.h)
			if c.says == "" && len(got) > 0 {
				t.Errorf("found %q", got[0].Text)
			}
			if c.says != "" && (len(got) == 0 || !strings.Contains(got[0].Text, c.says)) {
				t.Errorf("found %v, not %q", got, c.says)
			}
		})
	}
}

// push moves attempts by seconds.
func push(list []history.Attempt, by int64) (out []history.Attempt) {
	for _, a := range list {
		a.At, a.Stamp = a.At.Add(time.Duration(by)*time.Second), a.Stamp+by
		out = append(out, a)
	}
	return out
}

func paused() history.Attempt {
	return with(attempt("a", 12, 13, 429), func(a *history.Attempt) { a.Pause = 10 * time.Second })
}

func outage(most int) func(*history.History) []history.Violation {
	return func(h *history.History) []history.Violation {
		return history.Rare(h, []history.Outage{{Destination: here, Span: history.Span{From: 10, To: 30}, Most: most}})
	}
}

func TestSafetyAsksEveryCheckThatNeedNotWait(t *testing.T) {
	t.Parallel()
	d := history.Destination{Order: history.OrderObject, Concurrency: 1, Rate: 0.01}
	h := past(d, two, paused(), with(attempt("b", 20, 21, 200), func(a *history.Attempt) { a.Delivery = "a" }), attempt("c", 20, 25, 200))
	h.Attempts = append(h.Attempts, attempt("b", 24, 26, 200))
	h.Facts["x"] = history.Fact{ID: "x", Counted: new(7)}
	var all strings.Builder
	for _, v := range history.Safety(h) {
		all.WriteString(v.Text + "\n")
	}
	for _, says := range []string{"nothing was bound", "as answered", "webhook-id", "in one life", "before a was done", "at once", "too many", "after a pause"} {
		if !strings.Contains(all.String(), says) {
			t.Errorf("nothing says %q:\n%s", says, all.String())
		}
	}
}

func TestAStoryTellsOfTheObjectAtItsDestination(t *testing.T) {
	t.Parallel()
	h := past(byObject, append(two, fact("c", "p", 30, 31)), attempt("b", 22, 23, 200), attempt("a", 24, 25, 500), attempt("c", 32, 33, 200))
	found := history.Order(h)
	if len(found) != 1 {
		t.Fatalf("found %v", found)
	}
	story := h.Story(found[0])
	for _, part := range []string{"10 published a", "20 published b", "22 attempt of b", "answered 500 at 25"} {
		if !strings.Contains(story, part) {
			t.Errorf("the story lacks %q:\n%s", part, story)
		}
	}
	if strings.Contains(story, "of c") || strings.Contains(story, "published c") {
		t.Errorf("the story tells of another object:\n%s", story)
	}
}

func TestALogKeepsWhatItIsToldInOrder(t *testing.T) {
	t.Parallel()
	l := history.NewLog()
	l.Live()
	before := l.Tick()
	a := l.Begin(attempt("a", 0, 0, 0))
	l.End(a, 200, 0)
	l.Live()
	b := l.Begin(attempt("b", 0, 0, 0))
	l.Abandon(b)
	l.Put(two...)
	l.Settled()
	h := l.History()
	if l.Count() != 2 || len(h.Attempts) != 2 || len(h.Facts) != 2 || len(h.Lives) != 2 || len(h.Quiet) != 1 {
		t.Fatalf("%+v", h)
	}
	first, second := h.Attempts[0], h.Attempts[1]
	if !(before < first.From && first.From < first.To && first.To < second.From && second.To < h.Quiet[0]) {
		t.Errorf("ticks: %d, %+v, %+v, %v", before, first.Span, second.Span, h.Quiet)
	}
	if first.Life != 0 || second.Life != 1 || !first.OK() || second.OK() {
		t.Errorf("%v, %v", first, second)
	}
	l.Forget()
	if h := l.History(); len(h.Attempts)+len(h.Facts)+len(h.Quiet) != 0 || len(h.Lives) != 2 {
		t.Errorf("left: %+v", h)
	}
}

func TestWhatIsDueFollowsTheHandlers(t *testing.T) {
	t.Parallel()
	h := past(byObject, []history.Fact{fact("before", "o", 0, 0), fact("during", "o", 10, 11), fact("meanwhile", "o", 14, 16), fact("after", "o", 20, 21)})
	h.Handlers[0].Ended = history.Span{From: 15, To: 17}
	h.Facts["before"] = fact("before", "o", 0, 1)
	for id, want := range map[string][2]int{"before": {0, 1}, "during": {1, 1}, "meanwhile": {0, 1}, "after": {0, 0}} {
		if least, most := h.Due(id); [2]int{least, most} != want {
			t.Errorf("%s: %d to %d, want %v", id, least, most, want)
		}
	}
}
