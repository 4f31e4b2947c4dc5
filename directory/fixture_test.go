package directory_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/sqlite"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// bed is a directory on a store in a file.
type bed struct {
	*directory.Directory
	t     *testing.T
	path  string
	key   []byte
	ring  *seal.Ring
	store onevent.Store
}

func open(t *testing.T) *bed {
	t.Helper()
	b := &bed{t: t, path: filepath.Join(t.TempDir(), "store.db"), key: seal.NewKey()}
	b.ring = b.newRing(b.key)
	b.openStore()
	t.Cleanup(func() { b.store.Close() })
	b.Directory = b.load(b.ring)
	return b
}

func (b *bed) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bed) newRing(keys ...[]byte) *seal.Ring {
	b.t.Helper()
	ring, err := seal.NewRing(keys...)
	b.must(err)
	return ring
}

func (b *bed) openStore() {
	b.t.Helper()
	store, err := sqlite.Open(context.Background(), sqlite.Config{Path: b.path, Clock: onevent.NewManualClock(noon)})
	b.must(err)
	b.store = store
}

func (b *bed) load(ring *seal.Ring) *directory.Directory {
	b.t.Helper()
	d, err := directory.Load(context.Background(), b.store, ring)
	b.must(err)
	return d
}

// restart opens the store again and returns what a new process knows.
func (b *bed) restart() *directory.Directory {
	b.t.Helper()
	b.must(b.store.Close())
	b.openStore()
	return b.load(b.ring)
}

func (b *bed) update(fn func(onevent.Tx) error) {
	b.t.Helper()
	b.must(b.store.Update(context.Background(), fn))
}

// put makes one writer of many rows.
func put(tx onevent.Tx, steps ...func(onevent.Tx) error) error {
	for _, step := range steps {
		if err := step(tx); err != nil {
			return err
		}
	}
	return nil
}

var errLate = errors.New("the disk went away")

// loses is a store whose commits fail after the closure has returned nil.
type loses struct{ onevent.Store }

func (s loses) Update(ctx context.Context, fn func(onevent.Tx) error) error {
	return s.Store.Update(ctx, func(tx onevent.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errLate
	})
}

// The rows of a small house: two portals with the same user ids, two
// applications, an installation on each portal.
func portalRow(id onevent.PortalID, name string) onevent.Portal {
	return onevent.Portal{
		ID: id, MemberID: name + "223c6b3710f85df22e9377d6c4f7553", Domain: name + ".example.com", PublicURL: "https://" + name + ".example.com",
		Language: "en", TimeZone: "Europe/Riga", Settings: onevent.PortalSettings{NoAccessCheck: true}, Created: noon,
	}
}

func userRow(portal onevent.PortalID, id onevent.UserID) onevent.User {
	return onevent.User{Portal: portal, ID: id, Active: true, Name: "User", Email: "user@example.com", CreatedAt: noon}
}

func installationRow(portal onevent.PortalID, id onevent.InstallationID, app onevent.ApplicationID) directory.Installation {
	return directory.Installation{
		Installation: onevent.Installation{
			ID: id, Portal: portal, Application: app, Version: 1, Scope: []string{"crm", "user"}, Status: "L", Installed: true, Epoch: 1, Created: noon,
		},
		Secrets: onevent.InstallationSecrets{ApplicationToken: onevent.Secret("token-of-" + string(rune('a'+id))), SigningSecret: "whsec_c2VjcmV0"},
	}
}

func webhookRow(portal onevent.PortalID, id onevent.WebhookID, user onevent.UserID, code string) onevent.IncomingWebhook {
	sum := sha256.Sum256([]byte(code))
	return onevent.IncomingWebhook{ID: id, Portal: portal, User: user, CodeHash: sum[:], Scope: []string{"crm"}, Created: noon}
}

func outgoingRow(portal onevent.PortalID, id onevent.WebhookID) directory.OutgoingWebhook {
	return directory.OutgoingWebhook{
		OutgoingWebhook: onevent.OutgoingWebhook{ID: id, Portal: portal, User: 2, Name: "Orders", Created: noon},
		Secrets:         onevent.InstallationSecrets{ApplicationToken: "token-of-a-webhook", SigningSecret: "whsec_aG9vaw=="},
	}
}

func destinationRow(portal onevent.PortalID, id onevent.DestinationID, owner onevent.Owner) onevent.Destination {
	return onevent.Destination{ID: id, Portal: portal, Owner: owner, URL: "https://app.example.com/handler", Created: noon}
}

func handlerRow(portal onevent.PortalID, id onevent.HandlerID, owner onevent.Owner, event string) onevent.Handler {
	return onevent.Handler{
		ID: id, Portal: portal, Owner: owner, Event: event, URL: "https://app.example.com/handler", User: onevent.UserID(id), Destination: 1, Created: noon,
	}
}

var first = onevent.Owner{Installation: 1}

// seed writes the house.
// fileSetRow is a set of version 1 of application 1.
func fileSetRow(id onevent.FileSetID, state string) onevent.FileSet {
	return onevent.FileSet{ID: id, Application: 1, Version: 1, State: state, Files: 1, Bytes: 5, Time: noon}
}

func (b *bed) seed() {
	b.t.Helper()
	b.update(b.house)
}

