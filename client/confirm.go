package client

import (
	"context"
	"net/http"
	"net/url"
)

// Confirmation is a method that needs an administrator's confirmation and was called
// with a token or an incoming webhook.
type Confirmation struct {
	ID        string `json:"id"`
	State     string `json:"state"` // waiting, confirmed, denied
	Method    string `json:"method"`
	ClientID  string `json:"client_id"`  // empty: a webhook's
	WebhookID string `json:"webhook_id"` // empty: an application's
	UserID    int64  `json:"user_id"`
	Asked     string `json:"asked"`   // RFC 3339: the first call
	Decided   string `json:"decided"` // RFC 3339; empty while it waits
}

// Confirmations lists what was asked for and decided on a portal, what waits first.
func (c *Client) Confirmations(ctx context.Context, memberID string) ([]Confirmation, error) {
	var out struct{ Confirmations []Confirmation }
	err := c.call(ctx, http.MethodGet, portalPath(memberID)+"/confirmations", nil, &out)
	return out.Confirmations, err
}

// Confirm allows a method, or refuses it.
func (c *Client) Confirm(ctx context.Context, memberID, id string, confirmed bool) (Confirmation, error) {
	var out Confirmation
	body := map[string]bool{"confirmed": confirmed}
	err := c.call(ctx, http.MethodPost, portalPath(memberID)+"/confirmations/"+url.PathEscape(id), body, &out)
	return out, err
}
