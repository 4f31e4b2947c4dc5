package dispatch

import (
	"net/http"
	"testing"
	"time"

	"github.com/onevent/onevent"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func TestClassify(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status     int
		retryAfter string
		want       class
		pause      time.Duration
	}{
		{200, "", classDelivered, 0}, {299, "", classDelivered, 0}, {204, "5", classDelivered, 0},
		{199, "", classRetry, 0}, {300, "", classRetry, 0}, {302, "", classRetry, 0},
		{0, "", classRetry, 0}, {400, "", classRetry, 0}, {404, "5", classRetry, 0}, {408, "", classRetry, 0},
		{409, "", classRetry, 0}, {410, "", classGone, 0}, {410, "5", classGone, 0}, {411, "", classRetry, 0},
		{500, "5", classRetry, 0}, {502, "", classRetry, 0}, {503, "", classRetry, 0}, {429, "", classRetry, 0},
		{429, "5", classPause, 5 * time.Second}, {503, "5", classPause, 5 * time.Second},
		{503, "0", classPause, 0}, {503, "-1", classRetry, 0}, {503, "soon", classRetry, 0},
		{503, "3600", classPause, time.Hour}, {503, "3601", classPause, time.Hour}, {503, "99999999999", classRetry, 0},
		{429, noon.Add(time.Minute).Format(http.TimeFormat), classPause, time.Minute},
		{429, noon.Add(-time.Minute).Format(http.TimeFormat), classPause, 0},
		{429, noon.Add(48 * time.Hour).Format(http.TimeFormat), classPause, time.Hour},
	} {
		got, pause := classify(test.status, test.retryAfter, noon)
		if got != test.want || pause != test.pause {
			t.Errorf("%d %q: %d after %v instead of %d after %v", test.status, test.retryAfter, got, pause, test.want, test.pause)
		}
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	deadline := noon.Add(7 * 24 * time.Hour)
	for name, test := range map[string]struct {
		retries int
		class   class
		pause   time.Duration
		retry   string
		jitter  float64
		now     time.Time
		want    onevent.Outcome
	}{
		"delivered":             {class: classDelivered, want: onevent.Outcome{State: onevent.StateDelivered}},
		"first retry":           {class: classRetry, want: onevent.Outcome{Retries: 1, Due: noon.Add(5 * time.Second)}},
		"jitter up":             {class: classRetry, jitter: 1, want: onevent.Outcome{Retries: 1, Due: noon.Add(5500 * time.Millisecond)}},
		"jitter down":           {class: classRetry, jitter: -1, want: onevent.Outcome{Retries: 1, Due: noon.Add(4500 * time.Millisecond)}},
		"last retry":            {retries: 10, class: classRetry, want: onevent.Outcome{Retries: 11, Due: noon.Add(24 * time.Hour)}},
		"exhausted":             {retries: 11, class: classRetry, want: onevent.Outcome{Retries: 11, State: onevent.StateFailed, Verdict: onevent.VerdictExhausted}},
		"pause":                 {retries: 11, class: classPause, pause: time.Minute, want: onevent.Outcome{Retries: 11, Due: noon.Add(time.Minute)}},
		"gone":                  {class: classGone, want: onevent.Outcome{}},
		"no retries":            {class: classRetry, retry: onevent.RetryNone, want: onevent.Outcome{State: onevent.StateFailed, Verdict: onevent.VerdictExhausted}},
		"no retries, asked":     {class: classPause, pause: time.Minute, retry: onevent.RetryNone, want: onevent.Outcome{State: onevent.StateFailed, Verdict: onevent.VerdictExhausted}},
		"not past the deadline": {retries: 9, class: classRetry, now: deadline.Add(-time.Hour), want: onevent.Outcome{Retries: 10, Due: deadline}},
	} {
		now := test.now
		if now.IsZero() {
			now = noon
		}
		d := onevent.Delivery{ID: 3, Attempts: 4, Retries: test.retries, Deadline: deadline}
		test.want.Delivery, test.want.Attempts = 3, 5
		if got := settle(&d, test.class, test.pause, test.retry, now, test.jitter); got != test.want {
			t.Errorf("%s: %+v instead of %+v", name, got, test.want)
		}
	}
}

func TestScheduleIsThatOfThePromise(t *testing.T) {
	t.Parallel()
	var total time.Duration
	for _, d := range Schedule {
		total += d
	}
	if len(Schedule) != 11 || total != 70*time.Hour+42*time.Minute+35*time.Second {
		t.Errorf("%d retries over %v", len(Schedule), total)
	}
}

func TestConcurrencyGrowsWhileAnswersAreQuickAndHalvesOnTrouble(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		now   float64
		class class
		took  time.Duration
		limit int
		want  float64
	}{
		{8, classDelivered, 199 * time.Millisecond, 0, 8.125},
		{8, classDelivered, 200 * time.Millisecond, 0, 8},
		{8, classDelivered, 5 * time.Second, 0, 8},
		{8, classDelivered, 5001 * time.Millisecond, 0, 4},
		{8, classRetry, time.Millisecond, 0, 4},
		{1, classRetry, time.Millisecond, 0, 1},
		{64, classDelivered, time.Millisecond, 0, 64},
		{64, classDelivered, time.Millisecond, 10, 10},
		{100, classDelivered, time.Millisecond, 200, 100.01},
	} {
		if got := nextConcurrency(test.now, test.class, test.took, test.limit); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

func TestBucket(t *testing.T) {
	t.Parallel()
	var b bucket
	now := noon
	for i := range 3 {
		if wait := b.take(2, 3, now); wait != 0 {
			t.Fatalf("token %d of the burst is awaited for %v", i, wait)
		}
	}
	if wait := b.take(2, 3, now); wait != 500*time.Millisecond {
		t.Fatalf("waits %v", wait)
	}
	if wait := b.take(2, 3, now.Add(500*time.Millisecond)); wait != 0 {
		t.Fatalf("waits %v after its time", wait)
	}
	if wait := (&bucket{}).take(0, 0, now); wait != 0 {
		t.Fatalf("without a rate it waits %v", wait)
	}
}
