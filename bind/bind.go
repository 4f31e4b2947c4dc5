// Package bind decides what a handler must be that somebody binds, writes it, and ends
// it: for event.bind and event.unbind, and for the management API, which does the same
// in the name of an application. docs/protocol/events.md sections 4.1 and 4.2.
package bind

import (
	"context"
	"errors"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/publish"
)

// MaxConnector is the longest auth_connector, in bytes.
const MaxConnector = 255

// Binder binds and ends handlers. All fields but RequireDot must be set.
//
// Its errors are *Refusal, and those of the store.
type Binder struct {
	Store     onevent.Store
	Directory *directory.Directory
	Publisher *publish.Publisher
	Clock     onevent.Clock
	// RequireDot refuses handlers on names without a dot;
	// docs/protocol/events.md section 4.1 row 8.
	RequireDot bool
}

// Request is a handler that is to be bound.
type Request struct {
	Portal    onevent.PortalID
	Owner     onevent.Owner // an installation
	Event     string        // upper case
	URL       string
	User      onevent.UserID // whose tokens are sent; 0: the actor's
	Connector string
	Base      string                   // as onevent.Handler has it
	Options   *onevent.DeliveryOptions // of the destination; nil: as they are
}

// CheckTarget makes the checks 8 to 10 of docs/protocol/events.md section 4.1 for an
// online handler; scope is that of who binds it.
func (b *Binder) CheckTarget(url, event string, scope []string) error {
	switch err := egress.CheckURL(url, b.RequireDot); {
	case errors.Is(err, egress.ErrScheme):
		return refuse(WrongScheme, onevent.CodeInvalid, "handler: %w", err)
	case err != nil:
		return refuse(WrongURL, onevent.CodeInvalid, "handler: %w", err)
	}
	return b.CheckEvent(event, scope)
}

// CheckEvent is check 10 alone.
func (b *Binder) CheckEvent(event string, scope []string) error {
	if e, known := catalog.Lookup(event); !known || !e.AllowedBy(scope) {
		return refuse(UnknownEvent, onevent.CodeInvalid, "there is no event %q, or the application has none of its scopes", event)
	}
	return nil
}

// CheckReader judges whose tokens the handler is to get, 0 for the actor's, and the
// connector.
func (b *Binder) CheckReader(portal onevent.PortalID, user onevent.UserID, connector string) error {
	if len(connector) > MaxConnector {
		return refuse(LongConnector, onevent.CodeInvalid, "auth_connector must have at most %d bytes", MaxConnector)
	}
	if user == 0 {
		return nil
	}
	if u := b.Directory.User(portal, user); u == nil || !u.Active {
		return refuse(WrongUser, onevent.CodeInvalid, "auth_type must be the id of an active user, or 0")
	}
	return nil
}

// Bind binds a handler that has passed the checks, or enables the one that onevent had
// disabled.
func (b *Binder) Bind(ctx context.Context, r Request) (*onevent.Handler, error) {
	var id onevent.HandlerID
	err := b.Store.Update(ctx, func(tx onevent.Tx) (err error) {
		id, err = b.put(tx, &r)
		return err
	})
	if errors.Is(err, onevent.ErrConflict) {
		return nil, errBound()
	}
	if err != nil {
		return nil, err
	}
	return b.Directory.Handler(id), nil
}

func (b *Binder) put(tx onevent.Tx, r *Request) (onevent.HandlerID, error) {
	if inst := b.Directory.Installation(r.Portal, r.Owner.Installation); inst == nil || !inst.Active() {
		return 0, refuse(NotInstalled, onevent.CodeNotFound, "the application is not installed on the portal")
	}
	same := b.same(r)
	if same != nil && same.Disabled == "" {
		return 0, errBound()
	}
	dest, err := b.destination(tx, r)
	if err != nil {
		return 0, err
	}
	if same != nil {
		return same.ID, b.Publisher.Enable(tx, *same)
	}
	return b.add(tx, r, dest)
}

func (b *Binder) same(r *Request) *onevent.Handler {
	for _, h := range b.Directory.HandlersOf(r.Portal, r.Owner) {
		if h.Event == r.Event && h.URL == r.URL && h.User == r.User && h.Connector == r.Connector && !h.Offline {
			return h
		}
	}
	return nil
}

func (b *Binder) add(tx onevent.Tx, r *Request, dest onevent.DestinationID) (onevent.HandlerID, error) {
	id, err := tx.NextID("handler")
	if err != nil {
		return 0, err
	}
	h := onevent.Handler{
		ID:          onevent.HandlerID(id),
		Portal:      r.Portal,
		Owner:       r.Owner,
		Event:       r.Event,
		URL:         r.URL,
		User:        r.User,
		Connector:   r.Connector,
		Destination: dest,
		Base:        r.Base,
		Created:     b.Clock.Now(),
	}
	return h.ID, b.Directory.PutHandler(tx, h)
}

// Unbind ends the handlers that pick names in the transaction, cancels what waits for
// them with the verdict unbound before it returns, and says how many they are.
func (b *Binder) Unbind(ctx context.Context, pick func() ([]onevent.Handler, error)) (int, error) {
	var ended []onevent.Handler
	err := b.Store.Settle(ctx, func(tx onevent.Tx) (err error) {
		if ended, err = pick(); err != nil {
			return err
		}
		return b.Publisher.End(tx, ended, onevent.VerdictUnbound)
	})
	if err != nil {
		return 0, err
	}
	return len(ended), b.Publisher.CancelRest(ctx, b.Store, ended, onevent.VerdictUnbound)
}
