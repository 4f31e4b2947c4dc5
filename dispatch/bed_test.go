package dispatch_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/signature"
	"github.com/onevent/onevent/sqlite"
	"github.com/onevent/onevent/wire"
)

// bed is a portal with one installed application, whose handlers are played by
// the test.
type bed struct {
	t              *testing.T
	path           string
	ring           *seal.Ring
	limits         dispatch.Limits
	clock          *onevent.ManualClock // nil in a bubble
	told           chan onevent.OperatorEvent
	outcomes       chan settledAs   // nil: not of interest
	logger         *slog.Logger     // of the next open; nil: none
	operatorURL    string           // of the next open
	operatorSigner signature.Signer // of the next open
	store          *watchedStore
	dir            *directory.Directory
	pub            *publish.Publisher
	engine         *dispatch.Engine
	calls          chan *call
	portal         onevent.PortalID
	installation   onevent.InstallationID
}

// call is an attempt that waits for the test's answer.
type call struct {
	egress.Request
	answer chan answer
}

type answer struct {
	egress.Response
	err error
}

func (c *call) status(code int) { c.answer <- answer{Response: egress.Response{Status: code}} }

func (c *call) retryAfter(code int, after string) {
	c.answer <- answer{Response: egress.Response{Status: code, RetryAfter: after}}
}

func (c *call) fail(reason string) { c.answer <- answer{err: &egress.Error{Reason: reason}} }

// value is what the body has under a key.
func (c *call) value(key string) string {
	v, _ := url.ParseQuery(string(c.Body)) // what can not be read has no value
	return v.Get(key)
}

// form is the body, decoded.
func (c *call) form(t *testing.T) url.Values {
	t.Helper()
	v, err := url.ParseQuery(string(c.Body))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (b *bed) Post(ctx context.Context, r egress.Request) (egress.Response, error) {
	c := &call{Request: r, answer: make(chan answer, 1)}
	select {
	case b.calls <- c:
	case <-ctx.Done():
		return egress.Response{}, &egress.Error{Reason: egress.ReasonCanceled}
	}
	select {
	case a := <-c.answer:
		return a.Response, a.err
	case <-ctx.Done():
		return egress.Response{}, &egress.Error{Reason: egress.ReasonCanceled}
	}
}

// watchedStore tells when outcomes were settled, and can refuse to settle and to be
// read.
type watchedStore struct {
	onevent.Store
	refuse  atomic.Bool
	views   atomic.Int64
	settled chan struct{}

	unreadable atomic.Bool
}

func (s *watchedStore) View(ctx context.Context, fn func(onevent.Reader) error) error {
	s.views.Add(1)
	if s.unreadable.Load() {
		return onevent.Errorf(onevent.CodeUnavailable, "it can't be read")
	}
	return s.Store.View(ctx, fn)
}

func (s *watchedStore) Settle(ctx context.Context, fn func(onevent.Tx) error) error {
	if s.refuse.Load() {
		return onevent.ErrStorageFull
	}
	err := s.Store.Settle(ctx, fn)
	select {
	case s.settled <- struct{}{}:
	default:
	}
	return err
}

func (s *watchedStore) SettleSoon(ctx context.Context, fn func(onevent.Tx) error) error {
	return s.Settle(ctx, fn)
}

type addresses struct{}

func (addresses) Endpoints(*onevent.Portal, string) onevent.Endpoints {
	return onevent.Endpoints{Client: "https://example.bitrix24.com/rest/", Server: "https://oauth.bitrix.info/rest/"}
}

const signingSecret onevent.Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

const start = 1727018926 // unix seconds

func newBed(t *testing.T, limits dispatch.Limits) *bed {
	t.Helper()
	return newBedAt(t, limits, onevent.NewManualClock(time.Unix(start, 0)))
}

// inBubble runs a test whose time is that of testing/synctest: pass lets it
// pass, and what comes of it has come when pass returns.
func inBubble(t *testing.T, limits dispatch.Limits, test func(*testing.T, *bed)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { test(t, newBedAt(t, limits, nil)) })
}

// pass lets time go by in a bubble.
func (b *bed) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (b *bed) time() onevent.Clock {
	if b.clock == nil {
		return onevent.SystemClock{}
	}
	return b.clock
}

