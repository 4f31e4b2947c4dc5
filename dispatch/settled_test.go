package dispatch_test

import (
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
)

// settledAs is what Config.Settled was told.
type settledAs struct {
	state   onevent.State
	verdict onevent.Verdict
	took    time.Duration
}

func TestWhatIsSettledIsToldWithHowLongItTook(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		b.outcomes = make(chan settledAs, 10)
		b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Retry: "5s"})
		b.raise("ONCRMACTIVITYADD", 1, 1)
		b.next().status(200)
		b.raise("ONCRMACTIVITYADD", 2, 1)
		b.next().status(500)
		b.pass(6 * time.Second)
		b.store.refuse.Store(true)
		b.next().status(500)
		b.pass(10 * time.Second)
		b.store.refuse.Store(false)
		b.pass(10 * time.Second)
		for _, want := range []settledAs{
			{state: onevent.StateDelivered}, {state: onevent.StateWaiting}, {onevent.StateFailed, onevent.VerdictExhausted, 10 * time.Second},
		} {
			got := <-b.outcomes
			if took := got.took; got.state != want.state || got.verdict != want.verdict || took < want.took || took > want.took+6*time.Second {
				t.Errorf("told was %+v, not %+v", got, want)
			}
		}
		if len(b.outcomes) > 0 {
			t.Errorf("%d more were told", len(b.outcomes))
		}
	})
}
