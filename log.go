package onevent

import "time"

// LogReader searches the log: events and deliveries, those that wait included. A
// search reads little beside what it finds, however long the log is.
type LogReader interface {
	// SearchDeliveries finds deliveries in the order of identity. CodeInvalid: the
	// search can't be made.
	SearchDeliveries(DeliverySearch) (DeliveryPage, error)
	// SearchEvents finds events in the order of identity.
	SearchEvents(EventSearch) (EventPage, error)
	// Delivery reads one; ErrNotFound.
	Delivery(id DeliveryID) (Delivery, error)
	// ReplaysOf names the replays of a delivery, oldest first.
	ReplaysOf(id DeliveryID) ([]DeliveryID, error)
}

// MaxSearch is the largest Limit of a search.
const MaxSearch = 1000

// DeliverySearch says which deliveries are wanted: those that fulfil all that is
// not zero.
type DeliverySearch struct {
	Portal      PortalID
	Application ApplicationID
	Handler     HandlerID
	Destination DestinationID
	Code        string // of the event
	Object      Object // both parts
	States      []State
	Verdict     Verdict   // of those that failed or were cancelled
	From, Until time.Time // of the event: From <= Time < Until

	// After is where the page before ended; 0: at the beginning, which is the
	// newest, or with Oldest the oldest.
	After  DeliveryID
	Oldest bool
	Limit  int // 1 to MaxSearch
}

// DeliveryPage is a part of what was found.
type DeliveryPage struct {
	Rows []Logged
	// Next is After of the next page; 0: there is none. A page may be shorter than
	// its limit, or empty, although others follow: a page reads so much and no more.
	Next DeliveryID
}

// Logged is a delivery with its event, whose Data and Verdicts are left out.
type Logged struct {
	Delivery Delivery
	Event    *Event // shared between the deliveries of a page
}

// EventSearch says which events are wanted: those that fulfil all that is not
// zero.
type EventSearch struct {
	Portal      PortalID
	Code        string
	Object      Object // both parts
	Unserved    bool   // those without a delivery
	From, Until time.Time

	After  EventID // as in DeliverySearch
	Oldest bool
	Limit  int
}

// EventPage is a part of what was found; Next as in DeliveryPage. The events'
// Data is left out.
type EventPage struct {
	Rows []Event
	Next EventID
}

// Retention says what the log may forget. A zero value keeps everything.
type Retention struct {
	// Settled: deliveries that were settled before, and events before it all of
	// whose deliveries are gone.
	Settled time.Time
	// Unserved: events before it that matched no handler.
	Unserved time.Time
	// Size is how many bytes the store may use beside the files of applications;
	// while it uses more, the oldest that is settled goes. 0: no limit.
	Size int64
}

// Swept is what a step of Store.Sweep removed.
type Swept struct {
	Events, Deliveries int64
	More               bool
}
