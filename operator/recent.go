package operator

import (
	"maps"
	"sync"
	"time"

	"github.com/onevent/onevent"
)

// quiet is how long the same is not told again.
const quiet = time.Minute

// mostRecent bounds what is remembered of what was told. What finds no room is told
// each time.
const mostRecent = 1000

// subject is what an event is about: of two about the same within a minute only the
// first is told.
type subject struct {
	kind         string
	destination  onevent.DestinationID
	installation onevent.InstallationID
	object       onevent.Object
}

// recent is what was told lately.
type recent struct {
	mu sync.Mutex
	at map[subject]time.Time
}

func (r *recent) admits(e onevent.OperatorEvent, now time.Time) bool {
	s := subject{e.Type, e.Destination, e.Installation, e.Object}
	r.mu.Lock()
	defer r.mu.Unlock()
	if at, told := r.at[s]; told && now.Sub(at) < quiet {
		return false
	}
	if len(r.at) >= mostRecent {
		maps.DeleteFunc(r.at, func(_ subject, at time.Time) bool { return now.Sub(at) >= quiet })
	}
	if r.at == nil {
		r.at = map[subject]time.Time{}
	}
	if len(r.at) < mostRecent {
		r.at[s] = now
	}
	return true
}
