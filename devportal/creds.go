package devportal

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/server"
)

// Creds tell programs where the portal is and what opens it: the file that
// `onevent dev` writes when it is ready. A key whose thing is off or does not
// exist is "". Times are unix seconds.
type Creds struct {
	PortalURL          string `json:"portal_url"`
	OAuthURL           string `json:"oauth_url"`
	WebhookURL         string `json:"webhook_url"`
	TLSPortalURL       string `json:"tls_portal_url"`
	TLSOAuthURL        string `json:"tls_oauth_url"`
	TLSWebhookURL      string `json:"tls_webhook_url"`
	ConsoleURL         string `json:"console_url"`
	Domain             string `json:"domain"`
	MemberID           string `json:"member_id"`
	ClientID           string `json:"client_id"`
	ClientSecret       string `json:"client_secret"`
	AccessToken        string `json:"access_token"`
	RefreshToken       string `json:"refresh_token"`
	Expires            int64  `json:"expires"`
	ExpiredAccessToken string `json:"expired_access_token"`
	ApplicationToken   string `json:"application_token"`
	SigningSecret      string `json:"signing_secret"`
	UserID             int64  `json:"user_id"`
	Scope              string `json:"scope"`
	NoScopeMethod      string `json:"no_scope_method"`
	CalendarSection    int64  `json:"calendar_section"`
	OwnerTypeID        int64  `json:"owner_type_id"` // of CRM activities: a contact
	OwnerID            int64  `json:"owner_id"`
	AppFrameURL        string `json:"app_frame_url"`
	CAFile             string `json:"ca_file"`
	AdminToken         string `json:"admin_token"`
}

// ReadCreds reads the file. The error has CodeInvalid.
func ReadCreds(path string) (Creds, error) {
	var c Creds
	raw, err := os.ReadFile(path)
	if err != nil {
		return c, invalid("%w: is `onevent dev` running? --creds names its file", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil || c.AdminToken == "" || c.base() == "" {
		return c, invalid("%s is not a file that `onevent dev` wrote", path)
	}
	return c, nil
}

func (c Creds) write(path string) error {
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, append(raw, '\n'), 0o600)
}

func (c Creds) base() string { return cmp.Or(c.PortalURL, c.TLSPortalURL) }

// Client calls the management API of the portal.
func (c Creds) Client() (*client.Client, error) {
	pool, err := trusting(c.CAFile)
	if err != nil {
		return nil, err
	}
	h := &http.Client{Transport: &http.Transport{DialContext: dialHere, TLSClientConfig: &tls.Config{RootCAs: pool}}}
	return client.New(c.base(), onevent.Secret(c.AdminToken), h), nil
}

// dialHere finds a portal on this machine under a name that only it knows.
func dialHere(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	var unknown *net.DNSError
	if !errors.As(err, &unknown) {
		return conn, err
	}
	_, port, _ := net.SplitHostPort(address) // package net/http gives host and port
	return d.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}

// trusting is the system's pool with one more authority, as far as the system
// has one; caFile may be empty.
func trusting(caFile string) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if caFile == "" {
		return pool, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, invalid("the local CA can't be read: %w", err)
	}
	pool.AppendCertsFromPEM(pem)
	return pool, nil
}

// The CRM entity to which activities may be added: a contact.
// docs/protocol/methods-activities-calendar-users.md
const (
	contactType  = 3
	firstContact = 1
	firstSection = 1 // of the administrator's calendar
)

// creds tell what was made, with tokens of now.
func (s *seeder) creds(caFile string) Creds {
	grant := oauth.Grant{Installation: s.app, User: s.admin, Refresh: true}
	tokens := s.server.Authority.Mint(grant)
	c := Creds{
		PortalURL:          s.sites.address("http", s.sites.domain),
		TLSPortalURL:       s.sites.address("https", s.sites.domain),
		Domain:             s.sites.domain,
		MemberID:           s.portal.MemberID,
		ClientID:           s.secrets.ClientID,
		ClientSecret:       s.secrets.ClientSecret,
		AccessToken:        tokens.Access,
		RefreshToken:       tokens.Refresh,
		Expires:            tokens.Expires,
		ExpiredAccessToken: s.server.Authority.MintExpired(grant),
		ApplicationToken:   s.app.Secrets.ApplicationToken.Reveal(),
		SigningSecret:      s.app.Secrets.SigningSecret.Reveal(),
		UserID:             int64(s.admin.ID),
		Scope:              joined(s.app.Scope),
		NoScopeMethod:      outOfScope(s.app.Scope),
		CalendarSection:    firstSection,
		OwnerTypeID:        contactType,
		OwnerID:            firstContact,
		CAFile:             caFile,
		AdminToken:         s.secrets.AdminToken,
	}
	c.OAuthURL, c.WebhookURL = s.below(c.PortalURL)
	c.TLSOAuthURL, c.TLSWebhookURL = s.below(c.TLSPortalURL)
	return c
}

// below are the addresses of the authorisation server and of the webhook under
// a portal URL; empty under none.
func (s *seeder) below(portalURL string) (oauthURL, webhookURL string) {
	if portalURL == "" {
		return "", ""
	}
	return portalURL + "/" + server.OAuthPath,
		fmt.Sprintf("%s/rest/%d/%s/", portalURL, s.admin.ID, s.secrets.WebhookCode)
}

// absolute lets other programs find a file from wherever they run.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}
