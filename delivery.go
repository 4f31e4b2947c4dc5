package onevent

import "time"

// State of a delivery. A waiting one may be in flight: only the node that owns
// it knows.
type State uint8

// The states. All but StateWaiting are settled.
const (
	StateWaiting   State = 0
	StateDelivered State = 1
	StateFailed    State = 2
	StateCancelled State = 3
)

var stateNames = [...]string{"waiting", "delivered", "failed", "cancelled"}

// String is the name that APIs print.
func (s State) String() string { return stateNames[s] }

// Delivery is one event for one handler, in its destination's queue.
type Delivery struct {
	ID          DeliveryID
	Event       EventID
	Portal      PortalID
	Handler     HandlerID
	Destination DestinationID
	Lane        int
	// Seq ascends in commit order within a lane, with gaps: it is the order of
	// a destination's queue. The store draws it.
	Seq      int64
	Deadline time.Time // settled as failed when it passes; to the millisecond
	// ReplayOf is the delivery of which this one is a repetition that somebody asked
	// for; 0: of none. ReplayOfEvent: the event had no delivery for this handler.
	ReplayOf DeliveryID

	State    State
	Verdict  Verdict
	Attempts int       // requests made
	Retries  int       // of the retry schedule, used up
	Due      time.Time // not tried before; zero: at once
	Last     Attempt   // the newest attempt; zero Time: none
	// Settled is when the store was told that it waits no more, by the store's clock;
	// zero while it waits.
	Settled time.Time
}

// ReplayOfEvent stands in Delivery.ReplayOf where there is no delivery to name.
const ReplayOfEvent DeliveryID = -1

// Outcome is what became of a delivery after an attempt, or without one.
type Outcome struct {
	Delivery DeliveryID
	State    State // StateWaiting: it is tried again at Due
	Verdict  Verdict
	Attempt  Attempt // zero Time: no request was made
	Attempts int     // the new totals
	Retries  int
	Due      time.Time
}

// Waiting is a delivery that waits, with its event, as the queue reads it.
type Waiting struct {
	Delivery Delivery
	Event    *Event // shared between the deliveries of one page
}

// WaitingBytes bounds the data of the events of a WaitingPage.
const WaitingBytes = 4 << 20

// WaitingPage is a part of a destination's queue.
type WaitingPage struct {
	Rows []Waiting
	More bool // others wait behind these
}

// Backlog is how many deliveries wait for a destination.
type Backlog struct {
	Destination DestinationID
	Waiting     int64
}
