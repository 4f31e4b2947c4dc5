package oauth

import (
	"context"
	"errors"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

// Errors of the authorisation server that are not refusals of a token;
// docs/protocol/oauth.md section 4.
const (
	InvalidRequest Refusal = "invalid_request"
	WrongClient    Refusal = "wrong_client"
	InvalidClient  Refusal = "invalid_client"
	InvalidGrant   Refusal = "invalid_grant"
)

// Refreshed is what a refresh gives.
type Refreshed struct {
	Access Access
	Tokens Tokens
}

// Refresh exchanges a refresh token for new tokens of the same user with the
// installation's present scope. It writes one row for the token's family and
// makes the given refresh token void. The error is a failure of the store.
func (a *Authority) Refresh(ctx context.Context, clientID, secret, refresh string) (Refreshed, Refusal, error) {
	app := a.Directory.ApplicationByClientID(clientID)
	if app == nil {
		return Refreshed{}, WrongClient, nil
	}
	if !directory.SecretMatches(app, secret) {
		return Refreshed{}, InvalidClient, nil
	}
	c, ok := a.openClaims(purposeRefresh, refresh)
	if !ok || c.family == 0 {
		return Refreshed{}, InvalidGrant, nil
	}
	acc, refusal := a.accessOf(c)
	if acc.Installation == nil || acc.Installation.Application != app.ID {
		return Refreshed{}, InvalidGrant, nil
	}
	switch refusal {
	case Granted:
	case NotInstalled, PaymentRequired:
		return Refreshed{}, refusal, nil
	default:
		return Refreshed{}, InvalidGrant, nil
	}
	if err := a.rotate(ctx, c); errors.Is(err, errUsed) {
		return Refreshed{}, InvalidGrant, nil
	} else if err != nil {
		return Refreshed{}, Granted, err
	}
	acc.Chain = chainAfterRefresh(acc.Chain, a.Clock.Now())
	return Refreshed{Access: acc, Tokens: a.renew(acc, c)}, Granted, nil
}

var errUsed = errors.New("the refresh token was used")

func (a *Authority) rotate(ctx context.Context, c claims) error {
	return a.Store.Update(ctx, func(tx onevent.Tx) error {
		row, err := tx.TokenFamily(c.portal, c.family)
		if err != nil && !errors.Is(err, onevent.ErrNotFound) {
			return err
		}
		if row.Generation != c.generation {
			return errUsed
		}
		return tx.PutTokenFamily(onevent.TokenFamily{
			Portal: c.portal, ID: c.family, Installation: c.installation, User: c.user,
			Generation: c.generation + 1, Time: a.Clock.Now(),
		})
	})
}

func (a *Authority) renew(acc Access, old claims) Tokens {
	now := a.Clock.Now()
	c := claimsOf(Grant{Installation: acc.Installation, User: acc.User, Chain: acc.Chain})
	c.family, c.generation = old.family, old.generation+1
	c.expires = now.Add(AccessLife).Unix()
	t := Tokens{Access: a.sealClaims(purposeAccess, c), Expires: c.expires}
	c.expires = now.Add(RefreshLife).Unix()
	t.Refresh = a.sealClaims(purposeRefresh, c)
	return t
}
