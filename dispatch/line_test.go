package dispatch_test

import (
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
)

const (
	attemptKeys = "delivery event event_code portal handler destination attempt retries began status class took probe outcome verdict"
	endKeys     = "delivery event event_code portal handler destination attempt retries outcome verdict"
)

func TestAnAttemptIsOneWideLine(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	log := b.listen(slog.LevelDebug)
	h := b.bind("ONCRMACTIVITYADD", "https://app.example.com/hush", 0, onevent.DeliveryOptions{Retry: "5s"})
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	b.next().fail("timeout: hush")
	b.until(func() bool { return b.delivery(event).Attempts == 1 })
	b.clock.Advance(6 * time.Second)
	b.next().status(200)
	d := b.becomes(event, onevent.StateDelivered, "")
	b.idle()
	lines := log.Lines(t, "attempt")
	if len(lines) != 2 {
		t.Fatalf("there are %d lines: %s", len(lines), log)
	}
	for i, want := range []map[string]any{
		{"attempt": 1.0, "retries": 1.0, "status": 0.0, "class": "timeout", "outcome": "waiting"},
		{"attempt": 2.0, "retries": 1.0, "status": 200.0, "class": "", "outcome": "delivered"},
	} {
		for key, value := range map[string]any{"delivery": float64(d.ID), "event": float64(event), "event_code": "ONCRMACTIVITYADD",
			"portal": b.dir.Portal(b.portal).MemberID, "handler": float64(h.ID), "destination": float64(h.Destination)} {
			want[key] = value
		}
		for key, value := range want {
			if got := lines[i].Values[key]; got != value {
				t.Errorf("line %d: %s is %v instead of %v", i, key, got, value)
			}
		}
	}
	if keys := strings.Join(lines[0].Keys, " "); keys != attemptKeys+" due" {
		t.Errorf("the keys of an attempt that is made again: %s", keys)
	}
	if keys := strings.Join(lines[1].Keys, " "); keys != attemptKeys {
		t.Errorf("the keys of the last attempt: %s", keys)
	}
	if strings.Contains(log.String(), "hush") {
		t.Errorf("the log holds a URL: %s", log)
	}
}

func TestAFailedDeliveryIsToldOfWhereOperatorsRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status  int
		options onevent.DeliveryOptions
		keys    string
		verdict onevent.Verdict
	}{
		"by its last attempt": {500, onevent.DeliveryOptions{Retry: onevent.RetryNone}, attemptKeys, onevent.VerdictExhausted},
		"by its deadline":     {410, onevent.DeliveryOptions{Deadline: 60}, endKeys, onevent.VerdictExpired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, dispatch.Limits{})
			log := b.listen(slog.LevelInfo)
			b.bind("ONCRMACTIVITYADD", url1, 0, test.options)
			event := b.raise("ONCRMACTIVITYADD", 1, 1)
			b.next().status(test.status)
			b.idle()
			b.clock.Advance(time.Hour)
			b.becomes(event, onevent.StateFailed, test.verdict)
			b.until(func() bool { return log.String() != "" })
			lines := log.Lines(t, "delivery failed")
			if len(lines) != 1 || strings.Count(log.String(), "\n") != 1 {
				t.Fatalf("the log: %s", log)
			}
			if keys := strings.Join(lines[0].Keys, " "); keys != test.keys || lines[0].Values["verdict"] != string(test.verdict) {
				t.Errorf("the line: %v", lines[0])
			}
		})
	}
}

// Without a log at debug and without a tracer, nothing is made ready for either.
func TestWhatNobodyReadsCostsNothing(t *testing.T) {
	info := slog.New(slog.NewJSONHandler(io.Discard, nil))
	e := dispatch.New(dispatch.Config{Clock: onevent.SystemClock{}, Logger: info})
	if n := testing.AllocsPerRun(1000, dispatch.TellingAnAttempt(e)); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
