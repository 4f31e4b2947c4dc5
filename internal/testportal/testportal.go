// Package testportal is a portal for tests: a store of its own with two users
// and an installed application, a clock that stands still, and a queue that
// records what it is handed.
package testportal

import (
	"cmp"
	"context"
	"crypto/sha256"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/methods/calendar"
	"github.com/onevent/onevent/methods/confirm"
	"github.com/onevent/onevent/methods/crm"
	"github.com/onevent/onevent/methods/option"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/sqlite"
)

// The users and the application that every portal begins with.
const (
	Admin onevent.UserID = 1
	User  onevent.UserID = 2

	ClientID     = "local.5c8bb1b0891cf2.87252039"
	ClientSecret = "LWx4oYb2Tm6HnJq8sVd3kP5rFz7cGa9eUi1tRy0wQxKhMjNpSv"
)

// Portal is the portal with everything that a server has around it.
type Portal struct {
	T         testing.TB
	Store     onevent.Store
	Directory *directory.Directory
	Clock     *onevent.ManualClock
	Authority *oauth.Authority
	Publisher *publish.Publisher
	Manager   *lifecycle.Manager
	Confirms  *confirm.Keeper
	Queue     *Queue
	Logger    *slog.Logger

	ID  onevent.PortalID
	App onevent.ApplicationID
}

// Scope is that of the application.
var Scope = []string{"crm", "calendar", "user"}

// Open makes a portal at 2026-03-01 12:00 UTC in the zone Europe/Riga, with the
// administrator 1, the user 2 and the application, installed by 1 with Scope.
func Open(t testing.TB) *Portal {
	t.Helper()
	clock := onevent.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	p := &Portal{T: t, Clock: clock, Queue: &Queue{}, Logger: slog.New(slog.DiscardHandler), ID: 1, App: 1}
	p.openStore()
	ring, err := seal.NewRing(seal.NewKey())
	p.must(err)
	p.Directory, err = directory.Load(context.Background(), p.Store, ring)
	p.must(err)
	p.Authority = &oauth.Authority{Ring: ring, Directory: p.Directory, Store: p.Store, Clock: clock, Addresses: Addresses{}}
	p.Publisher = &publish.Publisher{
		Directory: p.Directory,
		Clock:     clock,
		Queue:     p.Queue,
		Ring:      ring,
		Guards: map[string]publish.Guard{
			crm.ObjectType: crm.Guard(), calendar.ObjectType: calendar.Guard(), calendar.SectionType: calendar.SectionGuard(),
		},
	}
	p.Manager = &lifecycle.Manager{
		Store: p.Store, Directory: p.Directory, Publisher: p.Publisher, Authority: p.Authority, Clock: clock, Clean: option.Clean, Ended: confirm.Forget,
	}
	p.Confirms = &confirm.Keeper{Store: p.Store, Directory: p.Directory, Publisher: p.Publisher, Clock: clock, Ring: ring}
	p.seed()
	return p
}

func (p *Portal) openStore() {
	store, err := sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(p.T.TempDir(), "store.db"), Clock: p.Clock})
	p.must(err)
	p.T.Cleanup(func() {
		if err := store.Close(); err != nil {
			p.T.Error(err)
		}
	})
	p.Store = store
}

func (p *Portal) must(err error) {
	p.T.Helper()
	if err != nil {
		p.T.Fatal(err)
	}
}

// Update runs fn in a transaction.
func (p *Portal) Update(fn func(onevent.Tx) error) {
	p.T.Helper()
	p.must(p.Store.Update(context.Background(), fn))
}

