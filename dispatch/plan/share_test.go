package plan_test

import (
	"slices"
	"testing"
	"time"

	"github.com/onevent/onevent/dispatch/plan"
)

func TestAGateAdmitsItsLimit(t *testing.T) {
	t.Parallel()
	g := plan.NewGate(3)
	for range 3 {
		if !g.Admits(false, 0) {
			t.Fatal("not full, and nobody is admitted")
		}
		g.Enter(false)
	}
	if g.Admits(true, 0) || g.Admits(false, 0) {
		t.Error("a full gate admits another")
	}
	g.Leave(false)
	if !g.Admits(true, 0) {
		t.Error("one left, and nobody is admitted")
	}
	g.SetLimit(0)
	for range 100 {
		g.Enter(true)
	}
	if !g.Admits(false, 100) {
		t.Error("without a limit nobody is admitted")
	}
}

// Two thousand destinations that don't answer, each wanting eight: a quarter
// stays free for quick ones, and a few places for one that is new.
func TestSlowDestinationsShareAndLeaveRoom(t *testing.T) {
	t.Parallel()
	g := plan.NewSharedGate(4096)
	mine := make([]int, 2000)
	for range 8 {
		for i := range mine {
			if mine[i] < 8 && g.Admits(false, mine[i]) {
				g.Enter(false)
				mine[i]++
			}
		}
	}
	total := 0
	for _, n := range mine {
		total += n
	}
	if slices.Min(mine) < 1 || total > 3072 || !g.Admits(false, 0) {
		t.Errorf("they have %d, the least of them %d; another new one is admitted: %t", total, slices.Min(mine), g.Admits(false, 0))
	}
	for range 1024 {
		if !g.Admits(true, 500) {
			t.Fatal("a quick destination does not get what is kept for it")
		}
		g.Enter(true)
	}
}

func TestOneDestinationAloneGetsWhatItMay(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 8, 63, 64, 256, 4096} {
		g := plan.NewSharedGate(limit)
		n := 0
		for n < min(limit, 8) && g.Admits(false, n) {
			g.Enter(false)
			n++
		}
		if n != min(limit, 8) {
			t.Errorf("of %d it gets %d", limit, n)
		}
	}
}

func TestGroupsAreServedInTurnAndTheirMembersInTurn(t *testing.T) {
	t.Parallel()
	var r plan.Ring[string, int]
	for i := range 5 {
		r.Push("loud", i)
	}
	r.Push("a", 10)
	r.Push("b", 20)
	r.Push("a", 11)
	var got []int
	for m, ok := r.Pop(); ok; m, ok = r.Pop() {
		got = append(got, m)
		if len(got) == 4 {
			r.Push("b", 21)
		}
	}
	if want := []int{0, 10, 20, 1, 11, 2, 21, 3, 4}; !slices.Equal(got, want) || r.Len() != 0 {
		t.Errorf("served %v instead of %v, %d left", got, want, r.Len())
	}
}

func TestADripSpreadsWhatBeginsBeyondItsBurst(t *testing.T) {
	t.Parallel()
	d := plan.Drip{Widest: time.Millisecond, Least: time.Millisecond, Halves: time.Second, Burst: 3}
	begun := func(now time.Time) (n int) {
		for ; d.Ready(now); n++ {
			d.Take(now)
		}
		return n
	}
	for i, test := range []struct {
		after time.Duration
		want  int
	}{{0, 3}, {time.Millisecond - 1, 0}, {time.Millisecond, 1}, {3 * time.Millisecond, 2}, {time.Second, 3}} {
		if got := begun(noon.Add(test.after)); got != test.want {
			t.Errorf("step %d: %d begin after %v instead of %d", i, got, test.after, test.want)
		}
	}
}

func TestADripOpensWhileSomeWaitAndClosesWhenNoneDoes(t *testing.T) {
	t.Parallel()
	d := plan.Drip{Widest: 8 * time.Millisecond, Least: time.Millisecond, Halves: time.Second, Burst: 1}
	now := noon
	// second counts those that begin within one when so many want to, evenly.
	second := func(wanted int) (n int) {
		waiting := 0
		for end := now.Add(time.Second); now.Before(end); now = now.Add(time.Second / time.Duration(wanted)) {
			for waiting++; waiting > 0 && d.Ready(now); waiting-- {
				d.Take(now)
				n++
			}
		}
		return n
	}
	var pressed []int
	for range 6 {
		pressed = append(pressed, second(5000))
	}
	if first := pressed[0]; first < 125 || first > 250 {
		t.Errorf("%d begin in the first second", first)
	}
	for i, n := range pressed[1:] {
		if before := pressed[i]; n < min(before*3/2, 950) || n > 1000 {
			t.Errorf("%v begin in seconds under pressure", pressed)
		}
	}
	for range 12 {
		if n := second(50); n < 49 || n > 51 {
			t.Errorf("%d of 50 begin in a calm second", n)
		}
	}
	if n := second(5000); n > 250 {
		t.Errorf("%d begin in the first second after a calm", n)
	}
}
