package event

import (
	"context"
	"errors"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/bind"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/rest"
)

// answers are what the protocol says for why a handler is not bound.
var answers = map[bind.Reason]*rest.Error{
	bind.WrongURL:      rest.ErrRequest("ERROR_WRONG_HANDLER_URL", "Wrong handler URL"),
	bind.WrongScheme:   rest.ErrRequest("ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol"),
	bind.UnknownEvent:  rest.ErrRequest("ERROR_EVENT_NOT_FOUND", "Event not found"),
	bind.LongConnector: rest.ErrArgument("AUTH_CONNECTOR", "Value is too long"),
	bind.WrongUser:     errUser(),
	bind.NotInstalled:  rest.ErrNotInstalled,
	bind.Bound:         rest.ErrCore("Unable to set event handler: Handler already binded"),
}

// answered is the error as the protocol words it.
func answered(err error) error {
	var refused *bind.Refusal
	if errors.As(err, &refused) {
		return answers[refused.Reason]
	}
	return err
}

// bind is event.bind; docs/protocol/events.md section 4.1.
func (m *methods) bind(ctx context.Context, c *rest.Call) (any, error) {
	want, err := m.readBind(c)
	if err != nil {
		return nil, answered(err)
	}
	if _, err := m.Binder.Bind(ctx, want); err != nil {
		return nil, answered(err)
	}
	return true, nil
}

func (m *methods) readBind(c *rest.Call) (bind.Request, error) {
	want := bind.Request{Portal: c.Portal.ID, Owner: c.Owner(), Connector: c.Connector, Base: c.Base}
	s, err := readSubject(c, binding)
	if err != nil {
		return want, err
	}
	want.Event, want.URL, want.User = s.event, s.url, userFor(c, s)
	if err := m.checkTarget(c, s); err != nil {
		return want, err
	}
	if want.Options, err = readOptions(c.Param("options")); err != nil {
		return want, err
	}
	if s.offline {
		return want, rest.ErrArgument("EVENT_TYPE", "Offline events are not available on this portal")
	}
	return want, m.Binder.CheckReader(c.Portal.ID, want.User, want.Connector)
}

// checkTarget makes the checks 8 to 11.
func (m *methods) checkTarget(c *rest.Call, s subject) error {
	if !s.offline {
		return m.Binder.CheckTarget(s.url, s.event, c.Scope)
	}
	if err := m.Binder.CheckEvent(s.event, c.Scope); err != nil {
		return err
	}
	if e, _ := catalog.Lookup(s.event); !e.OfflineAllowed {
		return rest.ErrArgument("", "Offline event cannot be registered for this event.")
	}
	return nil
}

// userFor is whose tokens the handler gets: only an administrator may leave it to the
// actor.
func userFor(c *rest.Call, s subject) onevent.UserID {
	if s.user == 0 && !c.User.Admin {
		return c.User.ID
	}
	return s.user
}
