package confirm

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

// Confirmation is a row as it is shown: without the token.
type Confirmation struct {
	ID           int64
	State        string // waiting, confirmed, denied
	Method       string
	Installation onevent.InstallationID // 0: a webhook's
	Webhook      onevent.WebhookID      // 0: an application's
	User         onevent.UserID
	Asked        time.Time // the first call
	Decided      time.Time // zero while it waits
}

func (r *row) shown() Confirmation {
	c := Confirmation{
		ID: idOf(r.Key), State: r.State, Method: r.Method, Installation: r.Installation, Webhook: r.Webhook, User: r.User, Asked: r.asked(),
	}
	if r.Decided != 0 {
		c.Decided = time.UnixMilli(r.Decided)
	}
	return c
}

// maxListed bounds List, and how many rows of one owner are looked at.
const maxListed = 1000

// newestFirst has what waits before what is decided.
var newestFirst = []onevent.Order{{Field: "State", Desc: true}, {Field: "Asked", Number: true, Desc: true}}

// List lists what was asked for and what was decided on a portal, as long as somebody
// can call with it: what waits first, then the newest; 1,000 at most.
func (k *Keeper) List(ctx context.Context, portal onevent.PortalID) ([]Confirmation, error) {
	var out []Confirmation
	err := k.Store.View(ctx, func(r onevent.Reader) (err error) {
		out = nil
		for _, o := range k.owners(portal) {
			if out, err = k.list(r, portal, o, out); err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Confirmation) int {
		return cmp.Or(strings.Compare(b.State, a.State), b.Asked.Compare(a.Asked))
	})
	return out[:min(len(out), maxListed)], err
}

// owners are those who can call.
func (k *Keeper) owners(portal onevent.PortalID) []owner {
	var out []owner
	for _, inst := range k.Directory.Installations(portal) {
		if inst.Active() {
			out = append(out, owner{Installation: inst.ID})
		}
	}
	for _, hook := range k.Directory.Webhooks(portal) {
		out = append(out, owner{Webhook: hook.ID})
	}
	return out
}

func (k *Keeper) list(r onevent.Reader, portal onevent.PortalID, of owner, list []Confirmation) ([]Confirmation, error) {
	page, err := r.Query(onevent.Query{Portal: portal, Kind: of.kind(), Order: newestFirst, Limit: maxListed})
	for _, record := range page.Records {
		if err == nil {
			list, err = k.show(r, list, record)
		}
	}
	return list, err
}

func (k *Keeper) show(r reader, list []Confirmation, record onevent.Record) ([]Confirmation, error) {
	found, err := read(record)
	if err != nil {
		return nil, err
	}
	ended, err := k.ended(r, record.Portal, &found)
	if err != nil || ended {
		return list, err
	}
	return append(list, found.shown()), nil
}

// Decide allows or refuses a method to a token or webhook, and tells the application
// by ONAPPMETHODCONFIRM; nobody is told of a webhook's. Another decision takes the
// place of the one before; the same again changes nothing. CodeNotFound: nothing that
// can still be called with was asked for under this id on the portal.
func (k *Keeper) Decide(ctx context.Context, portal *onevent.Portal, id int64, confirmed bool) (Confirmation, error) {
	var decided row
	err := k.Store.Update(ctx, func(tx onevent.Tx) (err error) {
		if decided, err = k.find(tx, portal.ID, id); err != nil {
			return err
		}
		state := denied
		if confirmed {
			state = given
		}
		if decided.State == state {
			return nil
		}
		decided.State, decided.Decided = state, k.Clock.Now().UnixMilli()
		if err := decided.put(tx, portal.ID); err != nil || decided.Installation == 0 {
			return err
		}
		return k.raise(tx, portal, &decided)
	})
	if err != nil {
		return Confirmation{}, err
	}
	return decided.shown(), nil
}

func (k *Keeper) find(tx onevent.Tx, portal onevent.PortalID, id int64) (row, error) {
	for _, o := range k.owners(portal) {
		record, err := tx.Record(portal, o.kind(), id)
		if errors.Is(err, onevent.ErrNotFound) {
			continue
		}
		if err != nil {
			return row{}, err
		}
		found, err := read(record)
		if err != nil {
			return found, err
		}
		if ended, err := k.ended(tx, portal, &found); !ended || err != nil {
			return found, err
		}
	}
	return row{}, onevent.Errorf(onevent.CodeNotFound, "nothing on the portal waits for, or has, a confirmation %d", id)
}

const eventConfirm = "ONAPPMETHODCONFIRM"

// raise tells the application's own handlers.
func (k *Keeper) raise(tx onevent.Tx, portal *onevent.Portal, r *row) error {
	event, ok := catalog.Lookup(eventConfirm)
	if !ok {
		return onevent.Errorf(onevent.CodeInternal, "the catalogue lacks %s", eventConfirm)
	}
	token, err := k.Ring.Open(purpose, r.Token)
	if err != nil {
		return err
	}
	inst := k.Directory.Installation(portal.ID, r.Installation)
	var own []onevent.Handler
	for _, h := range k.Directory.HandlersOf(portal.ID, onevent.Owner{Installation: inst.ID}) {
		own = append(own, *h)
	}
	_, err = k.Publisher.RaiseTo(tx, publish.Raised{
		Portal: portal, Event: event, Data: r.data(string(token), inst.Language), Root: true,
		Object: onevent.Object{Type: onevent.LifecycleObject, ID: k.Directory.Application(inst.Application).ClientID},
	}, inst, own)
	return err
}

// data is that of docs/protocol/app-lifecycle.md section 3.5.
func (r *row) data(token, language string) wire.Value {
	confirmed := "0"
	if r.State == given {
		confirmed = "1"
	}
	return wire.Map(
		wire.F("TOKEN", wire.String(token)),
		wire.F("METHOD", wire.String(r.Method)),
		wire.F("CONFIRMED", wire.String(confirmed)),
		wire.F("LANGUAGE_ID", wire.String(language)),
	)
}
