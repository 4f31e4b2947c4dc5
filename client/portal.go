package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/onevent/onevent"
)

// Portal is an account.
type Portal struct {
	MemberID  string `json:"member_id"`
	Domain    string `json:"domain"`
	PublicURL string `json:"public_url"`
	// Formerly are the domains that it had before, oldest first: calls that come
	// under them are sent to PublicURL.
	Formerly []string `json:"formerly"`
	Language string   `json:"language"`
	TimeZone string   `json:"time_zone"`

	Settings onevent.PortalSettings `json:"settings"`
}

// NewPortal describes a portal to be founded.
type NewPortal struct {
	Domain    string  `json:"domain"` // host of PublicURL
	PublicURL string  `json:"public_url"`
	Language  string  `json:"language,omitempty"`  // two letters; empty: en
	TimeZone  string  `json:"time_zone,omitempty"` // IANA name; empty: UTC
	Admin     Account `json:"admin"`

	Settings onevent.PortalSettings `json:"settings,omitzero"`
}

// Account describes a user to be made.
type Account struct {
	Email    string `json:"email,omitempty"`
	Password string `json:"password,omitempty"` // empty: cannot sign in
	Name     string `json:"name,omitempty"`
	LastName string `json:"last_name,omitempty"`
	TimeZone string `json:"time_zone,omitempty"` // IANA name; empty: the portal's
}

// Portals lists all portals.
func (c *Client) Portals(ctx context.Context) ([]Portal, error) {
	var out struct{ Portals []Portal }
	err := c.call(ctx, http.MethodGet, "/portals", nil, &out)
	return out.Portals, err
}

// CreatePortal founds a portal; userID is its first administrator.
func (c *Client) CreatePortal(ctx context.Context, p NewPortal) (memberID string, userID int64, err error) {
	var out struct {
		MemberID string `json:"member_id"`
		UserID   int64  `json:"user_id"`
	}
	err = c.call(ctx, http.MethodPost, "/portals", p, &out)
	return out.MemberID, out.UserID, err
}

// PortalChange is what changes of a portal; nil leaves it as it is.
type PortalChange struct {
	Settings SettingsChange `json:"settings,omitzero"`
	Language *string        `json:"language,omitempty"`  // two letters
	TimeZone *string        `json:"time_zone,omitempty"` // IANA name

	// Domain and PublicURL move the portal: a public URL and its host, both or
	// neither.
	Domain    *string `json:"domain,omitempty"`
	PublicURL *string `json:"public_url,omitempty"`
}

// SettingsChange is what changes of onevent.PortalSettings.
type SettingsChange struct {
	RefreshToken  *string `json:"events.refresh_token,omitempty"` // documented or always
	NoAccessCheck *bool   `json:"events.no_access_check,omitempty"`

	RateBurst      *int     `json:"rest.rate_burst,omitempty"`      // 0: no limit
	RatePerSecond  *float64 `json:"rest.rate_per_second,omitempty"` // above 0 where RateBurst is
	OperatingLimit *int     `json:"rest.operating_limit,omitempty"` // seconds; 0: no limit

	EventRate  *float64 `json:"events.rate,omitempty"`  // events a second; 0: no limit
	EventBurst *int     `json:"events.burst,omitempty"` // events at once; 0: those of one second

	RevokeReused   *bool     `json:"oauth.revoke_reused,omitempty"`  // a refresh token used too late ends its family
	ConfirmMethods *[]string `json:"rest.confirm_methods,omitempty"` // names of methods; an empty list takes all away
}

// ChangePortal changes a portal and returns it as it is then.
func (c *Client) ChangePortal(ctx context.Context, memberID string, change PortalChange) (Portal, error) {
	var out Portal
	err := c.call(ctx, http.MethodPatch, portalPath(memberID), change, &out)
	return out, err
}

// User is a person on a portal.
type User struct {
	ID       int64  `json:"user_id"`
	Email    string `json:"email"`
	Name     string `json:"name"`
	LastName string `json:"last_name"`
	Admin    bool   `json:"admin"`
	Active   bool   `json:"active"` // false: dismissed
}

// Users lists the users of a portal, dismissed ones included.
func (c *Client) Users(ctx context.Context, memberID string) ([]User, error) {
	var out struct{ Users []User }
	err := c.call(ctx, http.MethodGet, portalPath(memberID)+"/users", nil, &out)
	return out.Users, err
}

// CreateUser makes a user of a portal and returns the id.
func (c *Client) CreateUser(ctx context.Context, memberID string, a Account, admin bool) (int64, error) {
	in := struct {
		Account
		Admin bool `json:"admin"`
	}{a, admin}
	var out struct {
		UserID int64 `json:"user_id"`
	}
	err := c.call(ctx, http.MethodPost, portalPath(memberID)+"/users", in, &out)
	return out.UserID, err
}

// UserChange is what changes of a user; nil leaves it as it is.
type UserChange struct {
	Active *bool   `json:"active,omitempty"` // false dismisses: the user's tokens die
	Admin  *bool   `json:"admin,omitempty"`
	Email  *string `json:"email,omitempty"` // what he signs in with
	// Password ends the user's sessions; empty: he can't sign in any more.
	Password *string `json:"password,omitempty"`
	Name     *string `json:"name,omitempty"`
	LastName *string `json:"last_name,omitempty"`
	TimeZone *string `json:"time_zone,omitempty"` // IANA name; empty: the portal's
}

// ChangeUser changes a user of a portal.
func (c *Client) ChangeUser(ctx context.Context, memberID string, userID int64, change UserChange) (User, error) {
	var out User
	err := c.call(ctx, http.MethodPatch, portalPath(memberID)+"/users/"+strconv.FormatInt(userID, 10), change, &out)
	return out, err
}

// IncomingWebhook is shown once, when it is made.
type IncomingWebhook struct {
	ID   string `json:"id"`
	Code string `json:"code"`
	URL  string `json:"url"` // ends in a slash; a method's name follows
}

// CreateIncomingWebhook lets programs act as a user within a scope, a comma list.
func (c *Client) CreateIncomingWebhook(ctx context.Context, memberID string, userID int64, scope string) (IncomingWebhook, error) {
	in := struct {
		UserID int64  `json:"user_id"`
		Scope  string `json:"scope"`
	}{userID, scope}
	var out IncomingWebhook
	err := c.call(ctx, http.MethodPost, portalPath(memberID)+"/webhooks/incoming", in, &out)
	return out, err
}

func portalPath(memberID string) string { return "/portals/" + url.PathEscape(memberID) }