func newBedAt(t *testing.T, limits dispatch.Limits, clock *onevent.ManualClock) *bed {
	t.Helper()
	ring, err := seal.NewRing(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	b := &bed{
		t:      t,
		path:   filepath.Join(t.TempDir(), "onevent.db"),
		ring:   ring,
		limits: limits,
		clock:  clock,
		calls:  make(chan *call),
		told:   make(chan onevent.OperatorEvent, 100),
	}
	b.open()
	b.seed()
	t.Cleanup(func() { b.close() })
	return b
}

// open starts the server's rooms on the store, as a restart does.
func (b *bed) open() {
	b.t.Helper()
	ctx := context.Background()
	db, err := sqlite.Open(ctx, sqlite.Config{Path: b.path, Clock: b.time()})
	if err != nil {
		b.t.Fatal(err)
	}
	b.store = &watchedStore{Store: db, settled: make(chan struct{}, 1)}
	if b.dir, err = directory.Load(ctx, b.store, b.ring); err != nil {
		b.t.Fatal(err)
	}
	if b.operatorURL != "" {
		b.dir.SetOperator(b.operatorURL)
	}
	if b.logger == nil {
		b.logger = slog.New(slog.DiscardHandler)
	}
	b.engine = dispatch.New(dispatch.Config{
		Store:     b.store,
		Directory: b.dir,
		Authority: &oauth.Authority{Ring: b.ring, Directory: b.dir, Store: b.store, Clock: b.time(), Addresses: addresses{}},
		Addresses: addresses{},
		Poster:    b,
		Clock:     b.time(),
		Tell:      func(e onevent.OperatorEvent) { b.told <- e },
		TellIn: func(tx onevent.Tx, e onevent.OperatorEvent) error {
			tx.OnCommit(func() { b.told <- e })
			return nil
		},
		Settled: func(s onevent.State, v onevent.Verdict, took time.Duration) {
			if b.outcomes != nil {
				b.outcomes <- settledAs{s, v, took}
			}
		},
		Operator: b.operatorSigner,
		Logger:   b.logger,
		Limits:   b.limits,
		Jitter:   func() float64 { return 0 },
	})
	b.pub = &publish.Publisher{Directory: b.dir, Clock: b.time(), Queue: b.engine, Ring: b.ring}
	if err := b.engine.Start(ctx); err != nil {
		b.t.Fatal(err)
	}
}

// close ends at once: attempts that wait for an answer are given up.
func (b *bed) close() {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	b.engine.Stop(ended)
	if err := b.store.Close(); err != nil {
		b.t.Error(err)
	}
}

// listen keeps what is logged from a level on.
func (b *bed) listen(level slog.Level) *testkit.Log {
	b.t.Helper()
	log := &testkit.Log{}
	b.logger = log.Logger(level)
	b.restart()
	return log
}

func (b *bed) restart() {
	b.t.Helper()
	b.close()
	b.open()
}

func (b *bed) update(fn func(onevent.Tx) error) {
	b.t.Helper()
	if err := b.store.Update(context.Background(), fn); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bed) seed() {
	b.t.Helper()
	b.portal, b.installation = 1, 1
	b.update(func(tx onevent.Tx) error {
		for _, put := range []func() error{
			func() error {
				return b.dir.PutPortal(tx, onevent.Portal{ID: 1, MemberID: "a223c6b3710f85df22e9377d6c4f7553",
					Domain: "example.bitrix24.com", PublicURL: "https://example.bitrix24.com", Language: "en", TimeZone: "UTC"})
			},
			func() error {
				return b.dir.PutUser(tx, onevent.User{Portal: 1, ID: 1, Active: true, Admin: true, Name: "Administrator"})
			},
			func() error { return b.dir.PutUser(tx, onevent.User{Portal: 1, ID: 2, Active: true, Name: "User"}) },
			func() error {
				return b.dir.PutApplication(tx, onevent.Application{ID: 1, ClientID: "local.5c8bb1b0891cf2.87252039", Kind: onevent.KindLocal})
			},
			func() error {
				return b.dir.PutVersion(tx, onevent.Version{Application: 1, Ordinal: 1, Text: "1", Scope: []string{"crm", "placement", "user_brief", "calendar"}})
			},
			func() error { return b.dir.PutInstallation(tx, b.seedInstallation()) },
		} {
			if err := put(); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bed) seedInstallation() directory.Installation {
	return directory.Installation{
		Installation: onevent.Installation{ID: 1, Portal: 1, Application: 1, Version: 1, Status: "L", Installed: true, Language: "en",
			Scope: []string{"crm", "placement", "user_brief", "calendar"}, InstalledBy: 1},
		Secrets: onevent.InstallationSecrets{ApplicationToken: "51856fefc120afa4b628cc82d3935cce", SigningSecret: signingSecret},
	}
}

const url1 = "https://app.example.com/handler.php"

// bind makes a handler of the application.
func (b *bed) bind(code, url string, user onevent.UserID, opts onevent.DeliveryOptions) onevent.Handler {
	b.t.Helper()
	var h onevent.Handler
	b.update(func(tx onevent.Tx) error {
		owner := onevent.Owner{Installation: b.installation}
		dest := onevent.Destination{Portal: b.portal, Owner: owner, URL: url, Options: opts}
		if known := b.dir.DestinationOf(owner, url); known != nil {
			dest.ID = known.ID
		} else {
			n, err := tx.NextID("destination")
			if err != nil {
				return err
			}
			dest.ID = onevent.DestinationID(n)
		}
		n, err := tx.NextID("handler")
		if err != nil {
			return err
		}
		h = onevent.Handler{ID: onevent.HandlerID(n), Portal: b.portal, Owner: owner, Event: code, URL: url, User: user, Destination: dest.ID}
		if err := b.dir.PutDestination(tx, dest); err != nil {
			return err
		}
		return b.dir.PutHandler(tx, h)
	})
	return h
}

// raise publishes an event about an activity or a calendar entry.
func (b *bed) raise(code string, id int, actor onevent.UserID) onevent.EventID {
	b.t.Helper()
	entry, ok := catalog.Lookup(code)
	if !ok {
		b.t.Fatalf("%s is unknown", code)
	}
	data := wire.Map(wire.F("FIELDS", wire.Map(wire.F("ID", wire.String(fmt.Sprint(id))))))
	if entry.IDPath == "data.id" {
		data = wire.Map(wire.F("id", wire.String(fmt.Sprint(id))))
	}
	var r publish.Result
	b.update(func(tx onevent.Tx) (err error) {
		r, err = b.pub.Raise(tx, publish.Raised{Portal: b.dir.Portal(b.portal), Event: entry, Data: data, Actor: actor})
		return err
	})
	return r.ID
}

// next waits for an attempt.
func (b *bed) next() *call {
	b.t.Helper()
	if b.clock == nil {
		synctest.Wait()
		select {
		case c := <-b.calls:
			return c
		default:
			b.t.Fatal("no attempt comes")
		}
	}
	select {
	case c := <-b.calls:
		return c
	case <-time.After(10 * time.Second):
		b.t.Fatal("no attempt came")
		return nil
	}
}

// none checks that nothing is sent while all that was begun is settled.
func (b *bed) none() {
	b.t.Helper()
	if b.clock == nil {
		b.quiet()
		return
	}
	b.idle()
	select {
	case c := <-b.calls:
		b.t.Fatalf("an attempt came: %s", c.Body)
	case <-time.After(20 * time.Millisecond):
	}
}

// idle waits until no attempt is in flight.
func (b *bed) idle() {
	b.t.Helper()
	if b.clock == nil {
		synctest.Wait()
		return
	}
	b.until(func() bool { return b.engine.InFlight() == 0 })
}

func (b *bed) until(ok func() bool) {
	b.t.Helper()
	if b.clock == nil {
		if synctest.Wait(); !ok() {
			b.t.Fatal("it has not come to that")
		}
		return
	}
	limit := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-b.store.settled:
		case <-time.After(time.Millisecond):
		case <-limit:
			b.t.Fatal("waited in vain")
		}
	}
}

func (b *bed) view(fn func(onevent.Reader) error) {
	b.t.Helper()
	if err := b.store.View(context.Background(), fn); err != nil {
		b.t.Fatal(err)
	}
}

// delivery reads the only delivery of an event.
func (b *bed) delivery(id onevent.EventID) onevent.Delivery {
	b.t.Helper()
	var all []onevent.Delivery
	b.view(func(r onevent.Reader) (err error) { all, err = r.Deliveries(id); return err })
	if len(all) != 1 {
		b.t.Fatalf("event %d has %d deliveries", id, len(all))
	}
	return all[0]
}

// becomes waits until the delivery of an event has a state.
func (b *bed) becomes(id onevent.EventID, state onevent.State, verdict onevent.Verdict) onevent.Delivery {
	b.t.Helper()
	var d onevent.Delivery
	b.until(func() bool { d = b.delivery(id); return d.State == state })
	if d.Verdict != verdict {
		b.t.Fatalf("verdict %q instead of %q", d.Verdict, verdict)
	}
	return d
}

func (b *bed) stats() onevent.Stats {
	b.t.Helper()
	var s onevent.Stats
	b.view(func(r onevent.Reader) (err error) { s, err = r.Stats(); return err })
	return s
}
