package lifecycle_test

import (
	"errors"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

func (b *bench) hook(events ...string) *directory.OutgoingWebhook {
	b.t.Helper()
	w, err := b.CreateOutgoingWebhook(b.ctx, b.portal, lifecycle.OutgoingRequest{URL: "https://app.example.test/in", Events: events})
	b.must(err)
	return w
}

// Every event of the catalogue is on offer but those of an application's own life.
func TestEventsOnOfferForOutgoingWebhooks(t *testing.T) {
	t.Parallel()
	b := open(t)
	offered := 0
	for _, event := range catalog.Events() {
		_, err := b.CreateOutgoingWebhook(b.ctx, b.portal, lifecycle.OutgoingRequest{URL: "http://receiver/in", Events: []string{event.Code}})
		switch {
		case event.Global() && onevent.CodeOf(err) != onevent.CodeInvalid:
			t.Errorf("%s: %v", event.Code, err)
		case !event.Global() && err != nil:
			t.Errorf("%s: %v", event.Code, err)
		case err == nil:
			offered++
		}
	}
	if offered < 200 {
		t.Errorf("%d are on offer", offered)
	}
}

func TestAnOutgoingWebhookIsStoredWithItsHandlersOrNotAtAll(t *testing.T) {
	t.Parallel()
	b := open(t)
	store := b.Store
	b.Store = failing{store, errors.New("the disk went away")}
	if _, err := b.CreateOutgoingWebhook(b.ctx, b.portal, lifecycle.OutgoingRequest{URL: "https://app.example.test/in", Events: []string{"ONCRMDEALADD"}}); err == nil {
		t.Error("it is made")
	}
	b.Store = store
	if len(b.Directory.OutgoingWebhooks(b.portal.ID)) != 0 || len(b.Directory.Handlers(b.portal.ID, "ONCRMDEALADD")) != 0 || len(b.Directory.Destinations(b.portal.ID)) != 0 {
		t.Error("something is known")
	}
	w := b.hook("ONCRMDEALADD", "ONCRMDEALUPDATE")
	handlers := b.Directory.HandlersOf(b.portal.ID, w.Owner())
	if len(handlers) != 2 || handlers[0].Destination != handlers[1].Destination || handlers[0].User != w.User || w.User != 1 {
		t.Errorf("made %+v with %+v", w.OutgoingWebhook, handlers)
	}
}

// More than one transaction cancels: all of it is done when the call returns.
func TestEndingAnOutgoingWebhookCancelsALongBacklog(t *testing.T) {
	t.Parallel()
	b := open(t)
	w := b.hook("ONCRMDEALADD", "ONCRMDEALUPDATE")
	const each = 1100
	b.must(b.Store.Update(b.ctx, func(tx onevent.Tx) error {
		for _, code := range []string{"ONCRMDEALADD", "ONCRMDEALUPDATE"} {
			event, _ := catalog.Lookup(code)
			for range each {
				data := wire.Map(wire.F("FIELDS", wire.Map(wire.F("ID", wire.Int(1)))))
				if _, err := b.Publisher.Raise(tx, publish.Raised{Portal: b.portal, Event: event, Data: data}); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	b.must(b.EndOutgoingWebhook(b.ctx, b.portal.ID, w.ID))
	b.must(b.Store.View(b.ctx, func(r onevent.Reader) error {
		stats, err := r.Stats()
		if stats.Waiting != 0 || stats.Cancelled != 2*each {
			t.Errorf("it left %+v", stats)
		}
		return err
	}))
	if w := b.Directory.OutgoingWebhook(b.portal.ID, w.ID); w == nil || !w.Ended.Equal(b.clock.Now()) || len(b.Directory.HandlersOf(b.portal.ID, w.Owner())) != 0 {
		t.Errorf("it is %+v", w)
	}
}
