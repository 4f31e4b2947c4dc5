package event

import (
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// subject is what event.bind and event.unbind name alike.
type subject struct {
	event   string // upper case
	url     string // empty for an offline handler
	user    onevent.UserID
	anyUser bool // auth_type was not given
	offline bool
}

// verb is the word by which the two methods differ in their errors.
type verb string

const (
	binding   verb = "binding"
	unbinding verb = "unbinding"
)

// readSubject makes the checks that the two methods share, in the order of
// docs/protocol/events.md section 4.1, rows 2 to 7.
func readSubject(c *rest.Call, v verb) (subject, error) {
	s := subject{event: strings.ToUpper(c.Param("event").Text()), anyUser: !c.Has("auth_type")}
	user, valid := userOf(c.Param("auth_type"))
	s.user = user
	if s.user > 0 && !c.User.Admin && s.user != c.User.ID {
		return s, rest.ErrDenied("Access denied! Event " + string(v) + " with AUTH_TYPE requires administrator access rights")
	}
	if s.event == "" {
		return s, rest.ErrArgument("EVENT", "Argument 'EVENT' is null or empty")
	}
	if err := s.readType(c, v); err != nil {
		return s, err
	}
	if !valid {
		return s, errUser()
	}
	return s, nil
}

func (s *subject) readType(c *rest.Call, v verb) error {
	switch strings.ToLower(c.Param("event_type").Text()) {
	case "", "online":
	case "offline":
		s.offline = true
	default:
		return rest.ErrArgument("EVENT_TYPE", "Value must be one of {online|offline}")
	}
	if s.offline && !c.User.Admin {
		return rest.ErrDenied("Access denied! Offline events " + string(v) + " requires administrator access rights")
	}
	if s.offline {
		return nil
	}
	if s.url = c.Param("handler").Text(); s.url == "" {
		return rest.ErrArgument("HANDLER", "Argument 'HANDLER' is null or empty")
	}
	return nil
}

func errUser() *rest.Error {
	return rest.ErrArgument("AUTH_TYPE", "Value must be the ID of an active user")
}

// userOf reads auth_type: what is below 1, empty or absent names nobody.
func userOf(v wire.Value) (id onevent.UserID, valid bool) {
	if v.IsEmpty() {
		return 0, true
	}
	n, ok := v.Int()
	return onevent.UserID(max(n, 0)), ok
}
