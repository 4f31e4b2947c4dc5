// Package e2e_test kills the real server and fills its disk under load.
package e2e_test

import (
	"flag"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }

var kills = flag.Int("kills", 20, "how often the kill test kills the server")

// TestKillLosesNothingAcknowledged kills the real server at random moments under
// publishing load. What was answered with 202 is delivered after all, and what
// is about one object comes first in the order in which it was published.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	o := newOperator(t, t.TempDir(), "")
	l := &publishers{o: o}
	for range *kills {
		l.run(time.Duration(20+rand.IntN(300)) * time.Millisecond)
		o.start()
	}
	o.untilSettled(2 * time.Minute)
	if missing := o.sink.missing(l.acknowledged); len(missing) > 0 {
		t.Errorf("%d of %d acknowledged events are lost: %v ...", len(missing), len(l.acknowledged), missing[:min(len(missing), 5)])
	}
	if len(o.sink.swapped) > 0 {
		t.Errorf("%d events overtook another of their object: %v ...", len(o.sink.swapped), o.sink.swapped[:min(len(o.sink.swapped), 5)])
	}
	if len(l.acknowledged) < *kills {
		t.Errorf("only %d events were acknowledged over %d kills", len(l.acknowledged), *kills)
	}
	t.Logf("%d kills, %d acknowledged, 0 lost allowed, %d delivered more than once", *kills, len(l.acknowledged), o.sink.repeats)
}

// publishers publish until the server dies, each about objects of its own.
type publishers struct {
	o            *operator
	mu           sync.Mutex
	acknowledged []fact
	seq          [publisherCount]int
}

const (
	publisherCount = 8
	objectsEach    = 3
	perArray       = 10
)

// run publishes for a while, then kills the server in the middle of it.
func (l *publishers) run(d time.Duration) {
	var dead atomic.Bool
	var wg sync.WaitGroup
	for i := range publisherCount {
		wg.Go(func() {
			for !dead.Load() && l.call(i) {
			}
		})
	}
	killed := make(chan struct{})
	time.AfterFunc(d, func() {
		defer close(killed)
		l.o.Kill()
		dead.Store(true)
	})
	<-killed
	wg.Wait()
}

// call publishes one event or, in every other publisher, an array. Without an
// answer nobody knows what became of it, and its numbers are not used again.
func (l *publishers) call(publisher int) bool {
	count := 1
	if publisher%2 == 1 {
		count = perArray
	}
	var facts []fact
	var events []any
	for range count {
		l.seq[publisher]++
		f := fact{publisher*objectsEach + l.seq[publisher]%objectsEach + 1, l.seq[publisher]}
		facts = append(facts, f)
		events = append(events, event(f.object, f.seq, ""))
	}
	status, _, err := l.o.admin("POST", "/portals/"+l.o.member+"/events", events)
	if err != nil || status != 202 {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acknowledged = append(l.acknowledged, facts...)
	return true
}
