package oauth

import (
	"context"
	"errors"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

// CodeLife is how long an authorisation code is good; docs/protocol/oauth.md
// section 2.
const CodeLife = 30 * time.Second

const purposeCode = "authorization code"

// Code makes an authorisation code. It writes nothing: the code begins a family
// of refresh tokens, and the row that its exchange writes is what uses it up.
func (a *Authority) Code(inst *directory.Installation, user *onevent.User) string {
	c := claimsOf(Grant{Installation: inst, User: user})
	c.family = newFamily()
	c.expires = a.Clock.Now().Add(CodeLife).Unix()
	return a.sealClaims(purposeCode, c)
}

// Exchange gives tokens for an authorisation code, once: a second exchange is
// InvalidGrant, and leaves alone what the first one gave, for a doubled request
// must not lock an application out. The error is a failure of the store.
func (a *Authority) Exchange(ctx context.Context, clientID, secret, code string) (Refreshed, Refusal, error) {
	return a.renewed(clientID, secret, purposeCode, code, func(c claims) error { return a.useUp(ctx, c) })
}

// useUp writes the row of the family that a code begins.
func (a *Authority) useUp(ctx context.Context, c claims) error {
	return a.Store.Update(ctx, func(tx onevent.Tx) error {
		_, err := tx.TokenFamily(c.portal, c.family)
		if err == nil {
			return errUsed
		}
		if !errors.Is(err, onevent.ErrNotFound) {
			return err
		}
		return a.putNext(tx, c)
	})
}
