package admin

import (
	"encoding/json"
	"net/http"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
)

// paymentItem is how it stands with the payment of an installation.
type paymentItem struct {
	PaidUntil string `json:"paid_until"`
	Expired   bool   `json:"payment_expired"`
	Days      *int64 `json:"days"` // null: there is nothing to pay
}

func (s *server) paymentItemOf(portal *onevent.Portal, inst *directory.Installation) paymentItem {
	item := paymentItem{PaidUntil: lifecycle.PaidDay(portal, inst), Expired: inst.Expired}
	if days, limited := inst.DaysLeft(s.Clock.Now()); limited {
		item.Days = &days
	}
	return item
}

// clearable is a text that null takes away: it tells null from what is absent.
type clearable struct{ text *string }

// UnmarshalJSON reads null as the empty text.
func (c *clearable) UnmarshalJSON(raw []byte) error {
	c.text = new(string)
	return json.Unmarshal(raw, c.text)
}

func (s *server) pay(w http.ResponseWriter, r *http.Request) error {
	portal, app, err := s.place(r)
	if err != nil {
		return err
	}
	body, err := decode[struct {
		Status    string    `json:"status"`
		PaidUntil clearable `json:"paid_until"`
	}](w, r)
	if err != nil {
		return err
	}
	inst, err := s.Manager.Pay(r.Context(), lifecycle.PaymentRequest{
		Portal: portal, Application: app, Status: body.Status, Until: body.PaidUntil.text,
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, struct {
		Status string `json:"status"`
		paymentItem
	}{inst.Status, s.paymentItemOf(portal, inst)})
}
