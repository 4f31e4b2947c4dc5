package admin

import (
	"net/http"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
)

// outgoingItem is an outgoing webhook without its secrets.
type outgoingItem struct {
	ID            string           `json:"id"`
	Name          string           `json:"name"`
	URL           string           `json:"url"`
	UserID        onevent.UserID   `json:"user_id"`
	DestinationID string           `json:"destination_id"`
	Handlers      []webhookHandler `json:"handlers"`
	Created       string           `json:"created"`
	Ended         string           `json:"ended"`
}

type webhookHandler struct {
	ID    string `json:"id"`
	Event string `json:"event"`
}

func (s *server) outgoingItemOf(w *directory.OutgoingWebhook) outgoingItem {
	item := outgoingItem{
		ID: formatID(w.ID), Name: w.Name, UserID: w.User, Handlers: []webhookHandler{}, Created: formatTime(w.Created), Ended: formatTime(w.Ended),
	}
	for _, h := range s.Directory.HandlersOf(w.Portal, w.Owner()) {
		item.Handlers = append(item.Handlers, webhookHandler{formatID(h.ID), h.Event})
	}
	if d := s.destinationOf(w); d != nil {
		item.DestinationID, item.URL = formatID(d.ID), d.URL
	}
	return item
}

// destinationOf is where all handlers of a webhook lead, or led.
func (s *server) destinationOf(w *directory.OutgoingWebhook) *onevent.Destination {
	for _, h := range s.Directory.HandlersOf(w.Portal, w.Owner()) {
		return s.Directory.Destination(h.Destination)
	}
	for _, d := range s.Directory.Destinations(w.Portal) {
		if d.Owner == w.Owner() {
			return d
		}
	}
	return nil
}

// webhookOf is the id of an owner's outgoing webhook; empty for an application.
func webhookOf(owner onevent.Owner) string {
	if owner.Webhook == 0 {
		return ""
	}
	return formatID(owner.Webhook)
}

func (s *server) createOutgoingWebhook(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	body, err := decode[struct {
		URL     string                  `json:"url"`
		Events  []string                `json:"events"`
		UserID  onevent.UserID          `json:"user_id"`
		Name    string                  `json:"name"`
		Options onevent.DeliveryOptions `json:"options"`
	}](w, r)
	if err != nil {
		return err
	}
	hook, err := s.Manager.CreateOutgoingWebhook(r.Context(), portal, lifecycle.OutgoingRequest{
		URL: body.URL, Events: body.Events, User: body.UserID, Name: body.Name, Options: body.Options,
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusCreated, struct {
		outgoingItem
		ApplicationToken string `json:"application_token"`
		SigningSecret    string `json:"signing_secret"`
	}{s.outgoingItemOf(hook), hook.Secrets.ApplicationToken.Reveal(), hook.Secrets.SigningSecret.Reveal()})
}

// listOutgoingWebhooks leaves out those that have ended.
func (s *server) listOutgoingWebhooks(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	list := []outgoingItem{}
	for _, hook := range s.Directory.OutgoingWebhooks(portal.ID) {
		if hook.Stands() {
			list = append(list, s.outgoingItemOf(hook))
		}
	}
	return write(w, http.StatusOK, map[string]any{"webhooks": list})
}

// webhookID is the portal and the number of the webhook that a path names.
func (s *server) webhookID(r *http.Request) (*onevent.Portal, onevent.WebhookID, error) {
	portal, err := s.portal(r)
	if err != nil {
		return nil, 0, err
	}
	id, err := parseID("the webhook's id", r.PathValue("id"))
	return portal, onevent.WebhookID(id), err
}

// outgoing is the webhook that a path names, perhaps one that has ended.
func (s *server) outgoing(r *http.Request) (*directory.OutgoingWebhook, error) {
	portal, id, err := s.webhookID(r)
	if err != nil {
		return nil, err
	}
	if hook := s.Directory.OutgoingWebhook(portal.ID, id); hook != nil {
		return hook, nil
	}
	return nil, notFound("the portal has no outgoing webhook %d", id)
}

func (s *server) showOutgoingWebhook(w http.ResponseWriter, r *http.Request) error {
	hook, err := s.outgoing(r)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, s.outgoingItemOf(hook))
}

func (s *server) endOutgoingWebhook(w http.ResponseWriter, r *http.Request) error {
	portal, id, err := s.webhookID(r)
	if err != nil {
		return err
	}
	if err := s.Manager.EndOutgoingWebhook(r.Context(), portal.ID, id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) renewWebhookToken(w http.ResponseWriter, r *http.Request) error {
	portal, id, err := s.webhookID(r)
	if err != nil {
		return err
	}
	if _, err := decode[struct{}](w, r); err != nil {
		return err
	}
	hook, err := s.Manager.RenewWebhookToken(r.Context(), portal.ID, id)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, map[string]string{"application_token": hook.Secrets.ApplicationToken.Reveal()})
}

func (s *server) showWebhookSecret(w http.ResponseWriter, r *http.Request) error {
	hook, err := s.outgoing(r)
	if err != nil {
		return err
	}
	if !hook.Stands() {
		return conflict("outgoing webhook %d has ended: it has no secrets any more", hook.ID)
	}
	return s.writeSigningSecret(w, hook.Secrets)
}

func (s *server) rotateWebhookSecret(w http.ResponseWriter, r *http.Request) error {
	portal, id, err := s.webhookID(r)
	if err != nil {
		return err
	}
	overlap, err := readOverlap(w, r)
	if err != nil {
		return err
	}
	hook, err := s.Manager.RotateWebhookSecret(r.Context(), portal.ID, id, overlap)
	if err != nil {
		return err
	}
	return s.writeSigningSecret(w, hook.Secrets)
}
