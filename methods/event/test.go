package event

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

const testCode = "ONAPPTEST"

// test is event.test; docs/protocol/events.md section 4.5.
func (m *methods) test(ctx context.Context, c *rest.Call) (any, error) {
	data := wire.Map(wire.F("QUERY", c.Params), wire.F("LANGUAGE_ID", wire.String(language(c))))
	err := m.Store.Update(ctx, func(tx onevent.Tx) error {
		return c.RaiseTo(tx, m.Publisher, testCode, data, c.Installation, m.own(c))
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
