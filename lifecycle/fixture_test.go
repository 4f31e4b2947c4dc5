package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/sqlite"
	"github.com/onevent/onevent/wire"
)

// bench is a portal in a store of its own, with an administrator (1), another
// one (2) and a user (3).
type bench struct {
	*lifecycle.Manager
	t      *testing.T
	ctx    context.Context
	ring   *seal.Ring
	clock  *onevent.ManualClock
	queue  *recorder
	portal *onevent.Portal
}

// recorder is a queue that remembers in which order it was told.
type recorder struct{ told []string }

func (q *recorder) Accept(e *onevent.Event, _ wire.Value, deliveries []onevent.Delivery) {
	q.told = append(q.told, fmt.Sprintf("accept %s %d", e.Code, len(deliveries)))
}

func (q *recorder) Full(onevent.DestinationID) bool { return false }

func (q *recorder) Drop(_ onevent.DestinationID, h onevent.HandlerID, _ int) {
	q.told = append(q.told, fmt.Sprintf("drop %d", h))
}

func (*recorder) Wake(onevent.DestinationID) {}

type addresses struct{}

func (addresses) Endpoints(p *onevent.Portal, _ string) onevent.Endpoints {
	return onevent.Endpoints{Client: p.PublicURL + "/rest/", Server: "https://oauth.example.test/rest/"}
}

func open(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, ctx: t.Context(), queue: &recorder{}}
	b.clock = onevent.NewManualClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	store, err := sqlite.Open(b.ctx, sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db"), Clock: b.clock})
	b.must(err)
	t.Cleanup(func() { store.Close() })
	b.ring, err = seal.NewRing(seal.NewKey())
	b.must(err)
	dir, err := directory.Load(b.ctx, store, b.ring)
	b.must(err)
	b.Manager = &lifecycle.Manager{
		Store: store, Directory: dir, Clock: b.clock,
		Publisher: &publish.Publisher{Directory: dir, Clock: b.clock, Queue: b.queue},
		Authority: &oauth.Authority{Ring: b.ring, Directory: dir, Store: store, Clock: b.clock, Addresses: addresses{}},
	}
	b.people()
	return b
}

