package publish_test

import (
	"slices"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

// deadlines are how long after the event each delivery may wait.
func (o outcome) deadlines() (out []time.Duration) {
	for _, d := range o.deliveries {
		out = append(out, d.Deadline.Sub(o.Time))
	}
	return out
}

func TestTheDeadlineIsThatOfTheNearestLevel(t *testing.T) {
	b := open(t)
	own := b.bind(b.app())
	b.bind(b.app(), func(h *onevent.Handler) { h.URL += "/2" })
	b.bind(hook, asUser(testportal.Admin))
	check := func(what string, want ...time.Duration) {
		t.Helper()
		if got := b.raise(b.raised("999")).deadlines(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	const week = onevent.DefaultDeadline
	check("nobody says anything", week, week, week)
	b.Publisher.Delivery.Deadline = 3600
	check("the server", time.Hour, time.Hour, time.Hour)
	app := *b.Directory.Application(b.App)
	app.Delivery.Deadline = 60
	b.Update(func(tx onevent.Tx) error { return b.Directory.PutApplication(tx, app) })
	check("the application", time.Minute, time.Minute, time.Hour)
	dest := *b.Directory.Destination(own.Destination)
	dest.Options.Deadline = 0.0015
	b.Update(func(tx onevent.Tx) error { return b.Directory.PutDestination(tx, dest) })
	check("one destination", time.Millisecond, time.Minute, time.Hour)
}

// The first event of an installation is raised before anybody sees either.
func TestTheDeadlineOfANewInstallationIsItsApplications(t *testing.T) {
	b := open(t)
	app := *b.Directory.Application(b.App)
	app.Delivery.Deadline = 60
	b.Update(func(tx onevent.Tx) error { return b.Directory.PutApplication(tx, app) })
	inst := directory.Installation{Installation: onevent.Installation{ID: 77, Portal: b.ID, Application: b.App, Installed: true, Scope: []string{"crm"}}}
	owner := onevent.Owner{Installation: inst.ID}
	h := onevent.Handler{ID: 500, Portal: b.ID, Owner: owner, Event: "ONAPPINSTALL", URL: handler, Destination: 600, Platform: true, Created: b.Clock.Now()}
	var result publish.Result
	b.Update(func(tx onevent.Tx) error {
		if err := b.Directory.PutDestination(tx, onevent.Destination{ID: 600, Portal: b.ID, Owner: owner, URL: handler}); err != nil {
			return err
		}
		if err := b.Directory.PutHandler(tx, h); err != nil {
			return err
		}
		var err error
		result, err = b.Publisher.RaiseTo(tx, b.lifecycleEvent("ONAPPINSTALL"), &inst, []onevent.Handler{h})
		return err
	})
	if got := b.read(result.ID).deadlines(); !slices.Equal(got, []time.Duration{time.Minute}) {
		t.Errorf("got %v", got)
	}
}

func (b *bed) lifecycleEvent(code string) publish.Raised {
	b.T.Helper()
	e, ok := catalog.Lookup(code)
	if !ok {
		b.T.Fatalf("%s is unknown", code)
	}
	return publish.Raised{Portal: b.Row(), Event: e, Data: wire.Null(), Root: true, Object: onevent.Object{Type: onevent.LifecycleObject, ID: "local.1"}}
}

func TestADestinationThatIsFullGetsNoMoreAndOthersDo(t *testing.T) {
	b := open(t)
	full := b.bind(b.app())
	same := b.bind(b.app(), asUser(testportal.Admin))
	beside := b.bind(b.app(), func(h *onevent.Handler) { h.URL += "/2" })
	b.Queue.Fill(full.Destination)
	o := b.raise(b.raised("999"))
	if !slices.Equal(o.served(), []onevent.HandlerID{beside.ID}) || o.verdict(full) != onevent.VerdictBacklogFull || o.verdict(same) != onevent.VerdictBacklogFull {
		t.Errorf("served: %v, verdicts: %v", o.served(), o.Verdicts)
	}
}

func TestAnotherReasonComesBeforeAFullBacklog(t *testing.T) {
	b := open(t)
	h := b.bind(b.app())
	b.Queue.Fill(h.Destination)
	b.ChangeInstallation(func(i *directory.Installation) { i.Scope = []string{"user"} })
	if v := b.raise(b.raised("999")).verdict(h); v != onevent.VerdictNoScope {
		t.Errorf("got %q", v)
	}
}

func TestEventsOfAnApplicationsLifeReachAFullDestination(t *testing.T) {
	b := open(t)
	install, test := b.bind(b.app(), to("ONAPPINSTALL")), b.bind(b.app(), to("ONAPPTEST"))
	b.Queue.Fill(install.Destination)
	if o := b.raise(b.lifecycleEvent("ONAPPINSTALL")); !slices.Equal(o.served(), []onevent.HandlerID{install.ID}) {
		t.Errorf("served: %v, verdicts: %v", o.served(), o.Verdicts)
	}
	if v := b.raise(b.raisedOf("ONAPPTEST", wire.Null())).verdict(test); v != onevent.VerdictBacklogFull {
		t.Errorf("ONAPPTEST got %q", v)
	}
}
