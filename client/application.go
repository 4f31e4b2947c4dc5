package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/onevent/onevent"
)

// NewApplication describes an application to be registered.
type NewApplication struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // local or market
	UI   bool   `json:"ui"`
	// Static is for a local application whose pages are files without a server.
	Static bool `json:"static,omitempty"`
	// RotateApplicationToken is never (or empty) or update: whether
	// application_token changes with each update.
	RotateApplicationToken string `json:"rotate_application_token,omitempty"`
}

// Credentials are shown once, when an application is registered.
type Credentials struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

// Version is a version of an application.
type Version struct {
	Version    string `json:"version"`           // digits and dots
	Scope      string `json:"scope"`             // comma list
	AppURL     string `json:"app_url,omitempty"` // empty of a static application: its uploaded files
	InstallURL string `json:"install_url,omitempty"`
	EventURL   string `json:"event_url,omitempty"`
}

// Application is a registered application with its versions, oldest first.
type Application struct {
	ClientID string `json:"client_id"`
	NewApplication
	Delivery onevent.DeliveryOptions `json:"delivery"` // of its destinations on every portal
	Versions []Version               `json:"versions"`
}

// Applications lists all applications, oldest first.
func (c *Client) Applications(ctx context.Context) ([]Application, error) {
	var out struct{ Applications []Application }
	err := c.call(ctx, http.MethodGet, "/applications", nil, &out)
	return out.Applications, err
}

// RegisterApplication makes an application known to the server.
func (c *Client) RegisterApplication(ctx context.Context, a NewApplication) (Credentials, error) {
	var out Credentials
	err := c.call(ctx, http.MethodPost, "/applications", a, &out)
	return out, err
}

// Application shows an application with its versions.
func (c *Client) Application(ctx context.Context, clientID string) (Application, error) {
	var out Application
	err := c.call(ctx, http.MethodGet, applicationPath(clientID), nil, &out)
	return out, err
}

// ApplicationChange is what changes of an application; nil leaves it as it is.
type ApplicationChange struct {
	Name                   *string `json:"name,omitempty"`
	RotateApplicationToken *string `json:"rotate_application_token,omitempty"` // never or update

	// Delivery: rate, burst and concurrency bound all destinations together.
	Delivery DeliveryChange `json:"delivery,omitzero"`
}

// ChangeApplication changes an application for the whole server.
func (c *Client) ChangeApplication(ctx context.Context, clientID string, change ApplicationChange) (Application, error) {
	var out Application
	err := c.call(ctx, http.MethodPatch, applicationPath(clientID), change, &out)
	return out, err
}

// RenewSecret gives an application another client_secret, and another application_token
// on every portal. The former ones end at once.
func (c *Client) RenewSecret(ctx context.Context, clientID string) (secret string, err error) {
	var out struct {
		ClientSecret string `json:"client_secret"`
	}
	err = c.call(ctx, http.MethodPost, applicationPath(clientID)+"/secret", nil, &out)
	return out.ClientSecret, err
}

// RegisterVersion adds a version.
func (c *Client) RegisterVersion(ctx context.Context, clientID string, v Version) error {
	return c.call(ctx, http.MethodPost, applicationPath(clientID)+"/versions", v, nil)
}

// Install says what is installed; empty fields have the server's defaults.
type Install struct {
	Version  string `json:"version"`
	UserID   int64  `json:"user_id,omitempty"`
	Language string `json:"language,omitempty"`
	Status   string `json:"status,omitempty"`
}

// Installed is an installation with tokens of the user who made the change.
type Installed struct {
	Installed        bool   `json:"installed"`
	Status           string `json:"status"`
	Version          string `json:"version"`
	ApplicationToken string `json:"application_token"`
	AccessToken      string `json:"access_token"`
	RefreshToken     string `json:"refresh_token"`
	Expires          int64  `json:"expires"` // unix seconds
}

// Install installs an application on a portal, moves it to another version, or
// installs the same one again.
func (c *Client) Install(ctx context.Context, memberID, clientID string, i Install) (Installed, error) {
	var out Installed
	err := c.call(ctx, http.MethodPut, installationPath(memberID, clientID), i, &out)
	return out, err
}

// Installation is what stands on a portal.
type Installation struct {
	ClientID  string `json:"client_id"`
	Installed bool   `json:"installed"` // false: its installer has not finished
	Status    string `json:"status"`
	Version   string `json:"version"`
	Scope     string `json:"scope"`
	Language  string `json:"language"`
	UserID    int64  `json:"user_id"` // who installed or updated it
	Payment
}

// Installations lists what is installed on a portal, oldest first.
func (c *Client) Installations(ctx context.Context, memberID string) ([]Installation, error) {
	var out struct{ Installations []Installation }
	err := c.call(ctx, http.MethodGet, portalPath(memberID)+"/installations", nil, &out)
	return out.Installations, err
}