func (b *bench) people() {
	b.t.Helper()
	var err error
	b.portal, _, err = b.CreatePortal(b.ctx, lifecycle.PortalRequest{Domain: "portal.example.test", PublicURL: "https://portal.example.test"})
	b.must(err)
	_, err = b.CreateUser(b.ctx, b.portal.ID, lifecycle.UserRequest{Name: "Administrator", Admin: true})
	b.must(err)
	_, err = b.CreateUser(b.ctx, b.portal.ID, lifecycle.UserRequest{Name: "User"})
	b.must(err)
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// app registers an application with the versions 1 and 2, whose URLs and scope
// end in the version's text.
func (b *bench) app(r lifecycle.ApplicationRequest, urls ...string) *onevent.Application {
	b.t.Helper()
	r.Name = "App"
	app, _, err := b.RegisterApplication(b.ctx, r)
	b.must(err)
	for i, scope := range []string{"user,crm", "calendar,crm"} {
		version := fmt.Sprint(i + 1)
		v := lifecycle.VersionRequest{Application: app, Version: version, Scope: scope}
		for _, kind := range urls {
			url := "https://app.example.test/" + kind + version
			switch kind {
			case "install":
				v.InstallURL = url
			case "event":
				v.EventURL = url
			}
		}
		_, err := b.RegisterVersion(b.ctx, v)
		b.must(err)
	}
	return app
}

func (b *bench) install(app *onevent.Application, version string) lifecycle.Installed {
	b.t.Helper()
	done, err := b.Install(b.ctx, lifecycle.InstallRequest{Portal: b.portal, Application: app, Version: version})
	b.must(err)
	return done
}

func (b *bench) standing(app *onevent.Application) *directory.Installation {
	b.t.Helper()
	inst := b.Directory.Standing(b.portal.ID, app.ID)
	if inst == nil {
		b.t.Fatal("the application is not installed")
	}
	return inst
}

// bind puts a handler as event.bind does; all share one destination.
func (b *bench) bind(app *onevent.Application, code string) onevent.HandlerID {
	b.t.Helper()
	const url = "https://app.example.test/bound"
	owner := onevent.Owner{Installation: b.standing(app).ID}
	row := onevent.Handler{Portal: b.portal.ID, Owner: owner, Event: code, URL: url, Created: b.clock.Now()}
	b.must(b.Store.Update(b.ctx, func(tx onevent.Tx) error {
		id, err := tx.NextID("handler")
		if err != nil {
			return err
		}
		row.ID = onevent.HandlerID(id)
		if d := b.Directory.DestinationOf(owner, url); d != nil {
			row.Destination = d.ID
			return b.Directory.PutHandler(tx, row)
		}
		if id, err = tx.NextID("destination"); err != nil {
			return err
		}
		row.Destination = onevent.DestinationID(id)
		dest := onevent.Destination{ID: row.Destination, Portal: b.portal.ID, Owner: owner, URL: url, Created: b.clock.Now()}
		if err := b.Directory.PutDestination(tx, dest); err != nil {
			return err
		}
		return b.Directory.PutHandler(tx, row)
	}))
	return row.ID
}

// story is every event so far with its deliveries, a line each:
// "CODE actor data -> handler state verdict; ...".
func (b *bench) story() []string {
	b.t.Helper()
	var lines []string
	b.must(b.Store.View(b.ctx, func(r onevent.Reader) error {
		lines = nil
		stats, err := r.Stats()
		for id := onevent.EventID(1); err == nil && int64(len(lines)) < stats.Events; id++ {
			var line string
			line, err = tell(r, id)
			switch {
			case err == nil:
				lines = append(lines, line)
			case errors.Is(err, onevent.ErrNotFound): // drawn by a transaction that failed
				err = nil
			}
		}
		return err
	}))
	return lines
}

func tell(r onevent.Reader, id onevent.EventID) (string, error) {
	e, err := r.Event(id)
	if err != nil {
		return "", err
	}
	deliveries, err := r.Deliveries(id)
	parts := []string{}
	for _, d := range deliveries {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%d %s %s", d.Handler, d.State, d.Verdict)))
	}
	for _, v := range e.Verdicts {
		parts = append(parts, fmt.Sprintf("%d not served %s", v.Handler, v.Verdict))
	}
	return fmt.Sprintf("%s by %d %s -> %s", e.Code, e.Actor, e.Data, strings.Join(parts, "; ")), err
}

// tells fails unless the newest events are these.
func (b *bench) tells(want ...string) {
	b.t.Helper()
	got := b.story()
	if got = got[max(0, len(got)-len(want)):]; !slices.Equal(got, want) {
		b.t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// handlers are those that stand, as "id event url".
func (b *bench) handlers(app *onevent.Application) []string {
	var out []string
	for _, h := range b.Directory.HandlersOf(b.portal.ID, onevent.Owner{Installation: b.standing(app).ID}) {
		out = append(out, fmt.Sprintf("%d %s %s", h.ID, h.Event, h.URL))
	}
	return out
}

// failing is a store in which every transaction fails at its end.
type failing struct {
	onevent.Store
	err error
}

func (f failing) Update(ctx context.Context, fn func(onevent.Tx) error) error {
	return f.Store.Update(ctx, func(tx onevent.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return f.err
	})
}

// conflicting is a store in which another writer comes first some times.
type conflicting struct {
	onevent.Store
	times int
}

func (c *conflicting) Update(ctx context.Context, fn func(onevent.Tx) error) error {
	if c.times > 0 {
		c.times--
		return failing{c.Store, onevent.ErrConflict}.Update(ctx, fn)
	}
	return c.Store.Update(ctx, fn)
}
