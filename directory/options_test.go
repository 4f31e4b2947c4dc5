package directory_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/onevent/onevent"
)

func TestOptionsOfADestinationAreItsOwnThenTheApplicationsThenTheServers(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	server := onevent.DeliveryOptions{Order: "all", Retry: "1s", Deadline: 60, Rate: 100, Burst: 200, Concurrency: 64, Timeout: 20}
	hook := onevent.Destination{ID: 2, Portal: 1, Owner: onevent.Owner{Webhook: 5}, URL: "https://hook.example.com/"}
	for _, c := range []struct {
		name      string
		app, dest onevent.DeliveryOptions
		want      onevent.DeliveryOptions
	}{
		{"nobody says anything", onevent.DeliveryOptions{}, onevent.DeliveryOptions{}, server},
		{
			"the application alone, whose limits are not those of one destination",
			onevent.DeliveryOptions{Order: "none", Retry: "none", Deadline: 30, Rate: 1, Burst: 1, Concurrency: 1, Timeout: 5}, onevent.DeliveryOptions{},
			onevent.DeliveryOptions{Order: "none", Retry: "none", Deadline: 30, Rate: 100, Burst: 200, Concurrency: 64, Timeout: 5},
		},
		{
			"the destination over both",
			onevent.DeliveryOptions{Order: "none", Retry: "2s", Timeout: 5},
			onevent.DeliveryOptions{Order: "object", Retry: "default", Rate: 5},
			onevent.DeliveryOptions{Order: "object", Retry: "1s", Deadline: 60, Rate: 5, Burst: 200, Concurrency: 64, Timeout: 5},
		},
		{
			"an application that asks for the default",
			onevent.DeliveryOptions{Retry: "default"}, onevent.DeliveryOptions{}, server,
		},
	} {
		app, dest := *b.Application(1), *b.Destination(1)
		app.Delivery, dest.Options = c.app, c.dest
		b.update(func(tx onevent.Tx) error {
			return errors.Join(b.PutApplication(tx, app), b.PutDestination(tx, dest), b.PutDestination(tx, hook))
		})
		if got := b.DeliveryOptions(b.Destination(1), server); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if got := b.DeliveryOptions(b.Destination(2), server); got != server {
			t.Errorf("%s: an outgoing webhook has %+v", c.name, got)
		}
	}
}

func TestDestinationsOfAPortalAreListedAsTheyAreNow(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	list := func() (ids []onevent.DestinationID) {
		for _, d := range b.Destinations(1) {
			ids = append(ids, d.ID)
		}
		return ids
	}
	before := b.Destinations(1)
	for _, id := range []onevent.DestinationID{5, 3, 4} {
		row := destinationRow(1, id, first)
		row.URL += fmt.Sprint(id)
		b.update(func(tx onevent.Tx) error { return b.PutDestination(tx, row) })
	}
	changed := *b.Destination(3)
	changed.Options.Rate = 5
	b.update(func(tx onevent.Tx) error { return b.PutDestination(tx, changed) })
	if got := list(); !slices.Equal(got, []onevent.DestinationID{1, 3, 4, 5}) || b.Destinations(1)[1].Options.Rate != 5 {
		t.Errorf("listed %v", got)
	}
	if len(before) != 1 || before[0].ID != 1 {
		t.Errorf("who held the list sees %v", before)
	}
	if len(b.Destinations(2)) != 0 || b.Destinations(77) != nil {
		t.Errorf("another portal's: %v", b.Destinations(2))
	}
}
