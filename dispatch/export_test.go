package dispatch

import "github.com/onevent/onevent"

// Queues counts those that the engine holds.
func Queues(e *Engine) int { return len(e.all()) }

// TellingAnAttempt is what an attempt costs beside itself for those who watch.
func TellingAnAttempt(e *Engine) func() {
	f := &flight{q: &queue{}, entry: entry{event: &content{Event: &onevent.Event{}}}}
	o := &onevent.Outcome{Attempt: onevent.Attempt{Time: e.Clock.Now(), Status: 200}}
	return func() { e.log(f, o) }
}
