package publish_test

import (
	"errors"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/publish"
)

// ask is one request for n events a moment after the one before.
type ask struct {
	after time.Duration
	n     int
	wait  time.Duration // how long it is refused for; 0: admitted
}

func TestAPortalRaisesNoMoreEventsThanItsSettingsSay(t *testing.T) {
	for name, c := range map[string]struct {
		rate  float64
		burst int
		asks  []ask
	}{
		"no limit": {0, 0, []ask{{0, 1000, 0}, {0, 1000, 0}}},
		"the burst passes at once, then the rate": {2, 3, []ask{
			{0, 1, 0}, {0, 2, 0}, {0, 1, 500 * time.Millisecond}, {499 * time.Millisecond, 1, time.Millisecond}, {time.Millisecond, 1, 0},
			{0, 1, 500 * time.Millisecond}, {time.Hour, 3, 0}, {0, 1, 500 * time.Millisecond},
		}},
		"without a burst as many as in a second": {2.5, 0, []ask{{0, 3, 0}, {0, 1, 400 * time.Millisecond}}},
		"less than one a second":                 {0.001, 0, []ask{{0, 1, 0}, {0, 1, 1000 * time.Second}, {1000 * time.Second, 1, 0}}},
		"several are admitted together or not at all": {1, 10, []ask{
			{0, 6, 0}, {0, 5, time.Second}, {0, 4, 0}, {3 * time.Second, 4, time.Second}, {0, 3, 0},
		}},
		"more than the burst needs a full bucket, and it owes the rest": {10, 20, []ask{
			{0, 1, 0}, {0, 100, 100 * time.Millisecond}, {100 * time.Millisecond, 100, 0},
			{0, 1, 8100 * time.Millisecond}, {8100 * time.Millisecond, 1, 0}, {0, 1, 100 * time.Millisecond},
		}},
		"a clock that goes back gives nothing": {1, 1, []ask{{0, 1, 0}, {-time.Hour, 1, time.Second}, {time.Hour, 1, time.Second}, {time.Second, 1, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			b.limit(c.rate, c.burst)
			for i, a := range c.asks {
				b.Clock.Advance(a.after)
				var early *publish.TooFast
				err := b.Publisher.Admit(b.Row(), a.n)
				switch {
				case a.wait == 0 && err != nil:
					t.Errorf("%d: %v", i, err)
				case a.wait == 0:
				case !errors.As(err, &early) || early.Wait.Round(time.Microsecond) != a.wait || onevent.CodeOf(err) != onevent.CodeRateLimited:
					t.Errorf("%d: %#v, want a wait of %v", i, err, a.wait)
				}
			}
		})
	}
}

func (b *bed) limit(rate float64, burst int) {
	row := *b.Row()
	row.Settings.EventRate, row.Settings.EventBurst = rate, burst
	b.Update(func(tx onevent.Tx) error { return b.Directory.PutPortal(tx, row) })
}

func TestWhoWaitsAsLongAsHeIsToldIsAdmitted(t *testing.T) {
	b := open(t)
	for _, rate := range []float64{0.001, 0.3, 1.0 / 3, 7, 333, 999_999} {
		b.limit(rate, 5)
		for i := range 40 {
			err := b.Publisher.Admit(b.Row(), 1+i%7)
			var early *publish.TooFast
			if errors.As(err, &early) {
				b.Clock.Advance(early.Wait)
				err = b.Publisher.Admit(b.Row(), 1+i%7)
			}
			if err != nil {
				t.Fatalf("at %v a second: %v", rate, err)
			}
		}
		b.Clock.Advance(10 * time.Hour)
	}
}

func TestEventsThatWereNotRaisedAreGivenBackAndFurtherOnesCounted(t *testing.T) {
	b := open(t)
	b.limit(1, 10)
	admit := func(n int) error { return b.Publisher.Admit(b.Row(), n) }
	for range 5 {
		if err := admit(10); err != nil {
			t.Fatal(err)
		}
		b.Publisher.Correct(b.Row(), 10, 0)
	}
	if err := admit(1); err != nil {
		t.Fatal(err)
	}
	b.Publisher.Correct(b.Row(), 1, 4)
	if err := admit(7); err == nil {
		t.Error("seven pass where four of ten were raised")
	}
	if err := admit(6); err != nil {
		t.Error(err)
	}
}

// A limit that was lowered holds for what was raised before it.
func TestALimitHoldsFromWhenItIsSet(t *testing.T) {
	b := open(t)
	b.limit(1, 10)
	if err := b.Publisher.Admit(b.Row(), 8); err != nil {
		t.Fatal(err)
	}
	b.limit(1, 5)
	if err := b.Publisher.Admit(b.Row(), 1); err == nil {
		t.Error("one more passes although eight of five were raised")
	}
	b.limit(0, 0)
	if err := b.Publisher.Admit(b.Row(), 1000); err != nil {
		t.Error(err)
	}
}
