package rest

import (
	"context"
	"slices"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/oauth"
)

// Confirmation is how it stands with an administrator's confirmation of a method.
type Confirmation int

// The states.
const (
	ConfirmationWaiting Confirmation = iota
	ConfirmationGiven
	ConfirmationDenied
)

// Confirmations knows what administrators decided on methods that need them;
// *confirm.Keeper implements it.
type Confirmations interface {
	// Ask says how it stands with a method for an authorisation, for which the caller
	// showed a token or a webhook's code. The first time it is kept that it was asked.
	Ask(ctx context.Context, access oauth.Access, shown onevent.Secret, method string) (Confirmation, error)
}

// confirmed asks for the confirmation that a method needs by itself or by a setting
// of the portal; docs/protocol/app-lifecycle.md section 3.5.
func (x *exchange) confirmed(ctx context.Context, m *Method) *Error {
	if !m.Confirm && !slices.Contains(x.portal.Settings.ConfirmMethods, m.Name) {
		return nil
	}
	if x.server.Confirmations == nil {
		return errConfirmWaiting
	}
	state, err := x.server.Confirmations.Ask(ctx, x.access, x.shown, m.Name)
	switch {
	case err != nil:
		return x.failed(ctx, m, err)
	case state == ConfirmationGiven:
		return nil
	case state == ConfirmationDenied:
		return errConfirmDenied
	}
	return errConfirmWaiting
}
