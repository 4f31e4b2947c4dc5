package publish

import "github.com/onevent/onevent"

// Watch is told what publishing decided, once it is committed. Its functions return
// at once; nil ones are not called.
type Watch struct {
	// Unserved is told which handlers an event was not for.
	Unserved func([]onevent.HandlerVerdict)
	// Cancelled is told that so many deliveries were cancelled because their handler
	// ended.
	Cancelled func(by onevent.Verdict, deliveries int)
}
