package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/onevent/onevent"
)

// Handler is a subscription that stands.
type Handler struct {
	ID        string `json:"id"`
	ClientID  string `json:"client_id"`  // empty for an outgoing webhook
	WebhookID string `json:"webhook_id"` // of an outgoing webhook; empty for an application
	Event     string `json:"event"`
	URL       string `json:"url"`
	UserID    int64  `json:"user_id"` // whose tokens are sent; 0: the actor's
	Connector string `json:"connector"`
	Offline   bool   `json:"offline"`
	Platform  bool   `json:"platform"` // made by the platform, not bound
	Disabled  string `json:"disabled"` // why its deliveries wait; empty: they don't
}

// Handlers lists the handlers of a portal.
func (c *Client) Handlers(ctx context.Context, memberID string) ([]Handler, error) {
	var out struct{ Handlers []Handler }
	err := c.call(ctx, http.MethodGet, portalPath(memberID)+"/handlers", nil, &out)
	return out.Handlers, err
}

// NewHandler is a handler to be bound, with the parameters of event.bind.
type NewHandler struct {
	ClientID      string                  `json:"client_id"`           // of an application that is installed
	Event         string                  `json:"event"`               // in any letter case
	Handler       string                  `json:"handler"`             // URL
	AuthType      int64                   `json:"auth_type,omitempty"` // whose tokens are sent; 0: the actor's
	AuthConnector string                  `json:"auth_connector,omitempty"`
	Options       onevent.DeliveryOptions `json:"options,omitzero"` // of the destination; none: as they are
}

// BindHandler binds a handler for an application, as its event.bind would for an
// administrator. One that was disabled is enabled.
func (c *Client) BindHandler(ctx context.Context, memberID string, h NewHandler) (Handler, error) {
	var out Handler
	err := c.call(ctx, http.MethodPost, portalPath(memberID)+"/handlers", h, &out)
	return out, err
}

// UnbindHandler ends a handler; what waits for it is cancelled.
func (c *Client) UnbindHandler(ctx context.Context, memberID, id string) error {
	return c.call(ctx, http.MethodDelete, portalPath(memberID)+"/handlers/"+url.PathEscape(id), nil, nil)
}

// EnableHandler lets the deliveries of a handler go on that the answers of its
// destination had disabled.
func (c *Client) EnableHandler(ctx context.Context, memberID, id string) (Handler, error) {
	var out Handler
	err := c.call(ctx, http.MethodPost, portalPath(memberID)+"/handlers/"+url.PathEscape(id)+"/enable", nil, &out)
	return out, err
}

// Destination is one URL of an application or an outgoing webhook on a portal, with how it does. A time
// is in RFC 3339, and empty when there is none.
type Destination struct {
	ID          string                  `json:"id"`
	ClientID    string                  `json:"client_id"`
	WebhookID   string                  `json:"webhook_id"`
	URL         string                  `json:"url"`
	Options     onevent.DeliveryOptions `json:"options"`   // its own
	Effective   onevent.DeliveryOptions `json:"effective"` // with what application and server say
	Waiting     int64                   `json:"waiting"`   // deliveries, those in flight included
	InFlight    int                     `json:"in_flight"`
	Concurrency int                     `json:"concurrency"`  // attempts at once that it bears now
	Breaker     string                  `json:"breaker"`      // closed or open
	Since       string                  `json:"since"`        // when its run without a success began
	Attempts    int                     `json:"attempts"`     // of that run
	NextProbe   string                  `json:"next_probe"`   // while the breaker is open
	PausedUntil string                  `json:"paused_until"` // by Retry-After, or by its rate
}

// Destinations lists the destinations of a portal to which handlers lead or for
// which deliveries wait.
func (c *Client) Destinations(ctx context.Context, memberID string) ([]Destination, error) {
	var out struct{ Destinations []Destination }
	err := c.call(ctx, http.MethodGet, portalPath(memberID)+"/destinations", nil, &out)
	return out.Destinations, err
}

// DeliveryChange is what changes of onevent.DeliveryOptions: nil leaves an option
// as it is, an empty value takes it away.
type DeliveryChange struct {
	Order       *string  `json:"order,omitempty"`    // object, none or all
	Retry       *string  `json:"retry,omitempty"`    // default, none, or delays such as 5s,30s,2m
	Deadline    *float64 `json:"deadline,omitempty"` // seconds after the event
	Rate        *float64 `json:"rate,omitempty"`     // events a second
	Burst       *int     `json:"burst,omitempty"`
	Concurrency *int     `json:"concurrency,omitempty"` // 1 to 256
	Timeout     *float64 `json:"timeout,omitempty"`     // seconds, 1 to 60
}

// ChangeDestination changes how deliveries to a destination go out.
func (c *Client) ChangeDestination(ctx context.Context, memberID, id string, options DeliveryChange) (Destination, error) {
	in := struct {
		Options DeliveryChange `json:"options"`
	}{options}
	var out Destination
	err := c.call(ctx, http.MethodPatch, portalPath(memberID)+"/destinations/"+url.PathEscape(id), in, &out)
	return out, err
}
