package rest

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

// Publishing is the publishing rate of portals; *publish.Publisher implements it.
type Publishing interface {
	Admit(portal *onevent.Portal, events int) error
	Correct(portal *onevent.Portal, admitted, raised int)
}

// Raise tells, in the transaction of the change, what the caller changed: he is
// the actor, and the chain of his authorisation goes on. The method must be one
// that Raises.
func (c *Call) Raise(tx onevent.Tx, p *publish.Publisher, code string, data wire.Value) error {
	r, err := c.raised(tx, code, data)
	if err == nil {
		_, err = p.Raise(tx, r)
	}
	return err
}

// RaiseTo is Raise for an event that concerns the caller's application alone.
func (c *Call) RaiseTo(tx onevent.Tx, p *publish.Publisher, code string, data wire.Value, inst *directory.Installation, handlers []onevent.Handler) error {
	r, err := c.raised(tx, code, data)
	if err == nil {
		_, err = p.RaiseTo(tx, r, inst, handlers)
	}
	return err
}

func (c *Call) raised(tx onevent.Tx, code string, data wire.Value) (publish.Raised, error) {
	event, ok := catalog.Lookup(code)
	if !ok {
		return publish.Raised{}, onevent.Errorf(onevent.CodeInternal, "the catalogue has no %s", code)
	}
	if m := c.Registry.Lookup(c.Method); m == nil || !m.Raises {
		return publish.Raised{}, onevent.Errorf(onevent.CodeInternal, "%s raises events and does not say so", c.Method)
	}
	tx.OnCommit(func() { c.events++ })
	return publish.Raised{Portal: c.Portal, Event: event, Data: data, Actor: c.User.ID, By: c.by(), Chain: c.Chain, Trace: c.exchange.trace()}, nil
}

// by is the application whose token was shown; 0 by webhook.
func (c *Call) by() onevent.InstallationID {
	if c.Installation == nil {
		return 0
	}
	return c.Installation.ID
}

// admitted runs a method that raises events when the portal's publishing rate has
// room for one; docs/protocol/rest.md section 9. What it has raised is counted
// when it is stored.
func (x *exchange) admitted(run Func) Func {
	return func(ctx context.Context, c *Call) (any, error) {
		if err := x.server.Publishing.Admit(c.Portal, 1); err != nil {
			return nil, err
		}
		defer func() { x.server.Publishing.Correct(c.Portal, 1, c.events) }()
		return run(ctx, c)
	}
}
