package publish_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

// docs/protocol/events.md section 5; docs/concepts.md, Verdicts.
func TestAHandlerThatIsNotServedHasItsVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		bind func(*bed) *onevent.Handler
		want onevent.Verdict
	}{
		"the installer has not finished": {func(b *bed) *onevent.Handler {
			b.ChangeInstallation(func(i *directory.Installation) { i.Installed = false })
			return b.bind(b.app())
		}, onevent.VerdictNotInstalled},
		"the installation ended": {func(b *bed) *onevent.Handler {
			h := b.bind(b.app())
			b.ChangeInstallation(func(i *directory.Installation) { i.Ended = b.Clock.Now() })
			return h
		}, onevent.VerdictNotInstalled},
		"there is no installation": {func(b *bed) *onevent.Handler {
			return b.bind(onevent.Owner{Installation: 99})
		}, onevent.VerdictNotInstalled},
		"the payment expired": {func(b *bed) *onevent.Handler {
			b.ChangeInstallation(func(i *directory.Installation) { i.Expired = true })
			return b.bind(b.app())
		}, onevent.VerdictNotActive},
		"the scope was lost": {func(b *bed) *onevent.Handler {
			b.ChangeInstallation(func(i *directory.Installation) { i.Scope = []string{"calendar"} })
			return b.bind(b.app())
		}, onevent.VerdictNoScope},
		"it belongs to the pull queue": {func(b *bed) *onevent.Handler {
			return b.bind(b.app(), offline)
		}, onevent.VerdictOffline},
		"its user was dismissed": {func(b *bed) *onevent.Handler {
			b.ChangeUser(testportal.User, func(u *onevent.User) { u.Active = false })
			return b.bind(b.app(), asUser(testportal.User))
		}, onevent.VerdictUserInactive},
		"its user does not exist": {func(b *bed) *onevent.Handler {
			return b.bind(b.app(), asUser(77))
		}, onevent.VerdictUserInactive},
		"its user may not read the object": {func(b *bed) *onevent.Handler {
			b.Update(func(tx onevent.Tx) error { return tx.PutRecord(row(3, testportal.Admin)) })
			return b.bind(b.app(), asUser(testportal.User))
		}, onevent.VerdictNoAccess},
		"the webhook's creator may not read the object": {func(b *bed) *onevent.Handler {
			b.Update(func(tx onevent.Tx) error { return tx.PutRecord(row(3, testportal.Admin)) })
			return b.bind(onevent.Owner{Webhook: 1001}, asUser(testportal.User))
		}, onevent.VerdictNoAccess},
		"the webhook's creator was dismissed": {func(b *bed) *onevent.Handler {
			b.ChangeUser(testportal.User, func(u *onevent.User) { u.Active = false })
			return b.bind(onevent.Owner{Webhook: 1001}, asUser(testportal.User))
		}, onevent.VerdictUserInactive},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			h := c.bind(b)
			beside := b.bind(hook, asUser(testportal.Admin))
			o := b.raise(b.raised("999"))
			if want := []onevent.HandlerVerdict{{Handler: h.ID, Verdict: c.want}}; !slices.Equal(o.Verdicts, want) {
				t.Errorf("got %v, want %v", o.Verdicts, want)
			}
			if !slices.Equal(o.served(), []onevent.HandlerID{beside.ID}) {
				t.Errorf("served: %v, want %d alone", o.served(), beside.ID)
			}
		})
	}
}

