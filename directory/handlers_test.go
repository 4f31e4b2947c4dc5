package directory_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

// What most handlers lack comes back too, and another handler that lies where one was
// removed has none of it.
func TestAHandlerComesBackAsItWasPut(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	portal := *b.Portal(1)
	other := "https://elsewhere.example.com/"
	whole := onevent.Handler{
		ID: 20, Portal: 1, Owner: first, Event: "ONCRMDEALADD", URL: other, User: 2, Connector: "c", Platform: true, Destination: 1,
		Base: "http://127.0.0.1:8055", Created: noon, Disabled: onevent.VerdictGone,
	}
	plain := onevent.Handler{ID: 21, Portal: 1, Owner: first, Event: "ONCRMDEALUPDATE", URL: b.Destination(1).URL, Destination: 1, Base: portal.PublicURL}
	offline := onevent.Handler{ID: 22, Portal: 1, Owner: onevent.Owner{Webhook: 3}, Event: "ONCRMDEALADD", Offline: true}
	ended := onevent.Handler{ID: 23, Portal: 1, Owner: first, Event: "ONCRMDEALADD", URL: other, Ended: noon, EndedBy: onevent.VerdictUpdated}
	all := []onevent.Handler{whole, plain, offline, ended}
	b.update(func(tx onevent.Tx) error {
		var errs []error
		for _, h := range all {
			errs = append(errs, b.PutHandler(tx, h))
		}
		return errors.Join(errs...)
	})
	for name, d := range map[string]*directory.Directory{"at once": b.Directory, "after a restart": b.restart()} {
		for _, want := range all {
			if got := d.Handler(want.ID); got == nil || *got != want {
				t.Errorf("%s %d is\n%+v, want\n%+v", name, want.ID, got, want)
			}
		}
	}
	b.update(func(tx onevent.Tx) error {
		_, err := b.RemoveHandler(tx, ended)
		whole.Connector, whole.Base, whole.URL = "", "", b.Destination(1).URL
		return errors.Join(err, b.PutHandler(tx, whole))
	})
	after := onevent.Handler{ID: 24, Portal: 1, Owner: first, Event: "ONCRMDEALUPDATE", Created: noon.Add(time.Millisecond)}
	b.update(func(tx onevent.Tx) error { return b.PutHandler(tx, after) })
	for _, want := range []onevent.Handler{whole, plain, offline, after} {
		if got := b.Handler(want.ID); got == nil || *got != want {
			t.Errorf("later %d is\n%+v, want\n%+v", want.ID, got, want)
		}
	}
	if h := b.Handler(ended.ID); h != nil {
		t.Errorf("it was removed: %+v", h)
	}
}

// Thousands of handlers of several owners and codes are listed in the order of id,
// however they came and went.
func TestManyHandlersAreListedByEventAndByOwnerInTheOrderOfID(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	const many = 3000
	owners := []onevent.Owner{first, {Installation: 2}, {Webhook: 3}}
	codes := []string{"ONCRMLEADADD", "ONCRMLEADUPDATE"}
	row := func(n int) onevent.Handler {
		return onevent.Handler{
			ID: onevent.HandlerID(1000 + n), Portal: 1, Owner: owners[n%3], Event: codes[n%2], URL: fmt.Sprint("https://app.example.com/", n), Created: noon,
		}
	}
	b.update(func(tx onevent.Tx) error {
		for n := range many {
			if err := b.PutHandler(tx, row((n*7)%many)); err != nil {
				return err
			}
		}
		return nil
	})
	b.update(func(tx onevent.Tx) error {
		for n := 0; n < many; n += 5 {
			h := row(n)
			h.Ended = noon
			if err := b.PutHandler(tx, h); err != nil {
				return err
			}
			if n%2 == 0 {
				if _, err := b.RemoveHandler(tx, h); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, d := range []*directory.Directory{b.Directory, b.restart()} {
		for i, code := range codes {
			want := idsOf(many, func(n int) bool { return n%5 != 0 && n%2 == i })
			if got := ids(d.Handlers(1, code)); !slices.Equal(got, want) {
				t.Errorf("%s has %d handlers, %v ..., want %d", code, len(got), got[:min(5, len(got))], len(want))
			}
		}
		for i, owner := range owners {
			want := idsOf(many, func(n int) bool { return n%5 != 0 && n%3 == i })
			got := slices.DeleteFunc(ids(d.HandlersOf(1, owner)), func(id onevent.HandlerID) bool { return id < 1000 })
			if !slices.Equal(got, want) {
				t.Errorf("%+v has %d handlers, %v ..., want %d", owner, len(got), got[:min(5, len(got))], len(want))
			}
		}
		if h := d.Handler(1000 + 5); h == nil || h.Stands() || h.URL != "https://app.example.com/5" {
			t.Errorf("an ended one is %+v", h)
		}
		if h := d.Handler(1000 + 10); h != nil {
			t.Errorf("a removed one is %+v", h)
		}
	}
}

func idsOf(n int, has func(int) bool) (out []onevent.HandlerID) {
	for i := range n {
		if has(i) {
			out = append(out, onevent.HandlerID(1000+i))
		}
	}
	return out
}

func ids(list []*onevent.Handler) (out []onevent.HandlerID) {
	for _, h := range list {
		out = append(out, h.ID)
	}
	return out
}
