// Package onevent holds the words of the platform as types, the contract that
// every store obeys, the error codes and the clock. It imports only the
// standard library, and every other room imports it.
//
// The words are those of docs/concepts.md: a portal has users and
// installations of applications; an installation binds handlers; an event on a
// portal becomes one delivery for each handler that it matches; a delivery is
// tried in attempts until it is settled.
package onevent

// Identities are unique in the whole store and below 2^53, so that every JSON
// reader keeps them exact. A UserID alone is counted within its portal.
type (
	PortalID       int64
	UserID         int64
	ApplicationID  int64
	FileSetID      int64
	InstallationID int64
	WebhookID      int64
	HandlerID      int64
	DestinationID  int64
	EventID        int64
	DeliveryID     int64
)
