package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/onevent/onevent"
)

// NewOutgoingWebhook describes an outgoing webhook to be made.
type NewOutgoingWebhook struct {
	URL     string                  `json:"url"`
	Events  []string                `json:"events"`            // 1 to 100, any but those of an application's own life
	UserID  int64                   `json:"user_id,omitempty"` // its creator; 0: the portal's first administrator
	Name    string                  `json:"name,omitempty"`
	Options onevent.DeliveryOptions `json:"options,omitzero"` // of its destination
}

// OutgoingWebhook gets events without an application. Times are in RFC 3339, and empty
// when there is none.
type OutgoingWebhook struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	URL           string `json:"url"`
	UserID        int64  `json:"user_id"`
	DestinationID string `json:"destination_id"` // of all its handlers
	Handlers      []struct {
		ID    string `json:"id"`
		Event string `json:"event"`
	} `json:"handlers"` // none when it has ended
	Created string `json:"created"`
	Ended   string `json:"ended"`
}

// CreatedOutgoingWebhook has the secrets too, by which its receiver knows the sender.
type CreatedOutgoingWebhook struct {
	OutgoingWebhook
	ApplicationToken string `json:"application_token"` // not shown again
	SigningSecret    string `json:"signing_secret"`
}

// CreateOutgoingWebhook makes an outgoing webhook.
func (c *Client) CreateOutgoingWebhook(ctx context.Context, memberID string, w NewOutgoingWebhook) (CreatedOutgoingWebhook, error) {
	var out CreatedOutgoingWebhook
	err := c.call(ctx, http.MethodPost, outgoingPath(memberID), w, &out)
	return out, err
}

// OutgoingWebhooks lists the outgoing webhooks of a portal that stand.
func (c *Client) OutgoingWebhooks(ctx context.Context, memberID string) ([]OutgoingWebhook, error) {
	var out struct{ Webhooks []OutgoingWebhook }
	err := c.call(ctx, http.MethodGet, outgoingPath(memberID), nil, &out)
	return out.Webhooks, err
}

// OutgoingWebhook shows an outgoing webhook, also one that has ended.
func (c *Client) OutgoingWebhook(ctx context.Context, memberID, id string) (OutgoingWebhook, error) {
	var out OutgoingWebhook
	err := c.call(ctx, http.MethodGet, outgoingPath(memberID, id), nil, &out)
	return out, err
}

// EndOutgoingWebhook ends an outgoing webhook; what waits for it is cancelled.
func (c *Client) EndOutgoingWebhook(ctx context.Context, memberID, id string) error {
	return c.call(ctx, http.MethodDelete, outgoingPath(memberID, id), nil, nil)
}

// RenewWebhookToken gives an outgoing webhook another application_token and returns
// it. The former one is sent no more.
func (c *Client) RenewWebhookToken(ctx context.Context, memberID, id string) (string, error) {
	var out struct {
		Token string `json:"application_token"`
	}
	err := c.call(ctx, http.MethodPost, outgoingPath(memberID, id, "application_token"), struct{}{}, &out)
	return out.Token, err
}

// WebhookSecret shows the signing secret of an outgoing webhook.
func (c *Client) WebhookSecret(ctx context.Context, memberID, id string) (SigningSecret, error) {
	var out SigningSecret
	err := c.call(ctx, http.MethodGet, outgoingPath(memberID, id, "signing_secret"), nil, &out)
	return out, err
}

// RotateWebhookSecret gives an outgoing webhook another signing secret. The former one
// signs too for so many seconds; 0 ends it at once.
func (c *Client) RotateWebhookSecret(ctx context.Context, memberID, id string, overlap int64) (SigningSecret, error) {
	var out SigningSecret
	body := map[string]int64{"overlap": overlap}
	err := c.call(ctx, http.MethodPost, outgoingPath(memberID, id, "signing_secret"), body, &out)
	return out, err
}

func outgoingPath(memberID string, below ...string) string {
	path := portalPath(memberID) + "/webhooks/outgoing"
	for _, part := range below {
		path += "/" + url.PathEscape(part)
	}
	return path
}
