package event

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

const testCode = "ONAPPTEST"

// test is event.test; docs/protocol/events.md section 4.5.
func (m *methods) test(ctx context.Context, c *rest.Call) (any, error) {
	event, ok := catalog.Lookup(testCode)
	if !ok {
		return nil, onevent.Errorf(onevent.CodeInternal, "the catalogue has no %s", testCode)
	}
	raised := publish.Raised{
		Portal: c.Portal,
		Event:  event,
		Data:   wire.Map(wire.F("QUERY", c.Params), wire.F("LANGUAGE_ID", wire.String(language(c)))),
		Actor:  c.User.ID,
		Chain:  c.Chain,
	}
	err := m.Store.Update(ctx, func(tx onevent.Tx) error {
		_, err := m.Publisher.RaiseTo(tx, raised, c.Installation, m.own(c))
		return err
	})
	if err != nil {
		return nil, err
	}
	return 1, nil
}

func language(c *rest.Call) string {
	if c.Installation.Language != "" {
		return c.Installation.Language
	}
	return c.Portal.Language
}

func (m *methods) own(c *rest.Call) []onevent.Handler {
	var out []onevent.Handler
	for _, h := range m.Directory.HandlersOf(c.Portal.ID, c.Owner()) {
		out = append(out, *h)
	}
	return out
}