func TestWhatHoldsNoHandlerBack(t *testing.T) {
	for name, c := range map[string]struct {
		bind  func(*bed) *onevent.Handler
		event func(*bed) publish.Raised
	}{
		"the actor may read the object": {func(b *bed) *onevent.Handler { return b.bind(b.app()) }, nil},
		"nobody did it": {func(b *bed) *onevent.Handler {
			b.Update(func(tx onevent.Tx) error { return tx.PutRecord(row(3, testportal.Admin)) })
			return b.bind(b.app())
		}, func(b *bed) publish.Raised {
			r := b.raised("999")
			r.Actor = 0
			return r
		}},
		"the actor was dismissed": {func(b *bed) *onevent.Handler {
			b.ChangeUser(testportal.User, func(u *onevent.User) { u.Active = false })
			return b.bind(b.app())
		}, func(b *bed) publish.Raised {
			r := b.raised("999")
			r.Actor = testportal.User
			return r
		}},
		"the actor is unknown": {func(b *bed) *onevent.Handler { return b.bind(b.app()) }, func(b *bed) publish.Raised {
			r := b.raised("999")
			r.Actor = 77
			return r
		}},
		"the object has no row": {func(b *bed) *onevent.Handler { return b.bind(b.app(), asUser(testportal.User)) }, nil},
		"the object's type is stored elsewhere": {func(b *bed) *onevent.Handler {
			return b.bind(b.app(), asUser(testportal.User), to("ONCRMDEALADD"))
		}, func(b *bed) publish.Raised {
			return b.raisedOf("ONCRMDEALADD", wire.Map(wire.F("FIELDS", wire.Map(wire.F("ID", wire.String("999"))))))
		}},
		"the portal does not ask": {func(b *bed) *onevent.Handler {
			b.Update(func(tx onevent.Tx) error {
				p := *b.Row()
				p.Settings.NoAccessCheck = true
				return errors.Join(b.Directory.PutPortal(tx, p), tx.PutRecord(row(3, testportal.Admin)))
			})
			return b.bind(b.app(), asUser(testportal.User))
		}, nil},
		"it is disabled: it waits": {func(b *bed) *onevent.Handler {
			return b.bind(b.app(), func(h *onevent.Handler) { h.Disabled = onevent.VerdictGone })
		}, nil},
		"a global event needs neither payment nor scope": {func(b *bed) *onevent.Handler {
			b.ChangeInstallation(func(i *directory.Installation) { i.Expired, i.Scope = true, nil })
			return b.bind(b.app(), to("ONAPPPAYMENT"))
		}, func(b *bed) publish.Raised { return b.raisedOf("ONAPPPAYMENT", wire.Null()) }},
		"an outgoing webhook has no application": {func(b *bed) *onevent.Handler {
			b.ChangeInstallation(func(i *directory.Installation) { i.Ended = b.Clock.Now() })
			return b.bind(hook, asUser(testportal.Admin))
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			h := c.bind(b)
			r := b.raised("999")
			if c.event != nil {
				r = c.event(b)
			}
			if o := b.raise(r); !slices.Equal(o.served(), []onevent.HandlerID{h.ID}) || len(o.Verdicts) != 0 {
				t.Errorf("served: %v, verdicts: %v", o.served(), o.Verdicts)
			}
		})
	}
}

func TestHandlersOfOtherEventsAndPortalsAreNotAsked(t *testing.T) {
	b := open(t)
	b.bind(b.app(), to("ONCRMACTIVITYADD"))
	b.Update(func(tx onevent.Tx) error {
		p := *b.Row()
		p.ID, p.MemberID, p.Domain = 2, "b223c6b3710f85df22e9377d6c4f7553", "other.example.com"
		return errors.Join(b.Directory.PutPortal(tx, p),
			b.Directory.PutHandler(tx, onevent.Handler{ID: 500, Portal: 2, Owner: onevent.Owner{Webhook: 5}, Event: code, URL: handler, Created: b.Clock.Now()}))
	})
	if o := b.raise(b.raised("999")); len(o.deliveries) != 0 || len(o.Verdicts) != 0 {
		t.Errorf("served: %v, verdicts: %v", o.served(), o.Verdicts)
	}
}

