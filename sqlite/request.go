package sqlite

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/onevent/onevent"
)

// request is one call of Update, Settle or SettleSoon on its way through the writer.
type request struct {
	fn func(onevent.Tx) error
	// essential goes on below the reserve of free disk.
	essential bool
	// patient waits for others with which to share a commit.
	patient bool
	stage   atomic.Int32
	done    chan struct{} // closed by the writer when the rest is final

	tx    *tx
	err   error
	panic any    // what fn panicked with
	stack []byte // where
	exit  bool   // fn ended its goroutine, as a test's FailNow does
}

// The stages of a request. Only one of writer and caller moves it on from
// queued.
const (
	queued int32 = iota
	begun
	withdrawn
)

func newRequest(fn func(onevent.Tx) error) *request {
	return &request{fn: fn, done: make(chan struct{})}
}

// begin says whether the caller still waits. A request that was put back has
// begun already.
func (r *request) begin() bool {
	return r.stage.CompareAndSwap(queued, begun) || r.stage.Load() == begun
}

// wait gives the outcome. It ends early with ctx, unless fn has begun. What
// ended fn goes on in the caller.
func (r *request) wait(ctx context.Context) error {
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.stage.CompareAndSwap(queued, withdrawn) {
			return ended(ctx)
		}
		<-r.done
	}
	if r.panic != nil {
		panic(r.panic)
	}
	if r.exit {
		runtime.Goexit()
	}
	return r.err
}

func ended(ctx context.Context) error {
	return onevent.Errorf(onevent.CodeUnavailable, "the wait for the store ended: %w", ctx.Err())
}
