package admin

import (
	"net/http"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/methods/confirm"
)

// confirmationItem is a method that somebody called who needs a confirmation.
type confirmationItem struct {
	ID        string         `json:"id"`
	State     string         `json:"state"`
	Method    string         `json:"method"`
	ClientID  string         `json:"client_id"`  // empty: a webhook's
	WebhookID string         `json:"webhook_id"` // empty: an application's
	UserID    onevent.UserID `json:"user_id"`
	Asked     string         `json:"asked"`
	Decided   string         `json:"decided"` // empty while it waits
}

func (s *server) confirmationItemOf(c *confirm.Confirmation) confirmationItem {
	item := confirmationItem{
		ID: formatID(c.ID), State: c.State, Method: c.Method, UserID: c.User, Asked: formatTime(c.Asked), Decided: formatTime(c.Decided),
	}
	if c.Webhook != 0 {
		item.WebhookID = formatID(c.Webhook)
	} else {
		item.ClientID = s.clientOf(onevent.Owner{Installation: c.Installation})
	}
	return item
}

func (s *server) listConfirmations(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	list, err := s.Confirms.List(r.Context(), portal.ID)
	if err != nil {
		return err
	}
	items := make([]confirmationItem, len(list))
	for i := range list {
		items[i] = s.confirmationItemOf(&list[i])
	}
	return write(w, http.StatusOK, map[string]any{"confirmations": items})
}

func (s *server) confirm(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	id, err := parseID("the confirmation's id", r.PathValue("id"))
	if err != nil {
		return err
	}
	body, err := decode[struct {
		Confirmed *bool `json:"confirmed"`
	}](w, r)
	if err != nil {
		return err
	}
	if body.Confirmed == nil {
		return invalid("confirmed is missing: true or false")
	}
	done, err := s.Confirms.Decide(r.Context(), portal, id, *body.Confirmed)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, s.confirmationItemOf(&done))
}