func TestAccessIsAskedOnceAUserAndEvent(t *testing.T) {
	b := open(t)
	for i := range 3 {
		b.bind(b.app(), func(h *onevent.Handler) { h.URL += fmt.Sprint(i) })
		b.bind(b.app(), asUser(testportal.Admin), func(h *onevent.Handler) { h.URL += fmt.Sprint(i) })
		b.bind(b.app(), asUser(testportal.User), func(h *onevent.Handler) { h.URL += fmt.Sprint(i) })
	}
	for _, id := range []string{"1", "22"} {
		b.guard.asked = nil
		if o := b.raise(b.raised(id)); len(o.deliveries) != 9 {
			t.Errorf("%d deliveries: %v", len(o.deliveries), o.Verdicts)
		}
		if !slices.Equal(b.guard.asked, []onevent.UserID{testportal.Admin, testportal.User}) {
			t.Errorf("it was asked for %v", b.guard.asked)
		}
	}
}

// docs/concepts.md: an add and an update are judged by the row as it has become,
// a deletion by the row as it was.
func TestAccessIsJudgedByTheRowAsTheTransactionHasIt(t *testing.T) {
	b := open(t)
	h := b.bind(b.app(), asUser(testportal.User))
	var updated, deleted publish.Result
	b.Update(func(tx onevent.Tx) error { return tx.PutRecord(row(3, testportal.Admin)) })
	b.Update(func(tx onevent.Tx) (err error) {
		if err := tx.PutRecord(row(3, testportal.User)); err != nil {
			return err
		}
		updated, err = b.Publisher.Raise(tx, b.raised("999"))
		return err
	})
	b.Update(func(tx onevent.Tx) (err error) {
		if deleted, err = b.Publisher.Raise(tx, b.raised("999")); err != nil {
			return err
		}
		return tx.DeleteRecord(1, object, 3)
	})
	if updated.Deliveries != 1 || deleted.Deliveries != 1 {
		t.Errorf("given to the user: %d, the deletion: %d", updated.Deliveries, deleted.Deliveries)
	}
	b.Update(func(tx onevent.Tx) error { return tx.PutRecord(row(3, testportal.User)) })
	b.Update(func(tx onevent.Tx) (err error) {
		if err := tx.PutRecord(row(3, testportal.Admin)); err != nil {
			return err
		}
		updated, err = b.Publisher.Raise(tx, b.raised("999"))
		return err
	})
	if o := b.read(updated.ID); o.verdict(h) != onevent.VerdictNoAccess {
		t.Errorf("taken from the user: %v", o.Verdicts)
	}
}

func TestAGuardThatFailsUndoesTheChange(t *testing.T) {
	b := open(t)
	b.bind(b.app())
	b.guard.err = errors.New("the rows can't be read")
	err := b.Store.Update(t.Context(), func(tx onevent.Tx) error {
		_, err := b.Publisher.Raise(tx, b.raised("999"))
		return err
	})
	if !errors.Is(err, b.guard.err) || b.stats().Events != 0 || len(b.Queue.Take()) != 0 {
		t.Errorf("%v, stored: %+v", err, b.stats())
	}
}

func TestAnEventIsStoredAsItHappened(t *testing.T) {
	b := open(t)
	b.Clock.Advance(time.Millisecond + 700*time.Microsecond)
	r := b.raisedOf(code, wire.Map(wire.F("FIELDS", wire.Map(wire.F("ID", wire.String("999")), wire.F("A", wire.String("ü"))))))
	h := b.bind(b.app())
	o := b.raise(r)
	want := onevent.Event{
		ID: o.ID, Portal: b.ID, Code: code, Data: []byte(`{"FIELDS":{"ID":"999","A":"ü"}}`), Actor: testportal.Admin,
		Object: onevent.Object{Type: object, ID: "999"}, Time: b.Clock.Now().Truncate(time.Millisecond),
		Chain: onevent.Chain{Depth: 1, Start: b.Clock.Now().Truncate(time.Millisecond)},
	}
	if !reflect.DeepEqual(o.Event, want) {
		t.Errorf("got\n%+v, want\n%+v", o.Event, want)
	}
	d := o.deliveries[0]
	if d.Event != o.ID || d.Portal != b.ID || d.Handler != h.ID || d.Destination != h.Destination || d.Lane != h.Owner.Lane() || d.State != onevent.StateWaiting || d.Attempts != 0 {
		t.Errorf("its delivery: %+v", d)
	}
	if want := o.Time.Add(7 * 24 * time.Hour); !d.Deadline.Equal(want) {
		t.Errorf("its deadline is %v, want %v", d.Deadline, want)
	}
}

