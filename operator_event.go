package onevent

import (
	"strings"
	"time"
)

// OperatorEvent is what the operator of a server should hear of. Fields that are
// zero say nothing.
type OperatorEvent struct {
	Type         string // one of the constants below
	Time         time.Time
	Portal       PortalID
	Destination  DestinationID
	Handler      HandlerID // 0: it concerns all handlers of the destination
	Verdict      Verdict
	Installation InstallationID // whose tokens changed the object
	Object       Object
	Count        int // of changes
}

// Types of operator events.
const (
	OperatorHandlerDisabled = "handler.disabled"
	OperatorBacklogFull     = "backlog_full"
	OperatorBacklogLate     = "backlog.late" // a delivery is due for more than a minute
	OperatorDiskLow         = "disk.low"
	OperatorLooping         = "looping" // an application changes an object again and again
)

// The operator's own handler, and its destination, stand in deliveries of operator
// events. They have no row and no portal: the directory knows them by the server's
// configuration. No counter reaches these numbers.
const (
	OperatorHandler     HandlerID     = 1<<53 - 1
	OperatorDestination DestinationID = 1<<53 - 1
)

const operatorPrefix = "OPERATOR."

// OperatorCode is the code under which an operator event of a type is stored.
func OperatorCode(kind string) string { return operatorPrefix + strings.ToUpper(kind) }

// OperatorType is the type of an operator event that was stored under a code.
func OperatorType(code string) string {
	return strings.ToLower(strings.TrimPrefix(code, operatorPrefix))
}
