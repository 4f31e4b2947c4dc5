package onevent

import "time"

// Kinds of application; docs/protocol/app-lifecycle.md section 1.
const (
	KindLocal  = "local"
	KindMarket = "market"
)

// Application is a third party's program, known to the whole server.
type Application struct {
	ID         ApplicationID
	ClientID   string // docs/protocol/oauth.md section 6; unique
	SecretHash []byte // SHA-256 of the client_secret, which is shown once
	Name       string
	Kind       string // KindLocal or KindMarket
	UI         bool   // its pages are shown in a frame on the portal
	Static     bool   // they are files without a server behind them: they are opened by GET
	// RotateToken is `never` (or empty) or `update`: whether application_token
	// changes with each update.
	RotateToken string
	Delivery    DeliveryOptions // of its destinations on every portal
	Created     time.Time
}

// Values of Application.RotateToken.
const (
	RotateNever  = "never"
	RotateUpdate = "update"
)

// Version is what an application registered under one version number.
type Version struct {
	Application ApplicationID
	Ordinal     int64    // 1, 2, ...: the integer that app.info shows
	Text        string   // digits and dots, at most 20: what events show; unique within the application
	Scope       []string // in the order of registration
	AppURL      string
	InstallURL  string
	EventURL    string
}

// Installation is one life of an application on a portal, from install to
// uninstall. Installing again begins another; an ended one stays readable until
// the last delivery that refers to it has left the log.
//
// Unique while it stands: portal, application.
type Installation struct {
	ID          InstallationID
	Portal      PortalID
	Application ApplicationID
	Version     int64 // ordinal
	Scope       []string
	Status      string    // F D T P S, local always L: docs/protocol/events.md section 3.4
	Installed   bool      // false until the installer finished
	Expired     bool      // PAYMENT_EXPIRED: PaidUntil and the grace after it are over
	PaidUntil   time.Time // zero: there is nothing to pay
	Language    string    // LANGUAGE_ID of its life-cycle events
	InstalledBy UserID
	Epoch       int64  // grows when every token of the installation must die
	Sealed      []byte // InstallationSecrets, sealed with the server's key
	Created     time.Time
	Ended       time.Time // zero while it stands
}

// Active says whether the installation stands: REST answers its tokens.
// Events flow only when it is Installed and not Expired too.
func (i *Installation) Active() bool { return i.Ended.IsZero() }

// DaysLeft are the whole days that are left of what was paid for, 0 when they are
// over; limited says whether there is anything to pay.
func (i *Installation) DaysLeft(now time.Time) (days int64, limited bool) {
	if i.PaidUntil.IsZero() {
		return 0, false
	}
	return max(i.PaidUntil.Unix()-now.Unix(), 0) / (24 * 60 * 60), true
}

// InstallationSecrets are what an application checks the sender with. An outgoing
// webhook has the same.
type InstallationSecrets struct {
	ApplicationToken Secret
	SigningSecret    Secret // whsec_..., Standard Webhooks
	// FormerSigningSecret signs beside it until FormerUntil, to the second; empty:
	// there was none, or it was ended at once.
	FormerSigningSecret Secret
	FormerUntil         time.Time
}

// IncomingWebhook lets a program act as a user without an application;
// docs/protocol/oauth.md section 8.
type IncomingWebhook struct {
	ID       WebhookID
	Portal   PortalID
	User     UserID
	CodeHash []byte // SHA-256 of the code, which is shown once
	Scope    []string
	Created  time.Time
	Ended    time.Time
}

// OutgoingWebhook gets events without an application: a person chose them, and the
// one URL to which all its handlers lead. docs/protocol/events.md section 9.
//
// Its handlers' user is its creator, by whose rights it is judged. No tokens are
// sent.
type OutgoingWebhook struct {
	ID      WebhookID // not told apart from that of an incoming one by its number
	Portal  PortalID
	User    UserID // who made it
	Name    string // for people; perhaps empty
	Sealed  []byte // InstallationSecrets, sealed with the server's key; empty once it has ended
	Created time.Time
	Ended   time.Time // zero while it stands; an ended one stays readable
}

// Stands says whether the webhook still takes events.
func (w *OutgoingWebhook) Stands() bool { return w.Ended.IsZero() }
