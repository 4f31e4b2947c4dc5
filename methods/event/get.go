package event

import (
	"context"
	"strconv"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// get is event.get; docs/protocol/events.md section 4.3.
func (m *methods) get(_ context.Context, c *rest.Call) (any, error) {
	rows := []wire.Value{}
	for _, h := range m.Directory.HandlersOf(c.Portal.ID, c.Owner()) {
		if c.User.Admin || h.User == c.User.ID {
			rows = append(rows, handlerRow(h))
		}
	}
	return rows, nil
}

func handlerRow(h *onevent.Handler) wire.Value {
	if h.Offline {
		return wire.Map(
			wire.F("event", wire.String(h.Event)),
			wire.F("connector_id", wire.String(h.Connector)),
			wire.F("offline", wire.Int(1)))
	}
	return wire.Map(
		wire.F("event", wire.String(h.Event)),
		wire.F("handler", wire.String(h.URL)),
		wire.F("auth_type", wire.String(strconv.FormatInt(int64(h.User), 10))),
		wire.F("offline", wire.Int(0)))
}

// events is the method of that name; docs/protocol/events.md section 4.4.
func (m *methods) events(_ context.Context, c *rest.Call) (any, error) {
	codes := []string{}
	for _, e := range listed(c) {
		codes = append(codes, e.Code)
	}
	return codes, nil
}

func listed(c *rest.Call) []*catalog.Event {
	scope := c.Param("scope")
	switch {
	case scope.IsNull() && c.Param("full").PHPTrue():
		return catalog.Available(catalog.Scopes())
	case scope.IsNull():
		return catalog.Available(c.Scope)
	case scope.Text() == "" && scope.IsScalar():
		return catalog.Available(nil)
	}
	return ofScope(scope.Text())
}

// ofScope leaves out what needs no scope.
func ofScope(scope string) []*catalog.Event {
	var out []*catalog.Event
	for _, e := range catalog.Available([]string{scope}) {
		if !e.Global() {
			out = append(out, e)
		}
	}
	return out
}
