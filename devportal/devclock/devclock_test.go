package devclock_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/devportal/devclock"
)

func forgets(time.Duration) error { return nil }

// bed is a clock over one of the machine that stands still, and what it called.
type bed struct {
	*devclock.Clock
	t       *testing.T
	machine *onevent.ManualClock

	mu     sync.Mutex
	called map[string]int
}

func inBubble(t *testing.T, ahead time.Duration, f func(*bed)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		machine := onevent.NewManualClock(time.Now())
		f(&bed{Clock: devclock.New(machine, ahead, forgets), t: t, machine: machine, called: map[string]int{}})
	})
}

func (b *bed) after(name string, d time.Duration) func() bool {
	return b.AfterFunc(d, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.called[name]++
	})
}

// skip sets the clock forward; pass lets time go by.
func (b *bed) skip(d time.Duration) {
	b.t.Helper()
	if err := b.Advance(d); err != nil {
		b.t.Fatal(err)
	}
	b.pass(0)
}

func (b *bed) pass(d time.Duration) {
	b.machine.Advance(d)
	synctest.Wait()
}

func (b *bed) want(name string, times int) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.called[name] != times {
		b.t.Errorf("%s was called %d times, want %d", name, b.called[name], times)
	}
}

func TestItGoesAsTheMachinesClockDoesAheadOfIt(t *testing.T) {
	inBubble(t, time.Hour, func(b *bed) {
		began := b.machine.Now()
		b.pass(time.Minute)
		b.skip(24 * time.Hour)
		b.pass(time.Second)
		if got, want := b.Now().Sub(began), 25*time.Hour+61*time.Second; got != want || b.Ahead() != 25*time.Hour {
			b.t.Errorf("it shows %s after the start, want %s; it is %s ahead", got, want, b.Ahead())
		}
	})
}

func TestWhatIsSkippedHappensAtOnceAndOnceOnly(t *testing.T) {
	inBubble(t, 0, func(b *bed) {
		b.after("an hour", time.Hour)
		b.after("a day", 24*time.Hour)
		b.after("a year", 365*24*time.Hour)
		b.skip(23 * time.Hour)
		b.want("an hour", 1)
		b.pass(time.Hour - 1)
		b.want("a day", 0)
		b.pass(1)
		b.want("a day", 1)
		b.skip(48 * time.Hour)
		b.pass(48 * time.Hour)
		b.want("an hour", 1)
		b.want("a day", 1)
		b.want("a year", 0)
	})
}

func TestWhatWasStoppedIsNotCalledHoweverTheClockMoves(t *testing.T) {
	inBubble(t, 0, func(b *bed) {
		stop, late := b.after("stopped", time.Hour), b.after("late", time.Minute)
		if !stop() {
			b.t.Error("stop says that it came too late")
		}
		b.skip(2 * time.Hour)
		b.pass(2 * time.Hour)
		b.want("stopped", 0)
		b.want("late", 1)
		if stop() || late() {
			b.t.Error("stop says that it came in time: once more, or after the call")
		}
	})
}

func TestItIsNeverSetBackNorBeyondItsEnd(t *testing.T) {
	t.Parallel()
	c := devclock.New(onevent.SystemClock{}, devclock.MaxAhead-time.Hour, forgets)
	for _, d := range []time.Duration{0, -time.Second, time.Hour + 1, 1<<63 - 1, -1 << 63} {
		if err := c.Advance(d); onevent.CodeOf(err) != onevent.CodeInvalid {
			t.Errorf("by %d: %v", d, err)
		}
	}
	if err := c.Advance(time.Hour); err != nil {
		t.Error(err)
	}
}

func TestWhatCanNotBeKeptDoesNotMoveIt(t *testing.T) {
	t.Parallel()
	var kept []time.Duration
	full := errors.New("the disk is full")
	c := devclock.New(onevent.SystemClock{}, time.Hour, func(d time.Duration) error {
		if kept = append(kept, d); len(kept) > 1 {
			return full
		}
		return nil
	})
	if err := c.Advance(time.Hour); err != nil {
		t.Error(err)
	}
	if err := c.Advance(time.Hour); !errors.Is(err, full) || c.Ahead() != 2*time.Hour || kept[1] != 3*time.Hour {
		t.Errorf("%v; it is %s ahead, kept were %s", err, c.Ahead(), kept)
	}
}
