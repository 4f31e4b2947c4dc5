package egress

import (
	"context"
	"sync"
	"time"

	"github.com/onevent/onevent"
)

// part is one of onevent.Phases.
type part int

const (
	queueing part = iota
	lookingUp
	connecting
	shakingHands
	answering
	readingBody
	parts
)

// stopwatch measures the parts of an attempt one after the other. Requests over a kept connection of HTTP/1.1 do
// without. A connection may go on being opened after the request has found another, or has ended: that counts no
// more.
type stopwatch struct {
	mu      sync.Mutex
	took    [parts]time.Duration
	running part
	since   time.Time
	carried bool // the request has a connection: what is dialled is for others
	ended   bool
}

type stopwatchKey struct{}

// startWatch begins with a part; whoever dials with the context goes on with the next.
func startWatch(ctx context.Context, first part) (context.Context, *stopwatch) {
	w := &stopwatch{running: first, since: time.Now()}
	return context.WithValue(ctx, stopwatchKey{}, w), w
}

// dialling begins a part of opening a connection, for the request whose context it is.
func dialling(ctx context.Context, p part) {
	if w, ok := ctx.Value(stopwatchKey{}).(*stopwatch); ok {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.carried {
			w.next(p)
		}
	}
}

// begin ends the part that runs and begins another, after which nothing that is dialled counts.
func (w *stopwatch) begin(p part) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.carried = true
	w.next(p)
}

func (w *stopwatch) next(p part) {
	if w.ended {
		return
	}
	now := time.Now()
	w.took[w.running] += now.Sub(w.since)
	w.running, w.since = p, now
}

// end ends the part that runs, and returns how long each took.
func (w *stopwatch) end() onevent.Phases {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next(w.running)
	w.ended = true
	return onevent.Phases{
		Queue: w.took[queueing], Lookup: w.took[lookingUp], Connect: w.took[connecting], TLS: w.took[shakingHands],
		Answer: w.took[answering], Body: w.took[readingBody],
	}
}

// sum adds up what an attempt took on two connections.
func sum(a, b onevent.Phases) onevent.Phases {
	return onevent.Phases{
		Queue: a.Queue + b.Queue, Lookup: a.Lookup + b.Lookup, Connect: a.Connect + b.Connect, TLS: a.TLS + b.TLS,
		Answer: a.Answer + b.Answer, Body: a.Body + b.Body,
	}
}
