package onevent_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
)

func TestTheDefaultScheduleIsThatOfThePromise(t *testing.T) {
	all, err := onevent.ParseRetry("")
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	if err != nil || len(all) != 11 || all[0] != 5*time.Second || sum.Round(time.Minute) != 70*time.Hour+43*time.Minute {
		t.Errorf("%d retries over %v, %v", len(all), sum, err)
	}
}

func TestParseRetry(t *testing.T) {
	for text, want := range map[string][]time.Duration{
		"default":      onevent.DefaultRetry,
		"none":         nil,
		"5s":           {5 * time.Second},
		"200ms, 1m,2h": {200 * time.Millisecond, time.Minute, 2 * time.Hour},
	} {
		if got, err := onevent.ParseRetry(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q is read as %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"5", "-1s", "0s", "169h", "5s,", ",", "often", strings.Repeat("1s,", 50) + "1s"} {
		if got, err := onevent.ParseRetry(text); onevent.CodeOf(err) != onevent.CodeInvalid {
			t.Errorf("%q is read as %v, %v", text, got, err)
		}
	}
}

func TestWhatADestinationLeavesZeroItsBaseSays(t *testing.T) {
	base := onevent.DeliveryOptions{Order: "all", Retry: "1s", Deadline: 5, Rate: 1, Burst: 2, Concurrency: 3, Timeout: 4}
	if got := (onevent.DeliveryOptions{}).Or(base); got != base {
		t.Errorf("nothing set gives %+v", got)
	}
	own := onevent.DeliveryOptions{Order: "none", Retry: "none", Deadline: 50, Rate: 10, Burst: 20, Concurrency: 30, Timeout: 40}
	if got := own.Or(base); got != own {
		t.Errorf("everything set gives %+v", got)
	}
	if got := own.Or(base.Unlimited()); got != own {
		t.Errorf("over a base without limits it gives %+v", got)
	}
	if got := (onevent.DeliveryOptions{}).Or(base.Unlimited()); got.Rate != 0 || got.Burst != 0 || got.Concurrency != 0 || got.Timeout != 4 {
		t.Errorf("a base without limits gives %+v", got)
	}
}

func TestTheDeadlineIsThatOfTheOptionsOrAWeek(t *testing.T) {
	at := time.Unix(1727018926, 0)
	if got := (onevent.DeliveryOptions{}).DeadlineAfter(at).Sub(at); got != 7*24*time.Hour {
		t.Errorf("without options %v", got)
	}
	if got := (onevent.DeliveryOptions{Deadline: 1.5}).DeadlineAfter(at).Sub(at); got != 1500*time.Millisecond {
		t.Errorf("with 1.5 s %v", got)
	}
}
