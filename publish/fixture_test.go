package publish_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

const (
	code    = "ONCRMACTIVITYUPDATE"
	object  = "crm.activity"
	handler = "https://app.example.com/handler"
)

// bed is a portal whose application and outgoing webhook bind what a test asks for.
type bed struct {
	*testportal.Portal
	guard *guard
}

func open(t *testing.T) *bed {
	t.Helper()
	t.Parallel()
	b := &bed{testportal.Open(t), &guard{}}
	b.Publisher.Guards = map[string]publish.Guard{object: b.guard}
	return b
}

// guard grants what its field says and remembers whom it was asked for. A row's
// READER is who may read it.
type guard struct {
	asked []onevent.UserID
	err   error
}

func (g *guard) MayRead(tx onevent.RecordReader, portal *onevent.Portal, user *onevent.User, id string) (publish.Access, error) {
	g.asked = append(g.asked, user.ID)
	if g.err != nil {
		return publish.AccessUnknown, g.err
	}
	if user.Admin {
		return publish.AccessGranted, nil
	}
	row, err := tx.Record(portal.ID, object, int64(len(id)))
	if errors.Is(err, onevent.ErrNotFound) {
		return publish.AccessUnknown, nil
	}
	if err == nil && string(row.Fields) == reader(user.ID) {
		return publish.AccessGranted, nil
	}
	return publish.AccessDenied, err
}

// reader is the row that one user may read. It belongs to the objects whose id
// has as many digits as the row's.
func reader(id onevent.UserID) string { return fmt.Sprintf(`{"READER":%d}`, id) }

func row(id int64, user onevent.UserID) onevent.Record {
	return onevent.Record{Portal: 1, Kind: object, ID: id, Fields: []byte(reader(user))}
}

// app is the owner of the application's handlers, hook that of an outgoing webhook's.
func (b *bed) app() onevent.Owner {
	return onevent.Owner{Installation: b.Installation(b.App).ID}
}

var hook = onevent.Owner{Webhook: 1000}

// bind makes a handler of the code, by which every test raises; change makes it another.
func (b *bed) bind(owner onevent.Owner, change ...func(*onevent.Handler)) *onevent.Handler {
	b.T.Helper()
	h := onevent.Handler{Portal: b.ID, Owner: owner, Event: code, URL: handler, Created: b.Clock.Now()}
	for _, f := range change {
		f(&h)
	}
	b.Update(func(tx onevent.Tx) error {
		h := h
		if h.ID == 0 {
			id, err := tx.NextID("handler")
			if err != nil {
				return err
			}
			h.ID = onevent.HandlerID(id)
		}
		var err error
		if h.Destination, err = b.destination(tx, h); err != nil {
			return err
		}
		return b.Directory.PutHandler(tx, h)
	})
	list := b.Directory.HandlersOf(b.ID, owner)
	for _, bound := range list {
		if bound.Event == h.Event && bound.URL == h.URL && bound.User == h.User && bound.Offline == h.Offline && bound.Connector == h.Connector {
			return bound
		}
	}
	b.T.Fatalf("%+v is not bound", h)
	return nil
}

func (b *bed) destination(tx onevent.Tx, h onevent.Handler) (onevent.DestinationID, error) {
	if d := b.Directory.DestinationOf(h.Owner, h.URL); d != nil || h.Offline {
		if h.Offline {
			return 0, nil
		}
		return d.ID, nil
	}
	id, err := tx.NextID("destination")
	if err != nil {
		return 0, err
	}
	d := onevent.Destination{ID: onevent.DestinationID(id), Portal: b.ID, Owner: h.Owner, URL: h.URL, Created: b.Clock.Now()}
	return d.ID, b.Directory.PutDestination(tx, d)
}

func asUser(id onevent.UserID) func(*onevent.Handler) {
	return func(h *onevent.Handler) { h.User = id }
}

func offline(h *onevent.Handler) { h.Offline, h.URL = true, "" }

func to(event string) func(*onevent.Handler) { return func(h *onevent.Handler) { h.Event = event } }

// raised is the event of the code about one object, caused by the administrator.
func (b *bed) raised(id string) publish.Raised {
	return b.raisedOf(code, wire.Map(wire.F("FIELDS", wire.Map(wire.F("ID", wire.String(id))))))
}

func (b *bed) raisedOf(code string, data wire.Value) publish.Raised {
	b.T.Helper()
	e, ok := catalog.Lookup(code)
	if !ok {
		b.T.Fatalf("%s is unknown", code)
	}
	return publish.Raised{Portal: b.Row(), Event: e, Data: data, Actor: testportal.Admin}
}

// outcome is an event as it was stored.
type outcome struct {
	onevent.Event
	deliveries []onevent.Delivery
}

// raise commits one event and reads what became of it.
func (b *bed) raise(r publish.Raised) outcome {
	b.T.Helper()
	var result publish.Result
	b.Update(func(tx onevent.Tx) (err error) {
		result, err = b.Publisher.Raise(tx, r)
		return err
	})
	o := b.read(result.ID)
	if len(o.deliveries) != result.Deliveries {
		b.T.Errorf("%d deliveries, told %d", len(o.deliveries), result.Deliveries)
	}
	return o
}

func (b *bed) read(id onevent.EventID) (o outcome) {
	b.T.Helper()
	err := b.Store.View(context.Background(), func(r onevent.Reader) (err error) {
		if o.Event, err = r.Event(id); err == nil {
			o.deliveries, err = r.Deliveries(id)
		}
		return err
	})
	if err != nil {
		b.T.Fatal(err)
	}
	return o
}

func (b *bed) stats() (s onevent.Stats) {
	b.T.Helper()
	err := b.Store.View(context.Background(), func(r onevent.Reader) (err error) {
		s, err = r.Stats()
		return err
	})
	if err != nil {
		b.T.Fatal(err)
	}
	return s
}

// served lists the handlers that were given a delivery.
func (o outcome) served() []onevent.HandlerID {
	var out []onevent.HandlerID
	for _, d := range o.deliveries {
		out = append(out, d.Handler)
	}
	return out
}

// verdict is why the handler was not served; empty when it was.
func (o outcome) verdict(h *onevent.Handler) onevent.Verdict {
	for _, v := range o.Verdicts {
		if v.Handler == h.ID {
			return v.Verdict
		}
	}
	return ""
}
