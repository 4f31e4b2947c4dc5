package directory_test

import (
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

func TestHandlersAreCountedAsTheyChange(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	began := b.Count()
	step := func(change func(*onevent.Handler), handlers, disabled int) {
		t.Helper()
		b.update(func(tx onevent.Tx) error {
			h := handlerRow(1, 77, first, "ONCRMDEALADD")
			change(&h)
			return b.PutHandler(tx, h)
		})
		want := directory.Count{Portals: 2, Handlers: began.Handlers + handlers, Disabled: began.Disabled + disabled}
		if got := b.Count(); got != want {
			t.Errorf("counted are %+v, not %+v", got, want)
		}
	}
	step(func(*onevent.Handler) {}, 1, 0)
	step(func(h *onevent.Handler) { h.Disabled = onevent.VerdictGone }, 1, 1)
	step(func(*onevent.Handler) {}, 1, 0)
	step(func(h *onevent.Handler) { h.Disabled = onevent.VerdictGone }, 1, 1)
	if got := b.restart().Count(); got != (directory.Count{Portals: 2, Handlers: began.Handlers + 1, Disabled: began.Disabled + 1}) {
		t.Errorf("after a restart counted are %+v", got)
	}
	b = open(t)
	b.seed()
	step(func(h *onevent.Handler) { h.Disabled, h.Ended = onevent.VerdictGone, noon }, 0, 0)
}
