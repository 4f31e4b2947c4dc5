package oauth

import (
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

// Access is what a valid access token or incoming webhook stands for.
type Access struct {
	Portal       *onevent.Portal
	User         *onevent.User
	Installation *directory.Installation  // nil for a webhook
	Webhook      *onevent.IncomingWebhook // nil for a token
	Scope        []string
	Chain        onevent.Chain
	Expires      int64 // unix seconds; 0: never
	// Family is what a token shares with those that its refreshing gives; 0: it is not
	// refreshed.
	Family int64
}

// Refusal is why an authorisation does not hold, as the REST protocol and the
// authorisation server name it; docs/protocol/rest.md section 6.
type Refusal string

// The refusals, in the order in which they are judged; docs/protocol/rest.md
// section 4.
const (
	Granted            Refusal = ""
	NoAuth             Refusal = "NO_AUTH_FOUND"
	InvalidToken       Refusal = "invalid_token"
	InvalidCredentials Refusal = "INVALID_CREDENTIALS"
	NotInstalled       Refusal = "NOT_INSTALLED"
	PaymentRequired    Refusal = "PAYMENT_REQUIRED"
	ExpiredToken       Refusal = "expired_token"
	AuthorizationError Refusal = "authorization_error"
)

// CheckToken judges an access token for calls on a portal; nil means any
// portal. It asks no store. The caller judges the scope, which comes after
// ExpiredToken and before AuthorizationError.
func (a *Authority) CheckToken(portal *onevent.Portal, text string) (Access, Refusal) {
	if text == "" {
		return Access{}, NoAuth
	}
	c, ok := a.openClaims(purposeAccess, text)
	if !ok || (portal != nil && c.portal != portal.ID) {
		return Access{}, InvalidToken
	}
	return a.accessOf(c)
}

func (a *Authority) accessOf(c claims) (Access, Refusal) {
	acc := Access{
		Portal:       a.Directory.Portal(c.portal),
		Installation: a.Directory.Installation(c.portal, c.installation),
		User:         a.Directory.User(c.portal, c.user),
		Chain:        c.chain(),
		Expires:      c.expires,
		Family:       c.family,
	}
	switch {
	case acc.Portal == nil || acc.Installation == nil || acc.User == nil:
		return acc, InvalidToken
	case !acc.Installation.Active():
		return acc, NotInstalled
	case acc.Installation.Epoch != c.installEpoch || acc.User.Epoch != c.userEpoch && acc.User.Active:
		return acc, InvalidToken
	case acc.Installation.Expired:
		return acc, PaymentRequired
	case a.Clock.Now().Unix() >= c.expires:
		return acc, ExpiredToken
	}
	acc.Scope = acc.Installation.Scope
	if !acc.User.Active {
		return acc, AuthorizationError
	}
	return acc, Granted
}

// CheckWebhook judges the user and code of an incoming webhook's path.
func (a *Authority) CheckWebhook(portal *onevent.Portal, user onevent.UserID, code string) (Access, Refusal) {
	w := a.Directory.Webhook(portal.ID, user, code)
	if w == nil {
		return Access{}, InvalidCredentials
	}
	acc := Access{Portal: portal, User: a.Directory.User(portal.ID, user), Webhook: w, Scope: w.Scope}
	if acc.User == nil || !acc.User.Active {
		return acc, AuthorizationError
	}
	return acc, Granted
}

// chainAfterRefresh lets a chain go on only within an hour of its start, so
// that an application that keeps its newest token does not fall silent.
func chainAfterRefresh(chain onevent.Chain, now time.Time) onevent.Chain {
	if now.Sub(chain.Start) > time.Hour {
		return onevent.Chain{}
	}
	return chain
}
