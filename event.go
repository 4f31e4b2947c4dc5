package onevent

import "time"

// Event is a fact on a portal.
type Event struct {
	ID     EventID
	Portal PortalID
	Code   string // upper case
	Data   []byte // JSON with its keys in order; empty: no data
	Actor  UserID // who caused it; 0: nobody
	Object Object
	Time   time.Time // to the millisecond
	Chain  Chain
	// Verdicts name every handler of the code that was not served, and why.
	Verdicts []HandlerVerdict
	// Trace is where it was raised, while it is in memory: the store does not keep it.
	Trace Trace
}

// Object is what an event is about. Deliveries about one object keep their
// order at a destination; an event without one waits for none.
type Object struct {
	Type string // the catalogue's object type, or LifecycleObject
	ID   string
}

// LifecycleObject is the object type of the events that tell an application of
// its own fate, ONAPP* but ONAPPTEST; the id is the client_id.
const LifecycleObject = "app"

// IsZero says that the event is about no single object.
func (o Object) IsZero() bool { return o.ID == "" }

// Chain is how deep an event lies in a chain of events that cause events, and
// when the first of them happened. Authorisation sent with an event carries it
// on. Depth 0: no chain.
type Chain struct {
	Depth int
	Start time.Time
}

// HandlerVerdict says why one handler was not served.
type HandlerVerdict struct {
	Handler HandlerID `json:"handler"`
	Verdict Verdict   `json:"verdict"`
}
