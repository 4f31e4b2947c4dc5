package admin_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/admin"
	"github.com/onevent/onevent/bind"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/methods/confirm"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/replay"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/sqlite"
	"github.com/onevent/onevent/static"
	"github.com/onevent/onevent/tail"
	"github.com/onevent/onevent/wire"
)

const token = "the-admin-token"

// bench is the API over a store of its own, with a queue that sends nothing
// unless a test takes another.
type bench struct {
	*client.Client
	t         *testing.T
	ctx       context.Context
	url       string
	handler   http.Handler
	store     onevent.Store
	directory *directory.Directory
	manager   *lifecycle.Manager
	authority *oauth.Authority
	clock     *onevent.ManualClock
	log       *bytes.Buffer
	logger    *slog.Logger // nil: one that writes to log
	ring      *seal.Ring
	hub       *tail.Hub
	inFlight  int
	condition func(onevent.DestinationID) dispatch.Condition
	waiting   func(onevent.DestinationID, onevent.DeliveryID) dispatch.Wait
	reloads   int
	delivery  onevent.DeliveryOptions // the server's
	queue     publish.Queue
	replays   *replay.Manager
	confirms  *confirm.Keeper
	guards    map[string]publish.Guard

	portal *onevent.Portal
	member string
}

type deafQueue struct{}

func (deafQueue) Accept(*onevent.Event, wire.Value, []onevent.Delivery) {}
func (deafQueue) Drop(onevent.DestinationID, onevent.HandlerID, int)    {}

func (deafQueue) Full(onevent.DestinationID) bool { return false }

func (deafQueue) Wake(onevent.DestinationID) {}

func (deafQueue) Withdraw(onevent.DestinationID, []onevent.DeliveryID) {}

type addresses struct{}

func (addresses) Endpoints(p *onevent.Portal, _ string) onevent.Endpoints {
	return onevent.Endpoints{Client: p.PublicURL + "/rest/", Server: "https://oauth.example.test/rest/"}
}

func openStore(t *testing.T, clock onevent.Clock) onevent.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db"), Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// open makes a portal with an administrator (1) and a user (2).
func open(t *testing.T) *bench {
	t.Helper()
	b := openEmpty(t)
	var err error
	b.member, _, err = b.CreatePortal(b.ctx, client.NewPortal{
		Domain: "portal.example.test", PublicURL: "https://portal.example.test", Language: "de",
		Admin: client.Account{Email: "admin@example.test"},
	})
	b.must(err)
	_, err = b.CreateUser(b.ctx, b.member, client.Account{Name: "User"}, false)
	b.must(err)
	b.portal = b.directory.PortalByMember(b.member)
	return b
}

func openEmpty(t *testing.T) *bench {
	t.Helper()
	clock := onevent.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	b := &bench{t: t, ctx: t.Context(), clock: clock, store: openStore(t, clock), log: &bytes.Buffer{}, queue: deafQueue{}, hub: &tail.Hub{}}
	ring, err := seal.NewRing(seal.NewKey())
	b.must(err)
	b.directory, err = directory.Load(b.ctx, b.store, ring)
	b.must(err)
	b.ring = ring
	b.serve(b.store, ring)
	return b
}

