package plan_test

import (
	"testing"
	"time"

	"github.com/onevent/onevent/dispatch/plan"
)

const quick, slow = plan.QuickAnswer - 1, plan.SlowAnswer + 1

func TestConcurrencyGrowsWhileAnswersAreQuickAndHalvesOnTrouble(t *testing.T) {
	t.Parallel()
	p := plan.StartPace(0)
	want := func(after string, n int) {
		t.Helper()
		if got := p.Concurrency(); got != n {
			t.Errorf("after %s it is %d instead of %d", after, got, n)
		}
	}
	repeat := func(n int, m plan.Meaning, took time.Duration) {
		for range n {
			p.Note(m, took, 0)
		}
	}
	want("nothing", 8)
	repeat(9, plan.Success, quick)
	want("nine quick answers", 9)
	repeat(100, plan.Success, plan.QuickAnswer)
	repeat(100, plan.Success, plan.SlowAnswer)
	want("answers that are neither quick nor slow", 9)
	repeat(100, plan.Fault, quick)
	repeat(100, plan.Busy, quick)
	want("what is no trouble of the destination", 9)
	repeat(3000, plan.Success, quick)
	want("3,000 quick answers", 64)
	repeat(1, plan.Success, slow)
	want("a slow answer", 32)
	repeat(1, plan.Failure, quick)
	want("a failure", 16)
	repeat(10, plan.Failure, quick)
	want("many failures", 1)
	repeat(2, plan.Success, quick)
	want("two quick answers", 2)
	repeat(2100, plan.Success, quick)
	want("recovery", 64)
	p.Restrain()
	want("a restart in trouble", 1)
}

func TestALimitOfItsOwnBoundsConcurrency(t *testing.T) {
	t.Parallel()
	for limit, start := range map[int]int{1: 1, 7: 7, 8: 8, 200: 8} {
		p := plan.StartPace(limit)
		if got := p.Concurrency(); got != start {
			t.Errorf("with the limit %d it starts at %d", limit, got)
		}
		for range 25_000 {
			p.Note(plan.Success, quick, limit)
		}
		if got := p.Concurrency(); got != limit {
			t.Errorf("with the limit %d it grows to %d", limit, got)
		}
		p.Note(plan.Busy, quick, 3)
		if got := p.Concurrency(); got > 3 {
			t.Errorf("with a new limit of 3 it is %d", got)
		}
	}
}

func TestTheGapGrowsWithTroubleAndShrinksWithGoodAnswers(t *testing.T) {
	t.Parallel()
	p := plan.StartPace(0)
	for i, want := range []time.Duration{0, 0, 0, 0, 100, 200, 400, 800, 1600, 3200, 3200} {
		m, took := plan.Failure, time.Duration(0)
		if i%2 == 0 {
			m, took = plan.Success, slow
		}
		p.Note(m, took, 0)
		if got := p.GapAfter(m, took); got != want*time.Millisecond {
			t.Errorf("after %d bad answers the gap is %v instead of %dms", i+1, got, want)
		}
		if got := p.GapAfter(plan.Success, quick); got != 0 {
			t.Errorf("a good answer is followed by a gap of %v", got)
		}
		if got := p.GapAfter(plan.Fault, slow); got != 0 {
			t.Errorf("a delivery's own fault is followed by a gap of %v", got)
		}
	}
	for range 5 {
		p.Note(plan.Success, quick, 0)
	}
	p.Note(plan.Failure, 0, 0)
	if got := p.GapAfter(plan.Failure, 0); got != 100*time.Millisecond {
		t.Errorf("after five good answers among ten the gap is %v", got)
	}
}

func TestQuickIsWhoseNewestAnswerWasAQuickSuccess(t *testing.T) {
	t.Parallel()
	p := plan.StartPace(0)
	if p.Known() {
		t.Error("it is known before the first answer")
	}
	for i, test := range []struct {
		m     plan.Meaning
		took  time.Duration
		quick bool
	}{
		{plan.Fault, 0, false}, {plan.Success, quick, true}, {plan.Fault, 0, true}, {plan.Success, plan.QuickAnswer, false},
		{plan.Success, quick, true}, {plan.Failure, 0, false}, {plan.Success, slow, false},
	} {
		p.Note(test.m, test.took, 0)
		if p.Quick() != test.quick {
			t.Errorf("answer %d makes it quick: %t", i, p.Quick())
		}
		if !p.Known() {
			t.Errorf("after answer %d it is not known", i)
		}
	}
}

func TestABucketGivesItsBurstAndThenItsRateInTurn(t *testing.T) {
	t.Parallel()
	var b plan.Bucket
	for i, want := range []time.Duration{0, 0, 0, 500, 1000, 1500} {
		if got := b.Reserve(2, 3, noon).Sub(noon); got != want*time.Millisecond {
			t.Errorf("token %d is to be had after %v instead of %dms", i, got, want)
		}
	}
	later := noon.Add(time.Hour)
	for i, want := range []time.Duration{0, 0, 0, 500} {
		if got := b.Reserve(2, 3, later).Sub(later); got != want*time.Millisecond {
			t.Errorf("an hour later, token %d is to be had after %v", i, got)
		}
	}
	for _, test := range []struct {
		rate  float64
		burst int
		size  int
	}{{0.1, 0, 1}, {5, 0, 5}, {5, 1, 1}} {
		var b plan.Bucket
		n := 0
		for b.Reserve(test.rate, test.burst, noon) == noon {
			n++
		}
		if n != test.size {
			t.Errorf("%+v: %d at once", test, n)
		}
	}
	// A token used late takes the place of what was gained meanwhile.
	var late plan.Bucket
	late.Reserve(1, 2, noon)
	late.Use(1, later)
	for i, want := range []time.Duration{0, 1000} {
		if got := late.Reserve(1, 2, later).Sub(later); got != want*time.Millisecond {
			t.Errorf("after one used late, token %d is to be had after %v", i, got)
		}
	}
	var none plan.Bucket
	none.Use(0, later)
	for range 1000 {
		if got := none.Reserve(0, 5, noon); got != noon {
			t.Fatalf("without a rate it waits until %v", got)
		}
	}
}
