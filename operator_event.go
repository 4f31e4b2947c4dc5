package onevent

import "time"

// OperatorEvent is what the operator of a server should hear of.
type OperatorEvent struct {
	Type        string // one of the constants below
	Time        time.Time
	Portal      PortalID
	Destination DestinationID
	Handler     HandlerID // 0: it concerns all handlers of the destination
	Verdict     Verdict
}

// Types of operator events.
const (
	OperatorHandlerDisabled = "handler.disabled"
	OperatorBacklogFull     = "backlog_full"
	OperatorBacklogLate     = "backlog.late" // a delivery is due for more than a minute
	OperatorDiskLow         = "disk.low"
	OperatorLooping         = "looping" // an application changes an object again and again
)