// Installation shows an installation.
func (c *Client) Installation(ctx context.Context, memberID, clientID string) (Installation, error) {
	var out Installation
	err := c.call(ctx, http.MethodGet, installationPath(memberID, clientID), nil, &out)
	return out, err
}

// Finish says that the installer has done its work; userID 0 stands for the
// portal's first administrator.
func (c *Client) Finish(ctx context.Context, memberID, clientID string, userID int64) (Installed, error) {
	var out Installed
	err := c.call(ctx, http.MethodPost, installationPath(memberID, clientID)+"/finish", userBody{userID}, &out)
	return out, err
}

// Payment is how it stands with what is paid for an installation.
type Payment struct {
	PaidUntil string `json:"paid_until"`      // the last day, such as 2026-12-31; empty: there is nothing to pay
	Expired   bool   `json:"payment_expired"` // that day and 14 of grace are over: no events, no REST
	Days      *int64 `json:"days"`            // whole ones that are left; nil: there is nothing to pay
}

// Paid is an installation after a change of its payment.
type Paid struct {
	Status string `json:"status"`
	Payment
}

// PaymentChange is what changes of a payment.
type PaymentChange struct {
	Status string `json:"status,omitempty"` // F D T P S; empty: as it was
	// PaidUntil is the last day in the portal's time zone, such as 2026-12-31; "": there
	// is nothing to pay; nil: as it was.
	PaidUntil *string `json:"paid_until,omitempty"`
}

// Pay says how it stands with the payment of a market application.
func (c *Client) Pay(ctx context.Context, memberID, clientID string, change PaymentChange) (Paid, error) {
	var out Paid
	err := c.call(ctx, http.MethodPost, installationPath(memberID, clientID)+"/payment", change, &out)
	return out, err
}

// Uninstall ends an installation; clean says that the application's data goes too.
func (c *Client) Uninstall(ctx context.Context, memberID, clientID string, clean bool) error {
	path := installationPath(memberID, clientID)
	if clean {
		path += "?clean=1"
	}
	return c.call(ctx, http.MethodDelete, path, nil, nil)
}

// Tokens authorise calls as a user.
type Tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	Expires      int64  `json:"expires"` // unix seconds
	UserID       int64  `json:"user_id"`
}

// IssueTokens makes tokens of a user for an installation.
func (c *Client) IssueTokens(ctx context.Context, memberID, clientID string, userID int64) (Tokens, error) {
	var out Tokens
	err := c.call(ctx, http.MethodPost, installationPath(memberID, clientID)+"/tokens", userBody{userID}, &out)
	return out, err
}

// SigningSecret is what an installation's requests are signed with.
type SigningSecret struct {
	Secret      string `json:"signing_secret"` // whsec_..., for any library of Standard Webhooks
	FormerUntil string `json:"former_until"`   // RFC 3339: until then the secret before it signs too; empty: it does not
}

// SigningSecret shows the signing secret of an installation.
func (c *Client) SigningSecret(ctx context.Context, memberID, clientID string) (SigningSecret, error) {
	var out SigningSecret
	err := c.call(ctx, http.MethodGet, installationPath(memberID, clientID)+"/signing_secret", nil, &out)
	return out, err
}

// RotateSigningSecret gives an installation another signing secret. The former one
// signs too for so many seconds; 0 ends it at once.
func (c *Client) RotateSigningSecret(ctx context.Context, memberID, clientID string, overlap int64) (SigningSecret, error) {
	var out SigningSecret
	body := map[string]int64{"overlap": overlap}
	err := c.call(ctx, http.MethodPost, installationPath(memberID, clientID)+"/signing_secret", body, &out)
	return out, err
}

type userBody struct {
	UserID int64 `json:"user_id"`
}

// Visit is one look of a user at the page of an application.
type Visit struct {
	UserID    int64           `json:"user_id"`
	Placement string          `json:"placement,omitempty"`         // empty: DEFAULT
	Options   json.RawMessage `json:"placement_options,omitempty"` // an object or a list
}

// Frame is what the user's browser posts, and where to.
type Frame struct {
	Method string `json:"method"` // POST, or GET without fields of a static application
	URL    string `json:"url"`
	Fields []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"fields"`
	Body string `json:"body"` // the fields as application/x-www-form-urlencoded
}

// OpenFrame prepares a visit of an application's page, or of its installer.
func (c *Client) OpenFrame(ctx context.Context, memberID, clientID string, v Visit) (Frame, error) {
	var out Frame
	err := c.call(ctx, http.MethodPost, installationPath(memberID, clientID)+"/frame", v, &out)
	return out, err
}

func applicationPath(clientID string) string { return "/applications/" + url.PathEscape(clientID) }

func installationPath(memberID, clientID string) string {
	return portalPath(memberID) + "/installations/" + url.PathEscape(clientID)
}
