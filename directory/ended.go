package directory

import (
	"slices"
	"time"

	"github.com/onevent/onevent"
)

// endedHandlers are those that stand no more and whose rows are still there: few
// beside those that stand.
type endedHandlers map[onevent.PortalID]map[onevent.HandlerID]*onevent.Handler

func (e endedHandlers) set(h *onevent.Handler) {
	if h.Stands() {
		e.remove(h)
		return
	}
	of := e[h.Portal]
	if of == nil {
		of = map[onevent.HandlerID]*onevent.Handler{}
		e[h.Portal] = of
	}
	of[h.ID] = h
}

func (e endedHandlers) remove(h *onevent.Handler) {
	of := e[h.Portal]
	delete(of, h.ID)
	if len(of) == 0 {
		delete(e, h.Portal)
	}
}

// EndedHandlers lists the handlers of an event code on a portal that have ended,
// in the order of id.
func (d *Directory) EndedHandlers(portal onevent.PortalID, event string) []*onevent.Handler {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []*onevent.Handler
	for _, h := range d.ended[portal] {
		if h.Event == event {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b *onevent.Handler) int { return int(a.ID - b.ID) })
	return out
}

// EndedBefore lists the handlers that had ended by then, in no order.
func (d *Directory) EndedBefore(t time.Time) []*onevent.Handler {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []*onevent.Handler
	for _, of := range d.ended {
		for _, h := range of {
			if h.Ended.Before(t) {
				out = append(out, h)
			}
		}
	}
	return out
}
