package onevent

import "time"

// OperatorEvent is what the operator of a server should hear of.
type OperatorEvent struct {
	Type        string // OperatorHandlerDisabled, OperatorBacklogFull
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
)