func TestAnEventWithoutHandlersIsStored(t *testing.T) {
	b := open(t)
	o := b.raise(b.raised("999"))
	if o.Code != code || len(o.deliveries) != 0 || b.stats().Events != 1 {
		t.Errorf("%+v, %+v", o, b.stats())
	}
	if got := b.Queue.Take(); len(got) != 0 {
		t.Errorf("the queue was handed %v", got)
	}
}

func TestTheObjectIsThatOfTheDataUnlessGiven(t *testing.T) {
	b := open(t)
	item := wire.Map(wire.F("FIELDS", wire.Map(wire.F("ID", wire.String("21")), wire.F("ENTITY_TYPE_ID", wire.String("1032")))))
	given := b.raised("999")
	given.Object = onevent.Object{Type: "app", ID: "local.1"}
	for name, c := range map[string]struct {
		raised publish.Raised
		want   onevent.Object
	}{
		"of data":          {b.raised("999"), onevent.Object{Type: object, ID: "999"}},
		"of two keys":      {b.raisedOf("ONCRMDYNAMICITEMUPDATE", item), onevent.Object{Type: "crm.dynamicitem", ID: "1032:21"}},
		"given":            {given, onevent.Object{Type: "app", ID: "local.1"}},
		"nothing in data":  {b.raisedOf(code, wire.Map()), onevent.Object{}},
		"no type of these": {b.raisedOf("ONAPPTEST", wire.Map(wire.F("QUERY", wire.String("1")))), onevent.Object{}},
	} {
		if o := b.raise(c.raised); o.Object != c.want {
			t.Errorf("%s: %+v, want %+v", name, o.Object, c.want)
		}
	}
}

func TestDataIsBoundedAsItsHandlersGetIt(t *testing.T) {
	b := open(t)
	entry, _ := catalog.Lookup(code)
	raise := func(text int) error {
		data := wire.Map(wire.F("T", wire.String(strings.Repeat("x", text))))
		return b.Store.Update(context.Background(), func(tx onevent.Tx) error {
			_, err := b.Publisher.Raise(tx, publish.Raised{Portal: b.Row(), Event: entry, Data: data})
			return err
		})
	}
	fits := publish.MaxData - len("data%5BT%5D=")
	if err := raise(fits); err != nil {
		t.Error(err)
	}
	if err := raise(fits + 1); onevent.CodeOf(err) != onevent.CodeTooLarge {
		t.Errorf("a byte more: %v", err)
	}
}

func TestEmptyDataIsNoData(t *testing.T) {
	b := open(t)
	for _, data := range []wire.Value{wire.Null(), wire.Map(), wire.List(), wire.String("")} {
		if o := b.raise(b.raisedOf("ONAPPTEST", data)); o.Data != nil {
			t.Errorf("%s", o.Data)
		}
	}
	if o := b.raise(b.raisedOf("ONIMCONNECTORLINEDELETE", wire.String("107"))); string(o.Data) != `"107"` {
		t.Errorf("a scalar is stored as %s", o.Data)
	}
}

func TestOneURLForTwoUsersGetsTwoDeliveries(t *testing.T) {
	b := open(t)
	actor, admin, user := b.bind(b.app()), b.bind(b.app(), asUser(testportal.Admin)), b.bind(b.app(), asUser(testportal.User))
	source := b.bind(b.app(), func(h *onevent.Handler) { h.Connector = "telephony" })
	o := b.raise(b.raised("999"))
	if want := []onevent.HandlerID{actor.ID, admin.ID, user.ID, source.ID}; !slices.Equal(o.served(), want) {
		t.Errorf("served: %v, want %v", o.served(), want)
	}
	for _, d := range o.deliveries {
		if d.Destination != actor.Destination {
			t.Errorf("delivery %d has the destination %d, want %d", d.ID, d.Destination, actor.Destination)
		}
	}
}

