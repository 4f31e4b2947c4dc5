package watch_test

import (
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/watch"
)

// What a delivery costs in numbers: an attempt and its outcome.
func BenchmarkADelivery(b *testing.B) {
	n := watch.New()
	at := time.Unix(1727018926, 0)
	o := dispatch.Observed{Event: &onevent.Event{Time: at}, Outcome: onevent.Outcome{
		State: onevent.StateDelivered, Attempt: onevent.Attempt{Time: at, Status: 200, Took: 3 * time.Millisecond},
	}}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n.Attempted(o)
			n.Settled(o.Outcome.State, o.Outcome.Verdict, time.Millisecond)
		}
	})
}
