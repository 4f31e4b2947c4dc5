package devportal

import (
	"cmp"
	"context"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/server"
)

// firstVersion is what the portal's own applications are made at.
const firstVersion = "1.0.0"

// seeder makes what a dev portal has from the start, and only what is missing:
// it may be cut off anywhere and goes on at the next start.
type seeder struct {
	config  Config
	folder  folder
	secrets *secrets
	clock   onevent.Clock
	store   onevent.Store
	server  *server.Server
	sites   *sites
	echoURL string // empty: off

	portal  *onevent.Portal
	admin   *onevent.User
	app     *directory.Installation // creds'
	webhook *onevent.IncomingWebhook
	bound   int // events that lead to Config.Handler
}

func (s *seeder) seed(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		s.foundPortal, s.addUser, s.addApplication, s.addWebhook, s.addEcho,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// foundPortal makes the portal, or moves it to where it is called today.
func (s *seeder) foundPortal(ctx context.Context) error {
	url := cmp.Or(s.sites.address("http", s.sites.domain), s.sites.address("https", s.sites.domain))
	if err := s.moveOrFound(ctx, url); err != nil {
		return err
	}
	s.portal = s.server.Directory.Portals()[0]
	s.admin = s.server.Directory.FirstAdmin(s.portal.ID)
	return nil
}

func (s *seeder) moveOrFound(ctx context.Context, url string) error {
	portals := s.server.Directory.Portals()
	if len(portals) == 0 {
		_, _, err := s.server.Manager.CreatePortal(ctx, lifecycle.PortalRequest{
			Domain: s.sites.domain, PublicURL: url, Admin: lifecycle.UserRequest{Name: "Administrator"},
		})
		return err
	}
	if portals[0].PublicURL == url {
		return nil
	}
	return s.server.Manager.MovePortal(ctx, portals[0].ID, s.sites.domain, url)
}

// addUser makes the ordinary user, who is user 2.
func (s *seeder) addUser(ctx context.Context) error {
	if len(s.server.Directory.Users(s.portal.ID)) > 1 {
		return nil
	}
	_, err := s.server.Manager.CreateUser(ctx, s.portal.ID, lifecycle.UserRequest{Name: "User"})
	return err
}

// addWebhook makes the incoming webhook. Its code was shown once: without it
// another one is made.
func (s *seeder) addWebhook(ctx context.Context) error {
	s.webhook = s.server.Directory.Webhook(s.portal.ID, s.admin.ID, s.secrets.WebhookCode)
	if s.webhook != nil {
		return s.rescopeWebhook(ctx)
	}
	row, code, err := s.server.Manager.CreateIncomingWebhook(ctx, s.portal.ID, s.admin.ID, cmp.Or(s.config.Scope, DefaultScope))
	if err != nil {
		return err
	}
	s.webhook, s.secrets.WebhookCode = row, code.Reveal()
	return s.folder.keep(s.secrets)
}

func (s *seeder) rescopeWebhook(ctx context.Context) error {
	if s.config.Scope == "" {
		return nil
	}
	scope, err := catalog.ParseScope(s.config.Scope)
	if err != nil {
		return err
	}
	row := *s.webhook
	row.Scope = scope
	return s.store.Update(ctx, func(tx onevent.Tx) error { return s.server.Directory.PutWebhook(tx, row) })
}

func joined(scope []string) string { return strings.Join(scope, ",") }