func TestDeliveriesAreInTheOrderOfTheirHandlers(t *testing.T) {
	b := open(t)
	for _, id := range []onevent.HandlerID{40, 10, 30, 20} {
		b.bind(b.app(), func(h *onevent.Handler) { h.ID, h.URL = id, fmt.Sprint(handler, id) })
	}
	o := b.raise(b.raised("999"))
	if !slices.Equal(o.served(), []onevent.HandlerID{10, 20, 30, 40}) {
		t.Errorf("served: %v", o.served())
	}
	inOrder := func(a, b onevent.Delivery) int { return int(a.Seq - b.Seq) }
	if accepted := b.Queue.Take(); len(accepted) != 1 || !slices.IsSortedFunc(accepted[0].Deliveries, inOrder) || !slices.IsSortedFunc(o.deliveries, inOrder) {
		t.Errorf("handed over as %+v", accepted)
	}
}

// lost is a store whose commits fail after the closure has returned nil.
type lost struct{ onevent.Store }

var errLost = errors.New("the disk went away")

func (s lost) Update(ctx context.Context, fn func(onevent.Tx) error) error {
	return s.Store.Update(ctx, func(tx onevent.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errLost
	})
}

func TestTheQueueIsHandedOnlyWhatWasCommitted(t *testing.T) {
	b := open(t)
	b.bind(b.app())
	b.Clock.Advance(700 * time.Microsecond) // rows have milliseconds
	raise := func(tx onevent.Tx) error {
		_, err := b.Publisher.Raise(tx, b.raised("999"))
		if len(b.Queue.Take()) != 0 {
			t.Error("the queue was handed a delivery before its commit")
		}
		return err
	}
	if err := (lost{b.Store}).Update(t.Context(), raise); !errors.Is(err, errLost) {
		t.Fatal(err)
	}
	if got := b.Queue.Take(); len(got) != 0 || b.stats() != (onevent.Stats{}) {
		t.Errorf("the queue was handed %+v of a commit that failed", got)
	}
	var first, second publish.Result
	b.Update(func(tx onevent.Tx) error {
		var one, two error
		first, one = b.Publisher.Raise(tx, b.raised("1"))
		second, two = b.Publisher.Raise(tx, b.raised("22"))
		return errors.Join(one, two)
	})
	got := b.Queue.Take()
	if len(got) != 2 || got[0].Event.ID != first.ID || got[1].Event.ID != second.ID {
		t.Fatalf("the queue was handed %+v", got)
	}
	for _, a := range got {
		stored := b.read(a.Event.ID)
		if !reflect.DeepEqual(*a.Event, stored.Event) || !reflect.DeepEqual(a.Deliveries, stored.deliveries) {
			t.Errorf("handed over\n%+v, stored\n%+v", a, stored)
		}
	}
}

func TestEventsOfOneApplicationGoToItsOwnHandlersAlone(t *testing.T) {
	b := open(t)
	own := b.bind(b.app(), to("ONAPPTEST"))
	b.bind(b.app())
	other := b.bind(onevent.Owner{Installation: 99}, to("ONAPPTEST"))
	// It is judged as the transaction leaves it, not by what stands.
	after := *b.Installation(b.App)
	after.Installed = true
	b.ChangeInstallation(func(i *directory.Installation) { i.Installed = false })
	var result publish.Result
	b.Update(func(tx onevent.Tx) (err error) {
		var list []onevent.Handler
		for _, h := range b.Directory.HandlersOf(b.ID, b.app()) {
			list = append(list, *h)
		}
		result, err = b.Publisher.RaiseTo(tx, b.raisedOf("ONAPPTEST", wire.Null()), &after, list)
		return err
	})
	if o := b.read(result.ID); !slices.Equal(o.served(), []onevent.HandlerID{own.ID}) || len(o.Verdicts) != 0 || o.verdict(other) != "" {
		t.Errorf("served: %v, verdicts: %v", o.served(), o.Verdicts)
	}
}
