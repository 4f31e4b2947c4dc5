package limit

import (
	"sync"
	"time"

	"github.com/onevent/onevent"
)

// Window is how long a run counts, and bucketWidth what of it is forgotten at
// once; docs/protocol/rest.md section 9.
const (
	Window      = 10 * time.Minute
	bucketWidth = time.Minute
)

// shortest is how long a run may take without being counted.
const shortest = 100 * time.Millisecond

// Caller is whose run time is counted: an installation or an incoming webhook.
type Caller struct {
	Installation onevent.InstallationID
	Webhook      onevent.WebhookID
}

// Operating sums the run time of each method for each caller. It is safe for
// concurrent use.
type Operating struct {
	mu      sync.RWMutex
	windows map[operation][]run
}

type operation struct {
	caller Caller
	method string
}

// run is what was spent in one minute, since the first call in it.
type run struct {
	first time.Time
	spent time.Duration
}

// NewOperating makes an Operating that has counted nothing.
func NewOperating() *Operating { return &Operating{windows: map[operation][]run{}} }

// Usage is what a caller has used up of a method's run time.
type Usage struct {
	Spent time.Duration
	// ResetAt is when the oldest run that is counted will be forgotten; zero when
	// none is.
	ResetAt time.Time
}

// Usage sums what counts now.
func (o *Operating) Usage(c Caller, method string, now time.Time) Usage {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return usageOf(o.windows[operation{c, method}], now)
}

func usageOf(runs []run, now time.Time) Usage {
	var u Usage
	for _, r := range runs {
		if !r.counts(now) {
			continue
		}
		if u.Spent == 0 {
			u.ResetAt = r.first.Add(Window)
		}
		u.Spent += r.spent
	}
	return u
}

func (r run) counts(now time.Time) bool { return now.Sub(r.first) < Window }

// Add counts a run that began at a moment, unless it was a short one, and
// returns what counts then.
func (o *Operating) Add(c Caller, method string, began time.Time, spent time.Duration) Usage {
	now := began.Add(spent)
	if spent <= shortest {
		return o.Usage(c, method, now)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	key := operation{c, method}
	runs := forget(o.windows[key], now)
	if last := len(runs) - 1; last >= 0 && began.Sub(runs[last].first) < bucketWidth {
		runs[last].spent += spent
	} else {
		runs = append(runs, run{began, spent})
	}
	o.windows[key] = runs
	o.sweep(now)
	return usageOf(runs, now)
}

// forget drops what no longer counts.
func forget(runs []run, now time.Time) []run {
	for len(runs) > 0 && !runs[0].counts(now) {
		runs = runs[1:]
	}
	return runs
}

// sweep forgets whose newest run no longer counts. There are few: only slow
// methods come here.
func (o *Operating) sweep(now time.Time) {
	for key, runs := range o.windows {
		if len(forget(runs, now)) == 0 {
			delete(o.windows, key)
		}
	}
}
