// Package tail lets programs listen to what happens: events as they are
// committed, attempts as they end. A listener that is too slow loses lines and is
// told how many; nobody waits for it.
package tail

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
)

// MaxListeners may listen at once.
const MaxListeners = 64

// room is how many lines a listener may be behind.
const room = 256

// Line is something that happened: an event that was committed, or an attempt
// that ended.
type Line struct {
	Event      *onevent.Event
	Deliveries int                // of an event
	Attempt    *dispatch.Observed // nil: the event itself
}

// Hub passes lines on. Its zero value is ready to use.
type Hub struct {
	listening atomic.Int32

	mu        sync.RWMutex
	listeners map[*Listener]struct{}
	closed    bool
}

// Listener gets the lines that its filter wants. Close it.
type Listener struct {
	Lines   <-chan Line
	hub     *Hub
	lines   chan Line
	wants   func(*Line) bool
	dropped atomic.Int64
	ctx     context.Context
	end     context.CancelFunc
}

// Listen begins to listen. CodeUnavailable: too many do, or the hub is closed.
func (h *Hub) Listen(wants func(*Line) bool) (*Listener, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return nil, onevent.Errorf(onevent.CodeUnavailable, "the server is stopping")
	case len(h.listeners) >= MaxListeners:
		return nil, onevent.Errorf(onevent.CodeUnavailable, "%d programs listen already; end one of them", MaxListeners)
	case h.listeners == nil:
		h.listeners = map[*Listener]struct{}{}
	}
	l := &Listener{hub: h, lines: make(chan Line, room), wants: wants}
	l.Lines = l.lines
	l.ctx, l.end = context.WithCancel(context.Background())
	h.listeners[l] = struct{}{}
	h.listening.Add(1)
	return l, nil
}

// Close ends the listener.
func (l *Listener) Close() {
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	if _, there := l.hub.listeners[l]; there {
		delete(l.hub.listeners, l)
		l.hub.listening.Add(-1)
	}
	l.end()
}

// Ended ends when the hub is closed, or the listener.
func (l *Listener) Ended() context.Context { return l.ctx }

// Dropped is how many lines were lost since it was asked last.
func (l *Listener) Dropped() int64 { return l.dropped.Swap(0) }

// Close ends all listeners, and takes no others.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for l := range h.listeners {
		l.end()
	}
}

// Observe passes on an attempt. It returns at once.
func (h *Hub) Observe(o dispatch.Observed) {
	if h.listening.Load() > 0 {
		kept := o // on the heap only when somebody listens
		h.pass(Line{Event: o.Event, Attempt: &kept})
	}
}

// Raised passes on an event that was committed. It returns at once.
func (h *Hub) Raised(e *onevent.Event, deliveries int) {
	if h.listening.Load() > 0 {
		h.pass(Line{Event: e, Deliveries: deliveries})
	}
}

func (h *Hub) pass(line Line) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for l := range h.listeners {
		if !l.wants(&line) {
			continue
		}
		select {
		case l.lines <- line:
		default:
			l.dropped.Add(1)
		}
	}
}
