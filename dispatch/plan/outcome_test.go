package plan_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch/plan"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// The table of outcomes of docs/concepts.md: what an answer does to the delivery
// and to its destination.
func TestTheTableOfOutcomes(t *testing.T) {
	t.Parallel()
	const (
		delivered = iota
		retried
		waits
	)
	type destination int
	const (
		success destination = iota
		failure
		paused
		disabled
		none
	)
	for _, test := range []struct {
		status      int
		retryAfter  string
		delivery    int
		destination destination
		pause       time.Duration
	}{
		{200, "", delivered, success, 0}, {204, "5", delivered, success, 0}, {299, "", delivered, success, 0},
		{0, "", retried, failure, 0}, {101, "", retried, failure, 0}, {199, "", retried, failure, 0}, {408, "", retried, failure, 0},
		{500, "", retried, failure, 0}, {500, "5", retried, failure, 0}, {502, "", retried, failure, 0}, {599, "", retried, failure, 0},
		{999, "", retried, failure, 0},
		{503, "", retried, failure, 0}, {503, "-1", retried, failure, 0}, {503, "soon", retried, failure, 0}, {503, "99999999999", retried, failure, 0},
		{503, "5", waits, paused, 5 * time.Second}, {503, "0", waits, paused, 0}, {503, "3600", waits, paused, time.Hour}, {503, "3601", waits, paused, time.Hour},
		{429, "5", waits, paused, 5 * time.Second},
		{429, noon.Add(time.Minute).Format(http.TimeFormat), waits, paused, time.Minute},
		{429, noon.Add(-time.Minute).Format(http.TimeFormat), waits, paused, 0},
		{429, noon.Add(48 * time.Hour).Format(http.TimeFormat), waits, paused, time.Hour},
		{410, "", waits, disabled, 0}, {410, "5", waits, disabled, 0},
		{429, "", retried, none, 0}, {300, "", retried, none, 0}, {302, "", retried, none, 0}, {399, "", retried, none, 0},
		{400, "", retried, none, 0}, {404, "5", retried, none, 0}, {407, "", retried, none, 0}, {409, "", retried, none, 0},
		{411, "", retried, none, 0}, {499, "", retried, none, 0},
	} {
		meaning, pause := plan.Classify(test.status, test.retryAfter, noon)
		if pause != test.pause {
			t.Errorf("%d %q pauses %v instead of %v", test.status, test.retryAfter, pause, test.pause)
		}
		d := onevent.Delivery{ID: 1, Deadline: noon.Add(time.Hour * 24)}
		o := plan.Next(&d, plan.Attempt{Meaning: meaning, Pause: pause, Retry: onevent.DefaultRetry, Now: noon})
		got := waits
		switch {
		case o.State == onevent.StateDelivered:
			got = delivered
		case o.Retries == 1:
			got = retried
		}
		if got != test.delivery {
			t.Errorf("%d %q makes of the delivery %+v", test.status, test.retryAfter, o)
		}
		if got := effect(meaning); got != int(test.destination) {
			t.Errorf("%d %q makes %d of the destination instead of %d", test.status, test.retryAfter, got, test.destination)
		}
	}
}

// effect is what a meaning does to a destination's breaker and pace, told by
// what they do next.
func effect(m plan.Meaning) int {
	switch m {
	case plan.Busy:
		return 2
	case plan.Gone:
		return 3
	}
	var b plan.Breaker
	pace := plan.StartPace(0)
	for range 10 {
		b.Note(m, plan.Subject{Delivery: 1}, false, noon, noon)
		pace.Note(m, time.Millisecond, 0)
	}
	switch {
	case b.Open() && pace.Concurrency() == 1:
		return 1
	case !b.Open() && pace.Concurrency() > 8:
		return 0
	case !b.Open() && pace.Concurrency() == 8:
		return 4
	}
	return -1
}

func TestWhatBecomesOfADelivery(t *testing.T) {
	t.Parallel()
	deadline := noon.Add(7 * 24 * time.Hour)
	exhausted := onevent.Outcome{State: onevent.StateFailed, Verdict: onevent.VerdictExhausted}
	for name, test := range map[string]struct {
		retries int
		due     time.Time
		attempt plan.Attempt
		once    bool
		want    onevent.Outcome
	}{
		"delivered":                {attempt: plan.Attempt{Meaning: plan.Success}, want: onevent.Outcome{State: onevent.StateDelivered}},
		"first retry":              {attempt: plan.Attempt{Meaning: plan.Failure}, want: onevent.Outcome{Retries: 1, Due: noon.Add(5 * time.Second)}},
		"its own fault":            {attempt: plan.Attempt{Meaning: plan.Fault}, want: onevent.Outcome{Retries: 1, Due: noon.Add(5 * time.Second)}},
		"jitter up":                {attempt: plan.Attempt{Meaning: plan.Failure, Jitter: 1}, want: onevent.Outcome{Retries: 1, Due: noon.Add(5500 * time.Millisecond)}},
		"jitter down":              {attempt: plan.Attempt{Meaning: plan.Failure, Jitter: -1}, want: onevent.Outcome{Retries: 1, Due: noon.Add(4500 * time.Millisecond)}},
		"last retry":               {retries: 10, attempt: plan.Attempt{Meaning: plan.Failure}, want: onevent.Outcome{Retries: 11, Due: noon.Add(24 * time.Hour)}},
		"exhausted":                {retries: 11, attempt: plan.Attempt{Meaning: plan.Failure}, want: onevent.Outcome{Retries: 11, State: onevent.StateFailed, Verdict: onevent.VerdictExhausted}},
		"pause":                    {retries: 11, attempt: plan.Attempt{Meaning: plan.Busy, Pause: time.Minute}, want: onevent.Outcome{Retries: 11, Due: noon.Add(time.Minute)}},
		"gone":                     {attempt: plan.Attempt{Meaning: plan.Gone}, want: onevent.Outcome{}},
		"no retries":               {attempt: plan.Attempt{Meaning: plan.Failure}, once: true, want: exhausted},
		"no retries, asked":        {attempt: plan.Attempt{Meaning: plan.Busy, Pause: time.Minute}, once: true, want: exhausted},
		"no retries, held":         {attempt: plan.Attempt{Meaning: plan.Failure, Held: true}, once: true, want: exhausted},
		"not past the deadline":    {retries: 9, attempt: plan.Attempt{Meaning: plan.Failure, Now: deadline.Add(-time.Hour)}, want: onevent.Outcome{Retries: 10, Due: deadline}},
		"behind an open breaker":   {retries: 11, attempt: plan.Attempt{Meaning: plan.Failure, Held: true}, want: onevent.Outcome{Retries: 11}},
		"held before it was due":   {retries: 2, due: noon.Add(time.Minute), attempt: plan.Attempt{Meaning: plan.Failure, Held: true}, want: onevent.Outcome{Retries: 2, Due: noon.Add(time.Minute)}},
		"its own fault while held": {attempt: plan.Attempt{Meaning: plan.Fault, Held: true}, want: onevent.Outcome{Retries: 1, Due: noon.Add(5 * time.Second)}},
	} {
		a := test.attempt
		if a.Now.IsZero() {
			a.Now = noon
		}
		if !test.once {
			a.Retry = onevent.DefaultRetry
		}
		d := onevent.Delivery{ID: 3, Attempts: 4, Retries: test.retries, Due: test.due, Deadline: deadline}
		test.want.Delivery, test.want.Attempts = 3, 5
		if got := plan.Next(&d, a); got != test.want {
			t.Errorf("%s: %+v instead of %+v", name, got, test.want)
		}
	}
}