func (p *Portal) seed() {
	sum := sha256.Sum256([]byte(ClientSecret))
	p.Update(func(tx onevent.Tx) error {
		for _, name := range []string{"portal", "application", "user/1", "user/1"} {
			if _, err := tx.NextID(name); err != nil {
				return err
			}
		}
		return cmp.Or(
			p.Directory.PutPortal(tx, onevent.Portal{
				ID: p.ID, MemberID: "a223c6b3710f85df22e9377d6c4f7553", Domain: "portal.example.com",
				PublicURL: "https://portal.example.com", Language: "en", TimeZone: "Europe/Riga", Created: p.Clock.Now(),
			}),
			p.Directory.PutUser(tx, onevent.User{
				Portal: p.ID, ID: Admin, Active: true, Admin: true, Name: "Administrator", Email: "admin@example.com", CreatedAt: p.Clock.Now(),
			}),
			p.Directory.PutUser(tx, onevent.User{
				Portal: p.ID, ID: User, Active: true, Name: "User", Email: "user@example.com", CreatedAt: p.Clock.Now(),
			}),
			p.Directory.PutApplication(tx, onevent.Application{
				ID: p.App, ClientID: ClientID, SecretHash: sum[:], Name: "Application", Kind: onevent.KindLocal, Created: p.Clock.Now(),
			}),
			p.Directory.PutVersion(tx, onevent.Version{Application: p.App, Ordinal: 1, Text: "1.0.0", Scope: Scope}),
		)
	})
	p.Install(p.App)
}

// Install begins a life of an application on the portal, with Scope, finished.
func (p *Portal) Install(app onevent.ApplicationID) *directory.Installation {
	p.T.Helper()
	p.Update(func(tx onevent.Tx) error {
		id, err := tx.NextID("installation")
		if err != nil {
			return err
		}
		return p.Directory.PutInstallation(tx, directory.Installation{
			Installation: onevent.Installation{
				ID: onevent.InstallationID(id), Portal: p.ID, Application: app, Version: 1, Scope: Scope,
				Status: "L", Installed: true, InstalledBy: Admin, Created: p.Clock.Now(),
			},
			Secrets: onevent.InstallationSecrets{ApplicationToken: "51856fefc120afa4b628cc82d3935cce", SigningSecret: "whsec_c2VjcmV0"},
		})
	})
	return p.Installation(app)
}

// Row is the portal as it is now.
func (p *Portal) Row() *onevent.Portal { return p.Directory.Portal(p.ID) }

// Installation is the standing one of an application.
func (p *Portal) Installation(app onevent.ApplicationID) *directory.Installation {
	return p.Directory.Standing(p.ID, app)
}

// ChangeInstallation changes the application's installation.
func (p *Portal) ChangeInstallation(change func(*directory.Installation)) {
	p.T.Helper()
	row := *p.Installation(p.App)
	change(&row)
	p.Update(func(tx onevent.Tx) error { return p.Directory.PutInstallation(tx, row) })
}

// ChangeUser changes a user, or makes him.
func (p *Portal) ChangeUser(id onevent.UserID, change func(*onevent.User)) {
	p.T.Helper()
	row := onevent.User{Portal: p.ID, ID: id, Active: true}
	if u := p.Directory.User(p.ID, id); u != nil {
		row = *u
	}
	change(&row)
	p.Update(func(tx onevent.Tx) error { return p.Directory.PutUser(tx, row) })
}

// Tokens are those of a user for the application.
func (p *Portal) Tokens(user onevent.UserID) oauth.Tokens {
	return p.Authority.Mint(oauth.Grant{Installation: p.Installation(p.App), User: p.Directory.User(p.ID, user), Refresh: true})
}

// Token is an access token of a user for the application.
func (p *Portal) Token(user onevent.UserID) string { return p.Tokens(user).Access }

// Webhook makes an incoming webhook of a user and returns its code.
func (p *Portal) Webhook(user onevent.UserID, scope ...string) string {
	p.T.Helper()
	code := onevent.RandomText(16, onevent.LowerAlnum)
	sum := sha256.Sum256([]byte(code))
	p.Update(func(tx onevent.Tx) error {
		id, err := tx.NextID("webhook")
		if err != nil {
			return err
		}
		return p.Directory.PutWebhook(tx, onevent.IncomingWebhook{
			ID: onevent.WebhookID(id), Portal: p.ID, User: user, CodeHash: sum[:], Scope: scope, Created: p.Clock.Now(),
		})
	})
	return code
}

// Addresses answers by the caller's base, as the dev portal does.
type Addresses struct{}

// Endpoints implements onevent.Addresses.
func (Addresses) Endpoints(p *onevent.Portal, base string) onevent.Endpoints {
	if base == "" {
		base = p.PublicURL
	}
	return onevent.Endpoints{Client: base + "/rest/", Server: base + "/oauth-server/rest/"}
}
