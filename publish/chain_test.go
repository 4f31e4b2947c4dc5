package publish_test

import (
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/publish"
)

// answer raises what a handler causes with the authorisation of an event.
func (b *bed) answer(chain onevent.Chain) outcome {
	b.T.Helper()
	r := b.raised("999")
	r.Chain = chain
	return b.raise(r)
}

// docs/protocol/events.md section 8.
func TestAChainOfSevenIsDeliveredAndTheEighthIsCut(t *testing.T) {
	b := open(t)
	h, hooked := b.bind(b.app()), b.bind(hook, asUser(testportal.Admin))
	start := b.Clock.Now()
	var chain onevent.Chain
	for depth := 1; depth <= 7; depth++ {
		o := b.answer(chain)
		if len(o.deliveries) != 2 || o.Chain.Depth != depth || !o.Chain.Start.Equal(start) {
			t.Fatalf("event %d: %d deliveries, verdicts %v, chain %+v", depth, len(o.deliveries), o.Verdicts, o.Chain)
		}
		chain = o.Chain
		b.Clock.Advance(time.Minute)
	}
	o := b.answer(chain)
	if len(o.deliveries) != 0 || o.verdict(h) != onevent.VerdictLoop || o.verdict(hooked) != onevent.VerdictLoop {
		t.Errorf("the eighth: %d deliveries, %v", len(o.deliveries), o.Verdicts)
	}
	if o := b.answer(onevent.Chain{}); len(o.deliveries) != 2 || o.Chain.Depth != 1 {
		t.Errorf("an event beside the chain: %d deliveries, %+v", len(o.deliveries), o.Chain)
	}
	if o := b.answer(o.Chain); o.verdict(h) != onevent.VerdictLoop {
		t.Errorf("the ninth: %v", o.Verdicts)
	}
}

func TestAChainStartsAnewAfterItsHour(t *testing.T) {
	b := open(t)
	h := b.bind(b.app())
	deep := onevent.Chain{Depth: publish.MaxDepth, Start: b.Clock.Now()}
	b.Clock.Advance(time.Hour)
	if o := b.answer(deep); o.verdict(h) != onevent.VerdictLoop || !o.Chain.Start.Equal(deep.Start) {
		t.Errorf("in its last moment: %v, %+v", o.Verdicts, o.Chain)
	}
	b.Clock.Advance(time.Millisecond)
	if o := b.answer(deep); len(o.deliveries) != 1 || o.Chain != (onevent.Chain{Depth: 1, Start: b.Clock.Now()}) {
		t.Errorf("after it: %d deliveries, %+v", len(o.deliveries), o.Chain)
	}
}

func TestARootEventBeginsNoChain(t *testing.T) {
	b := open(t)
	b.bind(b.app())
	r := b.raised("999")
	r.Root, r.Chain = true, onevent.Chain{Depth: 7, Start: b.Clock.Now()}
	if o := b.raise(r); len(o.deliveries) != 1 || o.Chain != (onevent.Chain{}) {
		t.Errorf("%d deliveries, %+v", len(o.deliveries), o.Chain)
	}
}
