package onevent

// Verdict is a named reason why something was or was not done. The same word
// stands in the row, the log, the metric and the API.
type Verdict string

// Why a handler was not served when the event was raised.
const (
	VerdictNotInstalled Verdict = "not_installed" // the installer has not finished
	VerdictNotActive    Verdict = "not_active"    // the application's payment expired
	VerdictNoScope      Verdict = "no_scope"      // the installation has lost the event's scope
	VerdictNoAccess     Verdict = "no_access"     // the handler's user may not read the object
	VerdictLoop         Verdict = "loop"          // too deep in a chain of events that cause events
	VerdictBacklogFull  Verdict = "backlog_full"  // too many deliveries wait for the destination
	VerdictOffline      Verdict = "offline"       // it belongs to the pull queue
)

// Why a waiting delivery ended without success.
const (
	VerdictUnbound      Verdict = "unbound"
	VerdictUpdated      Verdict = "updated"
	VerdictUninstalled  Verdict = "uninstalled"
	VerdictUserInactive Verdict = "user_inactive"
	VerdictExpired      Verdict = "expired"   // its deadline passed
	VerdictExhausted    Verdict = "exhausted" // its retries are used up
	VerdictCancelled    Verdict = "cancelled" // the operator cancelled it
)

// Why something is not replayed or cancelled that was asked for.
const (
	VerdictWaiting      Verdict = "waiting"       // it waits: there is nothing to repeat
	VerdictReplayed     Verdict = "replayed"      // another delivery repeats it already
	VerdictServed       Verdict = "served"        // the handler had a delivery of the event
	VerdictHandlerEnded Verdict = "handler_ended" // and no other one leads from the event to its URL
	VerdictSettled      Verdict = "settled"       // it waits no more
)

// Why a handler is disabled while it stands.
const (
	VerdictGone      Verdict = "gone"       // it answered 410
	VerdictNoSuccess Verdict = "no_success" // nothing succeeded in five days and twenty attempts
)
