package rest

import (
	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

// Raise tells, in the transaction of the change, what the caller changed: he is
// the actor, and the chain of his authorisation goes on.
func (c *Call) Raise(tx onevent.Tx, p *publish.Publisher, code string, data wire.Value) error {
	event, ok := catalog.Lookup(code)
	if !ok {
		return onevent.Errorf(onevent.CodeInternal, "the catalogue has no %s", code)
	}
	_, err := p.Raise(tx, publish.Raised{Portal: c.Portal, Event: event, Data: data, Actor: c.User.ID, Chain: c.Chain})
	return err
}
