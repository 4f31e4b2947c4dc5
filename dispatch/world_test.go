package dispatch_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/wire"
)

// world is an engine on a model store with any number of portals, in a bubble of
// time: what its receivers do the test says by post.
type world struct {
	t      *testing.T
	store  *model
	dir    *directory.Directory
	ring   *seal.Ring
	pub    *publish.Publisher
	engine *dispatch.Engine
	limits dispatch.Limits
	post   func(context.Context, egress.Request) (egress.Response, error)
	seen   func(dispatch.Observed)
	tell   func(onevent.OperatorEvent)
	// destinations by URL; each has one handler, of the event that bind named.
	handlers map[string]onevent.Handler
}

func newWorld(t *testing.T, limits dispatch.Limits) *world {
	t.Helper()
	ring, err := seal.NewRing(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: newModel(), ring: ring, limits: limits, handlers: map[string]onevent.Handler{}}
	if w.dir, err = directory.Load(context.Background(), w.store, ring); err != nil {
		t.Fatal(err)
	}
	w.pub = &publish.Publisher{Directory: w.dir, Clock: onevent.SystemClock{}}
	return w
}

// Post implements egress.Poster.
func (w *world) Post(ctx context.Context, r egress.Request) (egress.Response, error) {
	return w.post(ctx, r)
}

// start starts an engine on what the store has.
func (w *world) start() {
	w.t.Helper()
	clock := onevent.SystemClock{}
	w.engine = dispatch.New(dispatch.Config{
		Store: w.store, Directory: w.dir, Addresses: addresses{}, Poster: w, Clock: clock,
		Authority: &oauth.Authority{Ring: w.ring, Directory: w.dir, Store: w.store, Clock: clock, Addresses: addresses{}},
		Logger:    slog.New(slog.DiscardHandler),
		Limits:    w.limits,
		Tell:      w.tell,
		TellIn: func(tx onevent.Tx, e onevent.OperatorEvent) error {
			tx.OnCommit(func() { w.tell(e) })
			return nil
		},
		Observe: func(o dispatch.Observed) {
			if w.seen != nil {
				w.seen(o)
			}
		},
	})
	w.pub.Queue = w.engine
	if err := w.engine.Start(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// crash ends the engine as a kill does: attempts are cut off, and outcomes that
// were not written are lost.
func (w *world) crash() {
	w.store.crash()
	w.stop()
	w.store.open()
}

func (w *world) stop() {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	w.engine.Stop(ended)
}

func (w *world) update(fn func(onevent.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// found makes portals 1 to n, each with an administrator and every application
// installed; application k is installed on portal p as number p*100+k.
func (w *world) found(portals int, apps ...onevent.Application) {
	w.t.Helper()
	w.update(func(tx onevent.Tx) error {
		for _, a := range apps {
			w.must(w.dir.PutApplication(tx, a), w.dir.PutVersion(tx, onevent.Version{Application: a.ID, Ordinal: 1, Text: "1", Scope: []string{"crm"}}))
		}
		return nil
	})
	for p := onevent.PortalID(1); p <= onevent.PortalID(portals); p++ {
		w.update(func(tx onevent.Tx) error {
			w.must(
				w.dir.PutPortal(tx, onevent.Portal{ID: p, MemberID: fmt.Sprintf("%032d", p), Domain: fmt.Sprintf("p%d.test", p), Language: "en"}),
			)
			return nil
		})
		w.update(func(tx onevent.Tx) error {
			w.must(w.dir.PutUser(tx, onevent.User{Portal: p, ID: 1, Active: true, Admin: true}))
			for _, a := range apps {
				w.must(w.dir.PutInstallation(tx, directory.Installation{Installation: onevent.Installation{
					ID: installationOf(p, a.ID), Portal: p, Application: a.ID, Version: 1, Status: "L", Installed: true, Scope: []string{"crm"},
				}}))
			}
			return nil
		})
	}
}

func installationOf(p onevent.PortalID, a onevent.ApplicationID) onevent.InstallationID {
	return onevent.InstallationID(100*int64(p) + int64(a))
}

func (w *world) must(errs ...error) {
	w.t.Helper()
	for _, err := range errs {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// bind makes a destination of an application on a portal, with a handler of one
// event.
func (w *world) bind(p onevent.PortalID, a onevent.ApplicationID, code, url string, opts onevent.DeliveryOptions) onevent.Handler {
	w.t.Helper()
	var h onevent.Handler
	w.update(func(tx onevent.Tx) error {
		id, err := tx.NextID("handler")
		owner := onevent.Owner{Installation: installationOf(p, a)}
		h = onevent.Handler{ID: onevent.HandlerID(id), Portal: p, Owner: owner, Event: code, URL: url, Destination: onevent.DestinationID(id)}
		w.must(err,
			w.dir.PutDestination(tx, onevent.Destination{ID: h.Destination, Portal: p, Owner: owner, URL: url, Options: opts}),
			w.dir.PutHandler(tx, h))
		return nil
	})
	w.handlers[url] = h
	return h
}

// raise publishes an event about an object.
func (w *world) raise(p onevent.PortalID, code, id string) {
	w.t.Helper()
	entry, ok := catalog.Lookup(code)
	if !ok {
		w.t.Fatalf("%s is unknown", code)
	}
	w.update(func(tx onevent.Tx) error {
		_, err := w.pub.Raise(tx, publish.Raised{
			Portal: w.dir.Portal(p), Event: entry, Actor: 1,
			Data: wire.Map(wire.F("FIELDS", wire.Map(wire.F("ID", wire.String(id))))),
		})
		return err
	})
}

// waitingNow counts what waits in the store.
func (w *world) waitingNow() (n int64) {
	w.t.Helper()
	err := w.store.View(context.Background(), func(r onevent.Reader) error {
		all, err := r.Backlogs()
		for _, b := range all {
			n += b.Waiting
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// answerAfter is a receiver's answer that takes its time.
func answerAfter(ctx context.Context, took time.Duration, status int) (egress.Response, error) {
	select {
	case <-time.After(took):
		return egress.Response{Status: status, Duration: took}, nil
	case <-ctx.Done():
		return egress.Response{}, &egress.Error{Reason: egress.ReasonCanceled}
	}
}

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
