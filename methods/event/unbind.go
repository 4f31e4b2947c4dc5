package event

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// unbind is event.unbind; docs/protocol/events.md section 4.2. What waits for
// the handlers is cancelled before the answer.
func (m *methods) unbind(ctx context.Context, c *rest.Call) (any, error) {
	s, err := readSubject(c, unbinding)
	if err != nil {
		return nil, err
	}
	if !c.User.Admin {
		s.user, s.anyUser = c.User.ID, false
	}
	ended, err := m.Binder.Unbind(ctx, func() ([]onevent.Handler, error) { return m.matching(c, s), nil })
	if err != nil {
		return nil, err
	}
	return wire.Map(wire.F("count", wire.Int(int64(ended)))), nil
}

func (m *methods) matching(c *rest.Call, s subject) []onevent.Handler {
	var out []onevent.Handler
	for _, h := range m.Directory.HandlersOf(c.Portal.ID, c.Owner()) {
		if h.Event == s.event && h.Offline == s.offline && s.covers(h, c.Connector) {
			out = append(out, *h)
		}
	}
	return out
}

// covers compares what the two types of handlers are told apart by.
func (s subject) covers(h *onevent.Handler, connector string) bool {
	if s.offline {
		return h.Connector == connector
	}
	return h.URL == s.url && (s.anyUser || h.User == s.user)
}
