package onevent

import "time"

// Portal is an account: users, installations and events belong to one.
type Portal struct {
	ID       PortalID
	MemberID string // 32 lower-case hex digits, fixed for life; unique
	Domain   string // host without scheme and port; unique
	// Formerly are domains that the portal had before, oldest first, without
	// those that a portal has now: who calls under one is sent to PublicURL.
	Formerly []string
	// PublicURL is scheme, host and port by which applications reach the
	// portal, without a slash at the end.
	PublicURL string
	Language  string // two letters: LANGUAGE_ID of its events
	TimeZone  string // IANA name; dates without an offset are read in it
	Settings  PortalSettings
	Created   time.Time
}

// PortalSettings are what an operator may change on one portal. The zero value
// is the documented behaviour.
type PortalSettings struct {
	// RefreshToken is `documented` (or empty: refresh_token only in the events
	// that docs/protocol/events.md section 3.2 names) or `always`.
	RefreshToken string `json:"events.refresh_token,omitempty"`
	// NoAccessCheck delivers without asking whether the handler's user may
	// read the object.
	NoAccessCheck bool `json:"events.no_access_check,omitempty"`
	// RateBurst and RatePerSecond are the leaky bucket that REST calls from one
	// address fill: how many it holds, and how many leave it in a second. 0: no
	// limit. docs/protocol/rest.md section 9.
	RateBurst     int     `json:"rest.rate_burst,omitempty"`
	RatePerSecond float64 `json:"rest.rate_per_second,omitempty"`
	// OperatingLimit is how many seconds one method may run for one application
	// or webhook within ten minutes. 0: no limit.
	OperatingLimit int `json:"rest.operating_limit,omitempty"`
	// EventRate is how many events a second may be raised on the portal, those of
	// an application's own life aside. 0: no limit.
	EventRate float64 `json:"events.rate,omitempty"`
	// EventBurst is how many of them may come at once; 0: those of one second.
	EventBurst int `json:"events.burst,omitempty"`
	// RevokeReused ends a family of refresh tokens when one of them comes that
	// was used too long ago to be an answer's that got lost.
	RevokeReused bool `json:"oauth.revoke_reused,omitempty"`
	// ConfirmMethods are names of methods, in lower case, that an administrator must
	// confirm beside those that need it anyhow;
	// docs/protocol/app-lifecycle.md section 3.5.
	ConfirmMethods []string `json:"rest.confirm_methods,omitempty"`
}

// Values of PortalSettings.RefreshToken.
const (
	RefreshTokenDocumented = "documented"
	RefreshTokenAlways     = "always"
)

// User is a person on a portal.
type User struct {
	Portal    PortalID
	ID        UserID // 1, 2, ... within the portal
	Active    bool   // false: dismissed
	Admin     bool
	Email     string
	Name      string
	LastName  string
	Gender    string // "M", "F" or empty
	TimeZone  string // IANA name; empty: the portal's
	Password  string // as package password makes it; empty: cannot sign in
	Epoch     int64  // grows when every token of the user must die
	CreatedAt time.Time
}
