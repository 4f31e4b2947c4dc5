package admin

import (
	"net/http"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/lifecycle"
)

// deliveryChange is a change of options; the JSON names are those of
// onevent.DeliveryOptions.
type deliveryChange struct {
	Order       *string  `json:"order"`
	Retry       *string  `json:"retry"`
	Deadline    *float64 `json:"deadline"`
	Rate        *float64 `json:"rate"`
	Burst       *int     `json:"burst"`
	Concurrency *int     `json:"concurrency"`
	Timeout     *float64 `json:"timeout"`
}

type destinationItem struct {
	ID          string                  `json:"id"`
	ClientID    string                  `json:"client_id"`
	WebhookID   string                  `json:"webhook_id"`
	URL         string                  `json:"url"`
	Options     onevent.DeliveryOptions `json:"options"`
	Effective   onevent.DeliveryOptions `json:"effective"`
	Waiting     int64                   `json:"waiting"`
	InFlight    int                     `json:"in_flight"`
	Concurrency int                     `json:"concurrency"`
	Breaker     string                  `json:"breaker"`
	Since       string                  `json:"since"`
	Attempts    int                     `json:"attempts"`
	NextProbe   string                  `json:"next_probe"`
	PausedUntil string                  `json:"paused_until"`
}

func (s *server) destinationItemOf(d *onevent.Destination) destinationItem {
	c := s.condition(d.ID)
	return destinationItem{
		ID: formatID(d.ID), ClientID: s.clientOf(d.Owner), WebhookID: webhookOf(d.Owner), URL: d.URL, Options: d.Options,
		Effective: s.Directory.DeliveryOptions(d, s.Publisher.Delivery).Or(onevent.DefaultDelivery),
		Waiting:   c.Waiting, InFlight: c.InFlight, Concurrency: c.Concurrency, Breaker: c.Breaker, Since: formatTime(c.Since),
		Attempts: c.Attempts, NextProbe: formatTime(c.NextProbe), PausedUntil: formatTime(c.PausedUntil),
	}
}

func (s *server) condition(id onevent.DestinationID) dispatch.Condition {
	if s.Condition == nil {
		return dispatch.Condition{Breaker: dispatch.BreakerClosed}
	}
	return s.Condition(id)
}

// formatTime leaves a time empty that there is none.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// listDestinations leaves out those that are of the past: no handler leads there,
// and nothing waits.
func (s *server) listDestinations(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	list := []destinationItem{}
	for _, d := range s.Directory.Destinations(portal.ID) {
		if item := s.destinationItemOf(d); item.Waiting > 0 || s.hasHandler(d) {
			list = append(list, item)
		}
	}
	return write(w, http.StatusOK, map[string]any{"destinations": list})
}

func (s *server) hasHandler(d *onevent.Destination) bool {
	for _, h := range s.Directory.HandlersOf(d.Portal, d.Owner) {
		if h.Destination == d.ID {
			return true
		}
	}
	return false
}

func (s *server) changeDestination(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	id, err := parseID("the destination's id", r.PathValue("id"))
	if err != nil {
		return err
	}
	body, err := decode[struct {
		Options deliveryChange `json:"options"`
	}](w, r)
	if err != nil {
		return err
	}
	d, err := s.Manager.ChangeDestination(r.Context(), portal.ID, onevent.DestinationID(id), lifecycle.DeliveryChange(body.Options))
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, s.destinationItemOf(d))
}
