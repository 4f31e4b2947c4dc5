package admin_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/internal/testportal"
)

// destinations opens a portal with two destinations beside that of ONAPPINSTALL.
func destinations(t *testing.T) (b *bench, queue *testportal.Queue, clientID string) {
	t.Helper()
	b, queue = open(t), &testportal.Queue{}
	b.queue = queue
	b.delivery = onevent.DeliveryOptions{Order: "all", Retry: "1s", Deadline: 3600, Timeout: 10}
	b.condition = func(onevent.DestinationID) dispatch.Condition {
		return dispatch.Condition{Concurrency: 8, Breaker: dispatch.BreakerClosed}
	}
	b.serve(b.store, b.authority.Ring)
	return b, queue, b.install("ONCRMDEALADD", "ONCRMDEALUPDATE")
}

func (b *bench) destinationAt(url string) client.Destination {
	b.t.Helper()
	list, err := b.Destinations(b.ctx, b.member)
	b.must(err)
	i := slices.IndexFunc(list, func(d client.Destination) bool { return d.URL == url })
	if i < 0 {
		b.t.Fatalf("%s is not among %+v", url, list)
	}
	return list[i]
}

const dealAdd = "https://app.example.test/oncrmdealadd"

func TestDestinationsAreShownWithWhatCountsForThem(t *testing.T) {
	t.Parallel()
	b, _, id := destinations(t)
	since := b.clock.Now()
	b.condition = func(d onevent.DestinationID) dispatch.Condition {
		if b.directory.Destination(d).URL != dealAdd {
			return dispatch.Condition{Concurrency: 64, Breaker: dispatch.BreakerClosed}
		}
		return dispatch.Condition{Waiting: 7, InFlight: 1, Concurrency: 4, Breaker: dispatch.BreakerOpen, Since: since, Attempts: 5,
			NextProbe: since.Add(time.Minute), PausedUntil: since.Add(90 * time.Second)}
	}
	b.serve(b.store, b.authority.Ring)
	_, err := b.ChangeApplication(b.ctx, id, client.ApplicationChange{Delivery: client.DeliveryChange{Retry: new("none"), Rate: new(100.0), Timeout: new(5.0)}})
	b.must(err)
	_, err = b.ChangeDestination(b.ctx, b.member, b.destinationAt(dealAdd).ID, client.DeliveryChange{Rate: new(5.0), Order: new("object")})
	b.must(err)
	got := b.destinationAt(dealAdd)
	want := client.Destination{
		ID: got.ID, ClientID: id, URL: dealAdd,
		Options:   onevent.DeliveryOptions{Rate: 5, Order: "object"},
		Effective: onevent.DeliveryOptions{Order: "object", Retry: "none", Deadline: 3600, Rate: 5, Concurrency: 64, Timeout: 5},
		Waiting:   7, InFlight: 1, Concurrency: 4, Breaker: "open", Since: "2026-03-01T12:00:00.000Z", Attempts: 5,
		NextProbe: "2026-03-01T12:01:00.000Z", PausedUntil: "2026-03-01T12:01:30.000Z",
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	other := b.destinationAt("https://app.example.test/oncrmdealupdate")
	if other.Breaker != "closed" || other.Since+other.NextProbe+other.PausedUntil != "" || other.Effective.Rate != 0 {
		t.Errorf("the other one: %+v", other)
	}
}

// Without an engine nothing is known of how they do.
func TestDestinationsAreShownWithoutAnEngine(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install("ONCRMDEALADD")
	if d := b.destinationAt(dealAdd); d.Breaker != "closed" || d.Effective != onevent.DefaultDelivery {
		t.Errorf("got %+v", d)
	}
}

func TestADestinationOfThePastIsShownWhileSomethingWaits(t *testing.T) {
	t.Parallel()
	b, _, id := destinations(t)
	waiting := int64(1)
	b.condition = func(onevent.DestinationID) dispatch.Condition { return dispatch.Condition{Waiting: waiting} }
	b.serve(b.store, b.authority.Ring)
	b.must(b.Uninstall(b.ctx, b.member, id, false))
	for _, want := range []int{3, 0} {
		list, err := b.Destinations(b.ctx, b.member)
		if b.must(err); len(list) != want {
			t.Errorf("%d waiting: %+v", waiting, list)
		}
		waiting = 0
	}
}

func TestOptionsOfADestinationChangeOneByOneAndItsQueueHears(t *testing.T) {
	t.Parallel()
	b, queue, _ := destinations(t)
	d := b.destinationAt(dealAdd)
	want := onevent.DeliveryOptions{}
	for i, step := range []struct {
		change client.DeliveryChange
		then   func()
	}{
		{client.DeliveryChange{Rate: new(5.0), Burst: new(10)}, func() { want.Rate, want.Burst = 5, 10 }},
		{client.DeliveryChange{Retry: new("5s,30s"), Deadline: new(60.0)}, func() { want.Retry, want.Deadline = "5s,30s", 60 }},
		{client.DeliveryChange{Order: new("none"), Concurrency: new(1), Timeout: new(1.5)}, func() { want.Order, want.Concurrency, want.Timeout = "none", 1, 1.5 }},
		{client.DeliveryChange{}, func() {}},
		{client.DeliveryChange{Rate: new(0.0), Burst: new(0), Retry: new("")}, func() { want.Rate, want.Burst, want.Retry = 0, 0, "" }},
	} {
		step.then()
		got, err := b.ChangeDestination(b.ctx, b.member, d.ID, step.change)
		b.must(err)
		if got.Options != want || b.destinationAt(dealAdd).Options != want {
			t.Errorf("step %d: %+v, want %+v", i, got.Options, want)
		}
		if woken := queue.Woken(); len(woken) != i+1 || fmt.Sprint(woken[i]) != d.ID {
			t.Errorf("step %d: woken %v", i, woken)
		}
	}
}

func TestOptionsThatCanNotBeObeyedAreRefusedByName(t *testing.T) {
	t.Parallel()
	b, queue, _ := destinations(t)
	d := b.destinationAt(dealAdd)
	path := "/admin/v1/portals/" + b.member + "/destinations/"
	for _, c := range []struct{ body, words string }{
		{`{"options":{"order":"first"}}`, "options.order must be one of object, none, all"},
		{`{"options":{"retry":"5s,soon"}}`, "options.retry must be default, none, or up to 50 delays"},
		{`{"options":{"deadline":-1}}`, "options.deadline"},
		{`{"options":{"rate":"5"}}`, "options.rate must not be a JSON string"},
		{`{"options":{"rate":2000000}}`, "options.rate must be a number from 0.001 to 1000000"},
		{`{"options":{"burst":-1}}`, "options.burst"},
		{`{"options":{"concurrency":257}}`, "options.concurrency must be a whole number from 1 to 256"},
		{`{"options":{"timeout":61}}`, "options.timeout must be a number from 1 to 60 seconds"},
		{`{"options":{"rate":5,"minTimeout":1}}`, `unknown key "minTimeout"`},
		{`{"rate":5}`, `unknown key "rate"`},
		{`{"options":[]}`, "options must not be a JSON array"},
	} {
		b.wants(b.do("PATCH", path+d.ID, c.body), http.StatusBadRequest, "invalid", c.words)
	}
	b.wants(b.do("PATCH", path+"x", `{}`), http.StatusBadRequest, "invalid", "id")
	b.wants(b.do("PATCH", path+"99", `{}`), http.StatusNotFound, "not_found", "no destination 99")
	other, _, err := b.CreatePortal(b.ctx, client.NewPortal{Domain: "b.example.test", PublicURL: "https://b.example.test"})
	b.must(err)
	b.wants(b.do("PATCH", strings.Replace(path, b.member, other, 1)+d.ID, `{"options":{"rate":5}}`), http.StatusNotFound, "not_found", "no destination")
	if after := b.destinationAt(dealAdd); after != d || len(queue.Woken()) != 0 {
		t.Errorf("it was %+v, it is %+v, woken %v", d, after, queue.Woken())
	}
}

func TestDeliveryOfAnApplicationChangesForAllItsDestinations(t *testing.T) {
	t.Parallel()
	b, _, id := destinations(t)
	change := client.ApplicationChange{Delivery: client.DeliveryChange{Retry: new("2s"), Deadline: new(120.0), Rate: new(50.0), Concurrency: new(16)}}
	changed, err := b.ChangeApplication(b.ctx, id, change)
	b.must(err)
	shown, err := b.Application(b.ctx, id)
	b.must(err)
	want := onevent.DeliveryOptions{Retry: "2s", Deadline: 120, Rate: 50, Concurrency: 16}
	if changed.Delivery != want || shown.Delivery != want || b.reloads != 1 {
		t.Errorf("changed to %+v, shown as %+v, reloaded %d times", changed.Delivery, shown.Delivery, b.reloads)
	}
	if got := b.destinationAt(dealAdd).Effective; got.Retry != "2s" || got.Deadline != 120 || got.Rate != 0 || got.Concurrency != 64 || got.Order != "all" {
		t.Errorf("what counts is %+v", got)
	}
	_, err = b.ChangeApplication(b.ctx, id, client.ApplicationChange{Name: new("Other")})
	b.must(err)
	if b.reloads != 1 {
		t.Errorf("another name reloaded %d times", b.reloads)
	}
}

func TestADisabledHandlerIsEnabledAndItsDestinationTriedAtOnce(t *testing.T) {
	t.Parallel()
	b, queue, _ := destinations(t)
	h := *b.directory.Handlers(b.portal.ID, "ONCRMDEALADD")[0]
	h.Disabled = onevent.VerdictNoSuccess
	b.must(b.store.Update(b.ctx, func(tx onevent.Tx) error {
		if err := tx.Outages().Put(onevent.Outage{Destination: h.Destination, Since: b.clock.Now(), Attempts: 20, Open: true}); err != nil {
			return err
		}
		return b.directory.PutHandler(tx, h)
	}))
	id := fmt.Sprint(h.ID)
	list, err := b.Handlers(b.ctx, b.member)
	b.must(err)
	if i := slices.IndexFunc(list, func(h client.Handler) bool { return h.ID == id }); list[i].Disabled != "no_success" {
		t.Errorf("it is shown as %+v", list[i])
	}
	enabled, err := b.EnableHandler(b.ctx, b.member, id)
	b.must(err)
	if enabled.ID != id || enabled.Event != "ONCRMDEALADD" || enabled.Disabled != "" || b.directory.Handler(h.ID).Disabled != "" {
		t.Errorf("got %+v", enabled)
	}
	if woken := queue.Woken(); len(woken) != 1 || woken[0] != h.Destination {
		t.Errorf("woken %v", woken)
	}
	b.must(b.store.View(b.ctx, func(r onevent.Reader) error {
		return r.Outages().Each(func(o onevent.Outage) error { t.Errorf("%+v is left", o); return nil })
	}))
}

func TestOnlyAHandlerThatStandsIsEnabled(t *testing.T) {
	t.Parallel()
	b, queue, _ := destinations(t)
	h := *b.directory.Handlers(b.portal.ID, "ONCRMDEALADD")[0]
	h.Ended, h.EndedBy = b.clock.Now(), onevent.VerdictUnbound
	b.must(b.store.Update(b.ctx, func(tx onevent.Tx) error { return b.directory.PutHandler(tx, h) }))
	other, _, err := b.CreatePortal(b.ctx, client.NewPortal{Domain: "b.example.test", PublicURL: "https://b.example.test"})
	b.must(err)
	standing := b.directory.Handlers(b.portal.ID, "ONCRMDEALUPDATE")[0].ID
	for _, path := range []string{fmt.Sprint(b.member, "/handlers/", h.ID), b.member + "/handlers/99", fmt.Sprint(other, "/handlers/", standing)} {
		b.wants(b.do("POST", "/admin/v1/portals/"+path+"/enable", ""), http.StatusNotFound, "not_found", "no handler")
	}
	b.wants(b.do("POST", "/admin/v1/portals/"+b.member+"/handlers/x/enable", ""), http.StatusBadRequest, "invalid", "id")
	if woken := queue.Woken(); len(woken) != 0 {
		t.Errorf("woken %v", woken)
	}
}

// What is described of a destination and of its options is what is shown.
func TestEveryKeyOfADestinationIsDescribed(t *testing.T) {
	t.Parallel()
	b, _, _ := destinations(t)
	_, err := b.ChangeDestination(b.ctx, b.member, b.destinationAt(dealAdd).ID, client.DeliveryChange{Rate: new(5.0), Burst: new(1)})
	b.must(err)
	type keys map[string]json.RawMessage
	var file struct {
		Components struct {
			Schemas map[string]struct{ Properties keys }
		}
	}
	b.must(json.Unmarshal([]byte(b.do("GET", "/admin/v1/openapi.json", "").body), &file))
	var list struct{ Destinations []keys }
	b.must(json.Unmarshal([]byte(b.do("GET", "/admin/v1/portals/"+b.member+"/destinations", "").body), &list))
	i := slices.IndexFunc(list.Destinations, func(d keys) bool { return string(d["url"]) == `"`+dealAdd+`"` })
	var effective keys
	b.must(json.Unmarshal(list.Destinations[i]["effective"], &effective))
	for name, shown := range map[string]keys{"Destination": list.Destinations[i], "DeliveryOptions": effective, "DeliveryChange": effective} {
		described := slices.Sorted(maps.Keys(file.Components.Schemas[name].Properties))
		if got := slices.Sorted(maps.Keys(shown)); !slices.Equal(got, described) {
			t.Errorf("%s has %q, described are %q", name, got, described)
		}
	}
}
