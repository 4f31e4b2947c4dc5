package oauth

import (
	"context"
	"errors"
	"time"

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

// Overlap is how long the refresh token before the newest goes on to refresh after
// the newest was given, for an application whose answer was lost.
const Overlap = 60 * time.Second

// FamilyLife is how long after its newest refresh a family of refresh tokens may
// still have one that is not expired: the newest may have been given again at the
// end of the overlap.
const FamilyLife = RefreshLife + Overlap

// Refreshed is what a refresh gives.
type Refreshed struct {
	Access Access
	Tokens Tokens
}

// Refresh exchanges a refresh token for new tokens of the same user with the
// installation's present scope. It writes one row for the token's family, and from
// then on the given refresh token is good for the Overlap alone, in which it
// gives tokens beside the newest and writes nothing. The error is a failure of the
// store.
func (a *Authority) Refresh(ctx context.Context, clientID, secret, refresh string) (Refreshed, Refusal, error) {
	return a.renewed(clientID, secret, purposeRefresh, refresh, func(c claims) error { return a.rotate(ctx, c) })
}

// renewed judges the client, then what he shows, and gives the next tokens of its
// family once use has used it up.
func (a *Authority) renewed(clientID, secret, purpose, proof string, use func(claims) error) (Refreshed, Refusal, error) {
	app := a.Directory.ApplicationByClientID(clientID)
	if app == nil {
		return Refreshed{}, WrongClient, nil
	}
	if !directory.SecretMatches(app, secret) {
		return Refreshed{}, InvalidClient, nil
	}
	c, ok := a.openClaims(purpose, proof)
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
	if err := use(c); errors.Is(err, errUsed) {
		return Refreshed{}, InvalidGrant, nil
	} else if err != nil {
		return Refreshed{}, Granted, err
	}
	acc.Chain = chainAfterRefresh(acc.Chain, a.Clock.Now())
	return Refreshed{Access: acc, Tokens: a.renew(acc, c)}, Granted, nil
}

var errUsed = errors.New("the refresh token was used")

// rotate uses a refresh token up. What comes too late may end its family: that
// is written, and the token is refused all the same.
func (a *Authority) rotate(ctx context.Context, c claims) error {
	var used bool
	err := a.Store.Update(ctx, func(tx onevent.Tx) error {
		used = false
		row, err := tx.TokenFamily(c.portal, c.family)
		if err != nil && !errors.Is(err, onevent.ErrNotFound) {
			return err
		}
		switch {
		case row.Generation == c.generation:
			return a.putNext(tx, c)
		case a.overlaps(row, c):
			return nil
		}
		used = true
		return a.reused(tx, row)
	})
	if err == nil && used {
		return errUsed
	}
	return err
}

// overlaps says that the token is the one before the newest, and was so not long
// enough to be refused. What it gives is of the newest generation again.
func (a *Authority) overlaps(row onevent.TokenFamily, c claims) bool {
	return row.Generation == c.generation+1 && a.Clock.Now().Sub(row.Time) < Overlap
}

// revoked is the generation of a family that no token has.
const revoked = -1

// reused ends the family of a token that is refused, on a portal that wants it:
// either the application holds an old token or a stranger does.
func (a *Authority) reused(tx onevent.Tx, row onevent.TokenFamily) error {
	p := a.Directory.Portal(row.Portal)
	if p == nil || !p.Settings.RevokeReused || row.Generation == revoked {
		return nil
	}
	row.Generation, row.Time = revoked, a.Clock.Now()
	return tx.PutTokenFamily(row)
}

// putNext writes that the next generation of a family is the newest.
func (a *Authority) putNext(tx onevent.Tx, c claims) error {
	return tx.PutTokenFamily(onevent.TokenFamily{
		Portal: c.portal, ID: c.family, Installation: c.installation, User: c.user,
		Generation: c.generation + 1, Time: a.Clock.Now(),
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
