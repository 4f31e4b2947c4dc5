package tail_test

import (
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/tail"
)

func all(*tail.Line) bool { return true }

func listen(t *testing.T, h *tail.Hub, wants func(*tail.Line) bool) *tail.Listener {
	t.Helper()
	l, err := h.Listen(wants)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func TestAListenerGetsWhatItsFilterWants(t *testing.T) {
	t.Parallel()
	h := &tail.Hub{}
	everything, attempts := listen(t, h, all), listen(t, h, func(l *tail.Line) bool { return l.Attempt != nil })
	e := &onevent.Event{ID: 7}
	h.Raised(e, 2)
	h.Observe(dispatch.Observed{Event: e, Delivery: 8})
	if line := <-everything.Lines; line.Event != e || line.Deliveries != 2 || line.Attempt != nil {
		t.Errorf("got %+v", line)
	}
	for _, l := range []*tail.Listener{everything, attempts} {
		if line := <-l.Lines; line.Event != e || line.Attempt.Delivery != 8 {
			t.Errorf("got %+v", line)
		}
	}
}

func TestASlowListenerLosesLinesAndIsToldHowMany(t *testing.T) {
	t.Parallel()
	h := &tail.Hub{}
	l := listen(t, h, all)
	for range 1000 {
		h.Raised(&onevent.Event{}, 0)
	}
	kept := len(l.Lines)
	if lost := l.Dropped(); lost == 0 || int(lost)+kept != 1000 {
		t.Errorf("%d kept, %d lost", kept, lost)
	}
	if l.Dropped() != 0 {
		t.Error("they were counted twice")
	}
}

func TestNoMoreThanSomeListenAndNobodyAfterTheEnd(t *testing.T) {
	t.Parallel()
	h := &tail.Hub{}
	var last *tail.Listener
	for range tail.MaxListeners {
		last = listen(t, h, all)
	}
	if _, err := h.Listen(all); onevent.CodeOf(err) != onevent.CodeUnavailable {
		t.Errorf("one more: %v", err)
	}
	last.Close()
	last.Close()
	again := listen(t, h, all)
	h.Close()
	if again.Ended().Err() == nil {
		t.Error("it goes on")
	}
	again.Close()
	if _, err := h.Listen(all); onevent.CodeOf(err) != onevent.CodeUnavailable {
		t.Errorf("after the end: %v", err)
	}
}

func TestNobodyListeningCostsNextToNothing(t *testing.T) {
	h, e := &tail.Hub{}, &onevent.Event{}
	if n := testing.AllocsPerRun(100, func() { h.Raised(e, 1); h.Observe(dispatch.Observed{Event: e}) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