func (b *bed) house(tx onevent.Tx) error {
	secret := sha256.Sum256([]byte("secret"))
	for _, p := range []onevent.Portal{portalRow(1, "a"), portalRow(2, "b")} {
		if err := b.PutPortal(tx, p); err != nil {
			return err
		}
		for id := range onevent.UserID(3) {
			if err := b.PutUser(tx, userRow(p.ID, id+1)); err != nil {
				return err
			}
		}
	}
	return put(tx,
		func(tx onevent.Tx) error {
			return b.PutApplication(tx, onevent.Application{ID: 1, ClientID: "local.1", SecretHash: secret[:], Kind: onevent.KindLocal, Created: noon})
		},
		func(tx onevent.Tx) error {
			return b.PutApplication(tx, onevent.Application{ID: 2, ClientID: "app.2", SecretHash: secret[:], Kind: onevent.KindMarket, Created: noon})
		},
		func(tx onevent.Tx) error {
			return b.PutVersion(tx, onevent.Version{Application: 1, Ordinal: 2, Text: "1.10.0", Scope: []string{"crm"}})
		},
		func(tx onevent.Tx) error {
			return b.PutVersion(tx, onevent.Version{Application: 1, Ordinal: 1, Text: "1.9.0", Scope: []string{"crm"}})
		},
		func(tx onevent.Tx) error { return b.PutFileSet(tx, fileSetRow(1, onevent.FilesStand)) },
		func(tx onevent.Tx) error { return b.PutFileSet(tx, fileSetRow(2, onevent.FilesWritten)) },
		func(tx onevent.Tx) error { return b.PutInstallation(tx, installationRow(1, 1, 1)) },
		func(tx onevent.Tx) error { return b.PutInstallation(tx, installationRow(2, 2, 1)) },
		func(tx onevent.Tx) error { return b.PutWebhook(tx, webhookRow(1, 1, 2, "code-of-a")) },
		func(tx onevent.Tx) error { return b.PutWebhook(tx, webhookRow(2, 2, 2, "code-of-b")) },
		func(tx onevent.Tx) error { return b.PutOutgoingWebhook(tx, outgoingRow(2, 2)) },
		func(tx onevent.Tx) error { return b.PutOutgoingWebhook(tx, outgoingRow(1, 3)) },
		func(tx onevent.Tx) error { return b.PutOutgoingWebhook(tx, outgoingRow(1, 1)) },
		func(tx onevent.Tx) error { return b.PutDestination(tx, destinationRow(1, 1, first)) },
		func(tx onevent.Tx) error { return b.PutHandler(tx, handlerRow(1, 1, first, "ONCRMDEALADD")) },
	)
}

// picture is everything that a directory answers about the house.
type picture struct {
	Portals       []*onevent.Portal
	Members       []*onevent.Portal
	Domains       map[string]*onevent.Portal
	Formers       map[string]*onevent.Portal
	Users         [][]*onevent.User
	Applications  []*onevent.Application
	Clients       []*onevent.Application
	Versions      [][]*onevent.Version
	FileSets      []*onevent.FileSet
	Installations [][]*directory.Installation
	Standing      []*directory.Installation
	Webhooks      []*onevent.IncomingWebhook
	Outgoing      [][]*directory.OutgoingWebhook
	OutgoingByID  []*directory.OutgoingWebhook
	Handlers      map[string][]*onevent.Handler
	HandlersOf    [][]*onevent.Handler
	HandlerByID   []*onevent.Handler
	Destinations  []*onevent.Destination
	Lists         [][]*onevent.Destination
}

func pictureOf(d *directory.Directory) picture {
	p := picture{Portals: d.Portals(), Domains: map[string]*onevent.Portal{}, Formers: map[string]*onevent.Portal{}, Handlers: map[string][]*onevent.Handler{}}
	for _, domain := range []string{"a.example.com", "b.example.com", "c.example.com", "moved.example.com"} {
		p.Domains[domain], p.Formers[domain] = d.PortalByDomain(domain), d.PortalByFormerDomain(domain)
	}
	for _, row := range d.Portals() {
		p.Members = append(p.Members, d.PortalByMember(row.MemberID))
		p.Users = append(p.Users, d.Users(row.ID))
		p.Installations = append(p.Installations, d.Installations(row.ID))
		for app := range onevent.ApplicationID(4) {
			p.Standing = append(p.Standing, d.Standing(row.ID, app))
		}
		p.Webhooks = append(p.Webhooks, d.Webhook(row.ID, 2, "code-of-a"), d.Webhook(row.ID, 2, "code-of-b"))
		p.Outgoing = append(p.Outgoing, d.OutgoingWebhooks(row.ID))
		for id := range onevent.WebhookID(4) {
			p.OutgoingByID = append(p.OutgoingByID, d.OutgoingWebhook(row.ID, id))
		}
		for _, code := range []string{"ONCRMDEALADD", "ONCRMDEALUPDATE"} {
			p.Handlers[row.Domain+code] = d.Handlers(row.ID, code)
		}
		p.HandlersOf = append(p.HandlersOf, d.HandlersOf(row.ID, first))
		p.Lists = append(p.Lists, d.Destinations(row.ID))
	}
	for id := range onevent.ApplicationID(4) {
		p.Applications, p.Versions = append(p.Applications, d.Application(id)), append(p.Versions, d.Versions(id))
		p.FileSets = append(p.FileSets, d.FileSet(id, 1), d.FileSet(id, 2))
	}
	p.Clients = []*onevent.Application{d.ApplicationByClientID("local.1"), d.ApplicationByClientID("app.2")}
	for id := range 10 {
		p.HandlerByID = append(p.HandlerByID, d.Handler(onevent.HandlerID(id)))
		p.Destinations = append(p.Destinations, d.Destination(onevent.DestinationID(id)))
	}
	return p
}
