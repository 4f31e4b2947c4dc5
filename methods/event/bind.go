package event

import (
	"context"
	"errors"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/rest"
)

// maxConnector is the longest auth_connector, in bytes.
const maxConnector = 255

var (
	errBound       = rest.ErrCore("Unable to set event handler: Handler already binded")
	errNotFound    = rest.ErrRequest("ERROR_EVENT_NOT_FOUND", "Event not found")
	errWrongURL    = rest.ErrRequest("ERROR_WRONG_HANDLER_URL", "Wrong handler URL")
	errWrongScheme = rest.ErrRequest("ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol")
)

// wanted is a handler that event.bind asks for.
type wanted struct {
	subject
	connector string
	base      string
	options   *onevent.DeliveryOptions // nil: as they are
}

// bind is event.bind; docs/protocol/events.md section 4.1.
func (m *methods) bind(ctx context.Context, c *rest.Call) (any, error) {
	want, err := m.readBind(c)
	if err != nil {
		return nil, err
	}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error { return m.put(tx, c, want) })
	if errors.Is(err, onevent.ErrConflict) {
		return nil, errBound
	}
	if err != nil {
		return nil, err
	}
	return true, nil
}

func (m *methods) readBind(c *rest.Call) (*wanted, error) {
	s, err := readSubject(c, binding)
	if err != nil {
		return nil, err
	}
	want := &wanted{subject: s, connector: c.Connector, base: c.Base}
	if err := m.checkEvent(c, s); err != nil {
		return nil, err
	}
	if want.options, err = readOptions(c.Param("options")); err != nil {
		return nil, err
	}
	if s.offline {
		return nil, rest.ErrArgument("EVENT_TYPE", "Offline events are not available on this portal")
	}
	if len(want.connector) > maxConnector {
		return nil, rest.ErrArgument("AUTH_CONNECTOR", "Value is too long")
	}
	return want, m.readUser(c, want)
}

// checkEvent makes the checks 8 to 11.
func (m *methods) checkEvent(c *rest.Call, s subject) error {
	if !s.offline {
		if err := m.checkURL(s.url); err != nil {
			return err
		}
	}
	e, ok := catalog.Lookup(s.event)
	switch {
	case !ok || !e.AllowedBy(c.Scope):
		return errNotFound
	case s.offline && !e.OfflineAllowed:
		return rest.ErrArgument("", "Offline event cannot be registered for this event.")
	}
	return nil
}

func (m *methods) checkURL(url string) error {
	switch err := egress.CheckURL(url, m.RequireDot); {
	case errors.Is(err, egress.ErrScheme):
		return errWrongScheme
	case err != nil:
		return errWrongURL
	}
	return nil
}

// readUser decides whose tokens the handler gets: only an administrator may
// leave it to the actor.
func (m *methods) readUser(c *rest.Call, want *wanted) error {
	if want.user == 0 && !c.User.Admin {
		want.user = c.User.ID
	}
	if want.user == 0 {
		return nil
	}
	if u := m.Directory.User(c.Portal.ID, want.user); u == nil || !u.Active {
		return errUser()
	}
	return nil
}

// put writes the handler, or enables the one that onevent had disabled.
func (m *methods) put(tx onevent.Tx, c *rest.Call, want *wanted) error {
	if inst := m.Directory.Installation(c.Portal.ID, c.Installation.ID); inst == nil || !inst.Active() {
		return rest.ErrNotInstalled
	}
	same := m.same(c, want)
	if same != nil && same.Disabled == "" {
		return errBound
	}
	dest, err := m.destination(tx, c, want)
	if err != nil {
		return err
	}
	if same != nil {
		return m.Publisher.Enable(tx, *same)
	}
	return m.add(tx, c, want, dest)
}

func (m *methods) same(c *rest.Call, want *wanted) *onevent.Handler {
	for _, h := range m.Directory.HandlersOf(c.Portal.ID, c.Owner()) {
		if h.Event == want.event && h.URL == want.url && h.User == want.user && h.Connector == want.connector && !h.Offline {
			return h
		}
	}
	return nil
}

func (m *methods) add(tx onevent.Tx, c *rest.Call, want *wanted, dest onevent.DestinationID) error {
	id, err := tx.NextID("handler")
	if err != nil {
		return err
	}
	return m.Directory.PutHandler(tx, onevent.Handler{
		ID:          onevent.HandlerID(id),
		Portal:      c.Portal.ID,
		Owner:       c.Owner(),
		Event:       want.event,
		URL:         want.url,
		User:        want.user,
		Connector:   want.connector,
		Destination: dest,
		Base:        want.base,
		Created:     m.Clock.Now(),
	})
}