// serve composes the API over a store, which may be one that fails.
func (b *bench) serve(store onevent.Store, ring *seal.Ring) {
	publisher := &publish.Publisher{Directory: b.directory, Clock: b.clock, Queue: b.queue, Ring: ring, Guards: b.guards, Delivery: b.delivery, Raised: b.hub.Raised}
	b.authority = &oauth.Authority{Ring: ring, Directory: b.directory, Store: store, Clock: b.clock, Addresses: addresses{}}
	b.manager = &lifecycle.Manager{Store: store, Directory: b.directory, Publisher: publisher, Authority: b.authority, Clock: b.clock,
		Ended: confirm.Forget, Reload: func() { b.reloads++ }}
	b.confirms = &confirm.Keeper{Store: store, Directory: b.directory, Publisher: publisher, Clock: b.clock, Ring: ring}
	b.replays = &replay.Manager{Store: store, Directory: b.directory, Publisher: publisher, Queue: deafQueue{}, Clock: b.clock, Logger: slog.New(slog.DiscardHandler)}
	b.must(b.replays.Start(b.ctx))
	b.t.Cleanup(b.replays.Stop)
	b.handler = admin.New(admin.Config{
		Token: token, Manager: b.manager, Binder: &bind.Binder{Store: store, Directory: b.directory, Publisher: publisher, Clock: b.clock, RequireDot: true}, Store: store, Directory: b.directory, Publisher: publisher, Replays: b.replays, Confirms: b.confirms,
		Files: &static.Keeper{Store: store, Directory: b.directory, Clock: b.clock}, Clock: b.clock, Logger: cmp.Or(b.logger, slog.New(slog.NewTextHandler(b.log, nil))), InFlight: func() int { return b.inFlight },
		Condition: b.condition, Waiting: b.waiting, Hub: b.hub,
	})
	server := httptest.NewServer(b.handler)
	b.t.Cleanup(server.Close)
	b.url = server.URL
	b.Client = client.New(server.URL, token, server.Client())
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// reply is an answer as it came.
type reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request as it stands; headers come as pairs.
func (b *bench) do(method, path, body string, headers ...string) reply {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.ctx, method, b.url+path, strings.NewReader(body))
	b.must(err)
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	b.must(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	b.must(err)
	return reply{answer.StatusCode, answer.Header, string(text)}
}

// problem reads an error answer.
func (b *bench) problem(r reply) (code, message string, index int) {
	b.t.Helper()
	var body struct {
		Error struct {
			Code, Message string
			Index         *int
		}
	}
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		b.t.Fatalf("status %d with a body that is not JSON: %q", r.status, r.body)
	}
	index = -1
	if body.Error.Index != nil {
		index = *body.Error.Index
	}
	return body.Error.Code, body.Error.Message, index
}

// wants fails unless the answer is the error that is expected.
func (b *bench) wants(r reply, status int, code, words string) {
	b.t.Helper()
	gotCode, message, _ := b.problem(r)
	if r.status != status || gotCode != code || !strings.Contains(message, words) {
		b.t.Errorf("got %d %s %q, want %d %s with %q", r.status, gotCode, message, status, code, words)
	}
}

// register makes an application with version 1.0.0 and installs nothing.
func (b *bench) register(kind string, ui bool, v client.Version) string {
	b.t.Helper()
	app, err := b.RegisterApplication(b.ctx, client.NewApplication{Name: "App", Kind: kind, UI: ui})
	b.must(err)
	if v.Version == "" {
		v.Version = "1.0.0"
	}
	b.must(b.RegisterVersion(b.ctx, app.ClientID, v))
	return app.ClientID
}

// install makes an API-only local application with a handler of its own for
// each code.
func (b *bench) install(codes ...string) string {
	b.t.Helper()
	id := b.register(onevent.KindLocal, false, client.Version{Scope: "crm,calendar,user", EventURL: "https://app.example.test/event"})
	_, err := b.Install(b.ctx, b.member, id, client.Install{Version: "1.0.0"})
	b.must(err)
	for _, code := range codes {
		b.bind(id, code, "https://app.example.test/"+strings.ToLower(code))
	}
	return id
}

// bind puts a handler as event.bind does.
func (b *bench) bind(clientID, code, url string) onevent.HandlerID {
	b.t.Helper()
	inst := b.directory.Standing(b.portal.ID, b.directory.ApplicationByClientID(clientID).ID)
	owner := onevent.Owner{Installation: inst.ID}
	var id int64
	b.must(b.store.Update(b.ctx, func(tx onevent.Tx) error {
		dest, err := tx.NextID("destination")
		if err != nil {
			return err
		}
		if id, err = tx.NextID("handler"); err != nil {
			return err
		}
		row := onevent.Destination{ID: onevent.DestinationID(dest), Portal: b.portal.ID, Owner: owner, URL: url, Created: b.clock.Now()}
		if err := b.directory.PutDestination(tx, row); err != nil {
			return err
		}
		return b.directory.PutHandler(tx, onevent.Handler{ID: onevent.HandlerID(id), Portal: b.portal.ID, Owner: owner,
			Event: code, URL: url, Destination: row.ID, Created: b.clock.Now()})
	}))
	return onevent.HandlerID(id)
}

func (b *bench) stats() client.Stats {
	b.t.Helper()
	s, err := b.Stats(b.ctx)
	b.must(err)
	return s
}

func (b *bench) serveWithoutToken() {
	server := httptest.NewServer(admin.New(admin.Config{Store: b.store, Directory: b.directory, Clock: b.clock, Logger: slog.New(slog.DiscardHandler)}))
	b.t.Cleanup(server.Close)
	b.url = server.URL
}
