package plan_test

import (
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch/plan"
)

// about is the subject of an object.
func about(id string) plan.Subject {
	return plan.Subject{Object: onevent.Object{Type: "crm.activity", ID: id}}
}

// note plays attempts, one letter each: s(uccess), F(ailure), f(ault), b(usy).
func note(b *plan.Breaker, outcomes string) {
	for i, c := range outcomes {
		m := map[rune]plan.Meaning{'s': plan.Success, 'F': plan.Failure, 'f': plan.Fault, 'b': plan.Busy}[c]
		b.Note(m, about(string(rune('a'+i%26))), false, noon, noon)
	}
}

func TestTheBreakerOpensAfterFiveInARowOrNineOfTen(t *testing.T) {
	t.Parallel()
	for outcomes, open := range map[string]bool{
		"": false, "FFFF": false, "FFFFF": true, "sFFFF": false, "FFFFsFFFF": false,
		"FFFFsFFFFF": true, "FffFbFFsFFFF": false, "FFffFFbF": true, "ffffffffffff": false, "bbbbbbbbbb": false,
		// Opened, closed by a probe, and nine of the newest ten have failed.
		"FFFFFsFFFF": true, "FFFFFsFFF": false, "FFFFsFFFFsFFFF": false,
	} {
		var b plan.Breaker
		note(&b, outcomes)
		if b.Open() != open {
			t.Errorf("after %s it is open: %t", outcomes, b.Open())
		}
	}
}

func TestProbesComeAfterFiveSecondsDoublingToTenMinutes(t *testing.T) {
	t.Parallel()
	var b plan.Breaker
	note(&b, "FFFFF")
	now := noon
	for _, want := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 600, 600, 600} {
		if got := b.NextProbe().Sub(now); got != want*time.Second {
			t.Fatalf("the next probe comes after %v instead of %ds", got, want)
		}
		now = b.NextProbe()
		b.Note(plan.Failure, about("x"), true, now, now)
	}
	// An attempt that had begun before is no probe.
	next := b.NextProbe()
	b.Note(plan.Failure, about("y"), false, now, now.Add(time.Second))
	if b.NextProbe() != next {
		t.Errorf("a late failure moves the next probe to %v", b.NextProbe())
	}
	b.Note(plan.Fault, about("y"), true, now, now)
	if got := b.NextProbe().Sub(now); got != 10*time.Minute || !b.Open() {
		t.Errorf("after an answer that blames the delivery the next probe comes after %v, open: %t", got, b.Open())
	}
	b.Note(plan.Success, about("z"), true, now, now)
	if b.Open() || !b.NextProbe().IsZero() || b.Troubled() {
		t.Errorf("after a success it is %+v", b)
	}
}

func TestABreakerOutlivesARestartAndBeginsWithOneProbe(t *testing.T) {
	t.Parallel()
	var b plan.Breaker
	note(&b, "sFF")
	o := b.Outage(7)
	if want := (onevent.Outage{Destination: 7, Since: noon, Attempts: 2, Several: true}); o != want {
		t.Fatalf("remembered as %+v", o)
	}
	later := noon.Add(time.Minute)
	r := plan.Restore(o, later)
	if !r.Open() || r.NextProbe() != later {
		t.Errorf("restored as open: %t, probe at %v", r.Open(), r.NextProbe())
	}
	note(&b, "FFF")
	b.Note(plan.Failure, about("x"), true, noon, noon)
	b.Note(plan.Failure, about("x"), true, noon, noon)
	r = plan.Restore(b.Outage(7), later)
	r.Note(plan.Failure, about("x"), true, later, later)
	if got := r.NextProbe().Sub(later); got != 40*time.Second {
		t.Errorf("after two probes before the restart and one after it the next comes after %v", got)
	}
}

func TestOneObjectThatAlwaysFailsIsFoundOut(t *testing.T) {
	t.Parallel()
	var b plan.Breaker
	for range 5 {
		b.Note(plan.Failure, about("poisoned"), false, noon, noon)
	}
	if sole, one := b.Sole(); !one || sole != about("poisoned") || !b.Open() {
		t.Errorf("sole %v, %t", sole, one)
	}
	b.Note(plan.Failure, about("other"), true, noon, noon)
	if _, one := b.Sole(); one {
		t.Error("two have failed, and one is blamed")
	}
	r := plan.Restore(onevent.Outage{Since: noon, Attempts: 5, Open: true}, noon)
	if _, one := r.Sole(); one {
		t.Error("nobody knows yet which one it was")
	}
	r.Note(plan.Failure, about("poisoned"), true, noon, noon)
	if sole, one := r.Sole(); !one || sole != about("poisoned") {
		t.Errorf("after a restart the sole one is %v, %t", sole, one)
	}
}

func TestADestinationIsDeadAfterFiveDaysAndTwentyAttemptsWithoutASuccess(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		attempts int
		after    time.Duration
		dead     bool
	}{{20, 120 * time.Hour, true}, {19, 120 * time.Hour, false}, {20, 120*time.Hour - 1, false}, {1000, time.Hour, false}} {
		for _, m := range []plan.Meaning{plan.Failure, plan.Fault} {
			var b plan.Breaker
			for range test.attempts {
				b.Note(m, about("x"), false, noon, noon)
			}
			if got := b.Dead(noon.Add(test.after)); got != test.dead {
				t.Errorf("%d attempts in %v: dead %t", test.attempts, test.after, got)
			}
			b.Note(plan.Success, about("x"), false, noon, noon)
			if b.Dead(noon.Add(test.after)) {
				t.Error("dead after a success")
			}
		}
	}
}

func TestARevivedDestinationIsProbedAtOnceAndHasItsTimeAgain(t *testing.T) {
	t.Parallel()
	var b plan.Breaker
	for range 30 {
		b.Note(plan.Failure, about("x"), b.Open(), noon, noon)
	}
	later := noon.Add(200 * time.Hour)
	b.Revive(later)
	if b.NextProbe() != later || b.Dead(later) {
		t.Errorf("probe at %v, dead: %t", b.NextProbe(), b.Dead(later))
	}
	b.Note(plan.Failure, about("x"), true, later, later)
	if got := b.NextProbe().Sub(later); got != 10*time.Second || b.Dead(later.Add(time.Hour)) {
		t.Errorf("the next probe comes after %v", got)
	}
}
