package publish

import (
	"maps"
	"sync"
	"time"

	"github.com/onevent/onevent"
)

// When an application counts as looping on an object, and how often that is told.
const (
	loopChanges = 60 // by its tokens within loopWindow: more are a loop
	loopWindow  = time.Minute
	loopQuiet   = time.Hour
)

// What is remembered at most. A loop is missed while between two of its changes more
// than half of mostChanged other objects are changed, and told of no further one
// when mostLooping were within loopQuiet.
const (
	mostChanged = 10_000
	mostLooping = 1_000
)

// changed is one object as one application changes it.
type changed struct {
	installation onevent.InstallationID
	object       onevent.Object
}

// changes are how many there were since a moment.
type changes struct {
	since time.Time
	count int
}

// loops counts changes that applications make with their tokens. It forgets the
// objects that were not changed for the longest time: when as many as half of
// mostChanged were, those from before are old, and the old ones forgotten. A loop
// that lasts is found within two windows.
type loops struct {
	mu       sync.Mutex
	new, old map[changed]changes
	told     map[changed]time.Time
}

// note counts one change, and returns how many there were within loopWindow when
// that is to be told, else 0.
func (l *loops) note(c changed, now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.find(c)
	if n.count == 0 || now.Sub(n.since) >= loopWindow {
		n = changes{since: now}
	}
	n.count++
	l.keep(c, n)
	if n.count <= loopChanges || !l.mayTell(c, now) {
		return 0
	}
	return n.count
}

func (l *loops) find(c changed) changes {
	if n, ok := l.new[c]; ok {
		return n
	}
	return l.old[c]
}

func (l *loops) keep(c changed, n changes) {
	if _, ok := l.new[c]; !ok && len(l.new) >= mostChanged/2 {
		l.old, l.new = l.new, nil
	}
	if l.new == nil {
		l.new = map[changed]changes{}
	}
	l.new[c] = n
}

func (l *loops) mayTell(c changed, now time.Time) bool {
	if at, ok := l.told[c]; ok && now.Sub(at) < loopQuiet {
		return false
	}
	if len(l.told) >= mostLooping {
		maps.DeleteFunc(l.told, func(_ changed, at time.Time) bool { return now.Sub(at) >= loopQuiet })
	}
	if len(l.told) >= mostLooping {
		return false
	}
	if l.told == nil {
		l.told = map[changed]time.Time{}
	}
	l.told[c] = now
	return true
}

// lookForLoop counts a change that an application made with its tokens, once it is
// committed, and tells the operator when it is one of very many.
func (p *Publisher) lookForLoop(by onevent.InstallationID, event *onevent.Event) {
	if p.Tell == nil || by == 0 || event.Object.IsZero() || event.Object.Type == onevent.LifecycleObject {
		return
	}
	if n := p.loops.note(changed{by, event.Object}, event.Time); n > 0 {
		p.Tell(onevent.OperatorEvent{
			Type: onevent.OperatorLooping, Time: event.Time, Portal: event.Portal, Installation: by, Object: event.Object, Count: n,
		})
	}
}
