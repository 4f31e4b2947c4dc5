package onevent_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// counted is a function that counts its calls.
func counted() (f func(), calls func() int64) {
	var n atomic.Int64
	return func() { n.Add(1) }, func() int64 { synctest.Wait(); return n.Load() }
}

func TestAManualClockStandsUntilItIsMoved(t *testing.T) {
	t.Parallel()
	c := onevent.NewManualClock(noon)
	if first, second := c.Now(), c.Now(); !first.Equal(noon) || !second.Equal(noon) {
		t.Errorf("it tells %v, then %v", first, second)
	}
	c.Advance(90 * time.Minute)
	if got := c.Now(); !got.Equal(noon.Add(90 * time.Minute)) {
		t.Errorf("after Advance it tells %v", got)
	}
}

func TestAManualTimerIsDueAtItsMomentAndOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := onevent.NewManualClock(noon)
		f, calls := counted()
		stop := c.AfterFunc(time.Minute, f)
		for _, step := range []struct {
			by   time.Duration
			want int64
		}{{time.Minute - 1, 0}, {1, 1}, {time.Hour, 1}} {
			if c.Advance(step.by); calls() != step.want {
				t.Fatalf("%v after noon it was called %d times, want %d", c.Now().Sub(noon), calls(), step.want)
			}
		}
		if stop() {
			t.Error("a timer that was called is stopped")
		}
	})
}

func TestAStoppedManualTimerIsNeverCalled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := onevent.NewManualClock(noon)
		f, calls := counted()
		other, otherCalls := counted()
		stop := c.AfterFunc(time.Second, f)
		c.AfterFunc(time.Second, other)
		if !stop() {
			t.Error("a timer that was in time is not stopped")
		}
		if stop() {
			t.Error("it is stopped twice")
		}
		c.Advance(time.Hour)
		if calls() != 0 || otherCalls() != 1 {
			t.Errorf("the stopped one was called %d times, the other %d times", calls(), otherCalls())
		}
	})
}

func TestAManualTimerOfNoTimeIsDueAtTheNextAdvance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := onevent.NewManualClock(noon)
		f, calls := counted()
		c.AfterFunc(0, f)
		c.AfterFunc(-time.Hour, f)
		if calls() != 0 {
			t.Error("it was called while the clock stood")
		}
		if c.Advance(0); calls() != 2 {
			t.Errorf("%d calls, want 2", calls())
		}
	})
}

func TestAManualTimerMayAskAndSetTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := onevent.NewManualClock(noon)
		f, calls := counted()
		var saw time.Time
		c.AfterFunc(time.Second, func() {
			saw = c.Now()
			c.AfterFunc(time.Second, f)
		})
		c.Advance(time.Minute)
		if calls() != 0 || !saw.Equal(noon.Add(time.Minute)) {
			t.Errorf("it saw %v, and the next one was called %d times before its moment", saw, calls())
		}
		if c.Advance(time.Second); calls() != 1 {
			t.Errorf("the timer that a timer set was called %d times, want 1", calls())
		}
	})
}

func TestAManualClockIsSharedByGoroutines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := onevent.NewManualClock(noon)
		f, calls := counted()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 100 {
					c.AfterFunc(time.Second, f)
					c.AfterFunc(time.Hour, f)()
					c.Now()
					c.Advance(time.Second)
				}
			})
		}
		wg.Wait()
		if calls() != 800 || !c.Now().Equal(noon.Add(800*time.Second)) {
			t.Errorf("%d calls at %v", calls(), c.Now())
		}
	})
}

func TestTheSystemClockIsTheMachines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c onevent.Clock = onevent.SystemClock{}
		start := time.Now()
		if !c.Now().Equal(start) {
			t.Errorf("it tells %v at %v", c.Now(), start)
		}
		f, calls := counted()
		stopped, stoppedCalls := counted()
		c.AfterFunc(time.Minute, f)
		stop := c.AfterFunc(time.Minute, stopped)
		if !stop() || stop() {
			t.Error("stop does not report whether it came in time")
		}
		<-time.After(time.Minute - 1)
		if calls() != 0 {
			t.Error("it was called too early")
		}
		<-time.After(1)
		if calls() != 1 || stoppedCalls() != 0 || c.Now().Sub(start) != time.Minute {
			t.Errorf("%d calls, %d of the stopped one, at %v", calls(), stoppedCalls(), c.Now())
		}
	})
}
