package admin

import (
	"net/http"

	"github.com/onevent/onevent"
)

type handlerItem struct {
	ID        string          `json:"id"`
	ClientID  string          `json:"client_id"`
	WebhookID string          `json:"webhook_id"`
	Event     string          `json:"event"`
	URL       string          `json:"url"`
	UserID    onevent.UserID  `json:"user_id"`
	Connector string          `json:"connector"`
	Offline   bool            `json:"offline"`
	Platform  bool            `json:"platform"`
	Disabled  onevent.Verdict `json:"disabled"`
}

func (s *server) handlerItemOf(h *onevent.Handler) handlerItem {
	return handlerItem{
		ID: formatID(h.ID), ClientID: s.clientOf(h.Owner), WebhookID: webhookOf(h.Owner), Event: h.Event, URL: h.URL, UserID: h.User,
		Connector: h.Connector, Offline: h.Offline, Platform: h.Platform, Disabled: h.Disabled,
	}
}

// clientOf is the client_id of an owner's application; empty for an outgoing
// webhook.
func (s *server) clientOf(owner onevent.Owner) string {
	if app := s.Directory.ApplicationOf(owner); app != nil {
		return app.ClientID
	}
	return ""
}

func (s *server) listHandlers(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	list := []handlerItem{}
	for _, inst := range s.Directory.Installations(portal.ID) {
		for _, h := range s.Directory.HandlersOf(portal.ID, onevent.Owner{Installation: inst.ID}) {
			list = append(list, s.handlerItemOf(h))
		}
	}
	for _, hook := range s.Directory.OutgoingWebhooks(portal.ID) {
		for _, h := range s.Directory.HandlersOf(portal.ID, hook.Owner()) {
			list = append(list, s.handlerItemOf(h))
		}
	}
	return write(w, http.StatusOK, map[string]any{"handlers": list})
}

func (s *server) enableHandler(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	id, err := parseID("the handler's id", r.PathValue("id"))
	if err != nil {
		return err
	}
	h, err := s.Manager.EnableHandler(r.Context(), portal.ID, onevent.HandlerID(id))
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, s.handlerItemOf(h))
}
