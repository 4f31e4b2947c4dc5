package admin

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/bind"
	"github.com/onevent/onevent/directory"
)

// bindBody has the parameters of event.bind by their names.
type bindBody struct {
	ClientID  string                  `json:"client_id"`
	Event     string                  `json:"event"`
	Handler   string                  `json:"handler"`
	AuthType  onevent.UserID          `json:"auth_type"`
	EventType string                  `json:"event_type"`
	Connector string                  `json:"auth_connector"`
	Options   onevent.DeliveryOptions `json:"options"`
}

// bindHandler binds for an application as an administrator does by event.bind;
// docs/protocol/events.md section 4.1. Options may be all that a destination has.
func (s *server) bindHandler(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	body, err := decode[bindBody](w, r)
	if err != nil {
		return err
	}
	inst, err := s.standing(portal, body.ClientID)
	if err != nil {
		return err
	}
	request, err := s.bindRequest(inst, body)
	if err != nil {
		return err
	}
	h, err := s.Binder.Bind(r.Context(), request)
	if err != nil {
		return err
	}
	return write(w, http.StatusCreated, s.handlerItemOf(h))
}

func (s *server) standing(portal *onevent.Portal, clientID string) (*directory.Installation, error) {
	app := s.Directory.ApplicationByClientID(clientID)
	if app == nil {
		return nil, notFound("no application has the client_id %q", clientID)
	}
	if inst := s.Directory.Standing(portal.ID, app.ID); inst != nil {
		return inst, nil
	}
	return nil, errNotInstalled
}

func (s *server) bindRequest(inst *directory.Installation, body bindBody) (bind.Request, error) {
	request := bind.Request{
		Portal: inst.Portal, Owner: onevent.Owner{Installation: inst.ID}, Event: strings.ToUpper(body.Event), URL: body.Handler,
		User: body.AuthType, Connector: body.Connector,
	}
	if body.Options != (onevent.DeliveryOptions{}) {
		request.Options = &body.Options
	}
	return request, cmp.Or(
		checkEventType(body.EventType),
		s.Binder.CheckTarget(request.URL, request.Event, inst.Scope),
		checkOptions(body.Options),
		s.Binder.CheckReader(inst.Portal, request.User, request.Connector),
	)
}

func checkEventType(kind string) error {
	switch strings.ToLower(kind) {
	case "", "online":
		return nil
	case "offline":
		return invalid("offline events are not available on this portal")
	}
	return invalid("event_type must be online")
}

func checkOptions(o onevent.DeliveryOptions) error {
	if err := o.Check(); err != nil {
		return invalid("options.%w", err)
	}
	return nil
}

// unbindHandler ends one handler, as event.unbind does.
func (s *server) unbindHandler(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	id, err := parseID("the handler's id", r.PathValue("id"))
	if err != nil {
		return err
	}
	_, err = s.Binder.Unbind(r.Context(), func() ([]onevent.Handler, error) {
		h, err := s.unbindable(portal.ID, onevent.HandlerID(id))
		return []onevent.Handler{h}, err
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// unbindable is a handler that may be unbound by itself.
func (s *server) unbindable(portal onevent.PortalID, id onevent.HandlerID) (onevent.Handler, error) {
	h := s.Directory.Handler(id)
	switch {
	case h == nil || h.Portal != portal:
		return onevent.Handler{}, notFound("the portal has no handler %d", id)
	case !h.Stands():
		return onevent.Handler{}, conflict("handler %d has ended (%s)", id, h.EndedBy)
	case h.Platform:
		return onevent.Handler{}, conflict("handler %d was made by the platform and ends with the version of its application", id)
	case h.Owner.Webhook != 0:
		return onevent.Handler{}, conflict("handler %d is of outgoing webhook %d: end that, and make another one", id, h.Owner.Webhook)
	}
	return *h, nil
}
