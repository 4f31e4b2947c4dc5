package rest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// raising is a portal with the real methods and one that raises n events, fails
// after them when asked to, and by its other name does not say that it raises.
func raising(t *testing.T, rate float64, burst int) (*bench, testportal.Caller) {
	t.Helper()
	b := open(t)
	b.handler = b.Handler(append(b.Methods(), rest.Method{Name: "raise", Raises: true, Func: b.raise}, rest.Method{Name: "raise.secretly", Func: b.raise})...)
	b.limit(func(s *onevent.PortalSettings) { s.EventRate, s.EventBurst = rate, burst })
	return b, testportal.As(b.handler, b.token)
}

func (b *bench) raise(ctx context.Context, c *rest.Call) (any, error) {
	n, _ := c.Param("n").Int()
	return true, b.Store.Update(ctx, func(tx onevent.Tx) error {
		for range n {
			if err := c.Raise(tx, b.Publisher, "ONCRMDEALADD", wire.Null()); err != nil {
				return err
			}
		}
		if c.Has("fail") {
			return rest.ErrCore("it failed")
		}
		return nil
	})
}

func (b *bench) events(t *testing.T) int64 {
	t.Helper()
	var n onevent.Stats
	err := b.Store.View(t.Context(), func(r onevent.Reader) (err error) { n, err = r.Stats(); return err })
	if err != nil {
		t.Fatal(err)
	}
	return n.Events
}

const (
	tooMany     = `{"error":"QUERY_LIMIT_EXCEEDED","error_description":"Too many requests"}`
	addActivity = `{"fields":{"TYPE_ID":2,"SUBJECT":"Call","OWNER_TYPE_ID":3,"OWNER_ID":1,"COMMUNICATIONS":[{"VALUE":"+4930123456"}]}}`
)

func TestAMethodThatWouldRaiseMoreThanThePortalMayChangesNothing(t *testing.T) {
	b, c := raising(t, 1, 2)
	for _, method := range []string{"crm.activity.add", "crm.activity.add"} {
		wantText(t, c.Call(method, addActivity), 200, `"result":`)
	}
	for method, params := range map[string]string{
		"crm.activity.add":              addActivity,
		"crm.activity.update":           `{"id":1,"fields":{"SUBJECT":"Other"}}`,
		"crm.activity.delete":           `{"id":1}`,
		"crm.activity.todo.add":         `{"ownerTypeId":3,"ownerId":1,"deadline":"2030-01-01"}`,
		"calendar.event.add":            `{"type":"user","ownerId":1,"name":"Call","from":"2030-01-01","to":"2030-01-01"}`,
		"calendar.section.add":          `{"type":"user","ownerId":1,"name":"Section"}`,
		"user.add":                      `{"EMAIL":"new@example.com"}`,
		"event.test":                    `{}`,
		"crm.activity.todo.update":      `{"id":1,"ownerTypeId":3,"ownerId":1,"deadline":"2030-01-01"}`,
		"calendar.event.delete":         `{"id":1,"type":"user","ownerId":1}`,
		"crm.activity.todo.updatecolor": `{"id":1,"ownerTypeId":3,"ownerId":1,"colorId":1}`,
	} {
		a := c.Call(method, params)
		wantText(t, a, 503, tooMany)
		wantFrame(t, a)
	}
	a := c.Call("crm.activity.list", `{"select":["SUBJECT"]}`)
	if wantText(t, a, 200, `"total":2`); strings.Contains(a.Text, "Other") || b.events(t) != 2 {
		t.Errorf("%s, %d events", a.Text, b.events(t))
	}
	b.Clock.Advance(time.Second)
	wantText(t, c.Call("crm.activity.update", `{"id":1,"fields":{"SUBJECT":"Other"}}`), 200, `"result":true`)
}

func TestEachCommandOfABatchIsAskedForItsEvents(t *testing.T) {
	b, c := raising(t, 1, 2)
	a := c.Call("batch", `{"cmd":{"a":"raise?n=1","b":"raise?n=1","c":"raise?n=1","d":"profile"}}`)
	wantText(t, a, 200, `"result":{"a":true,"b":true,"d":`)
	wantText(t, a, 200, `"result_error":{"c":`+tooMany+`}`)
	if n := b.events(t); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestEventsAreCountedAsTheyAreStored(t *testing.T) {
	b, c := raising(t, 1, 3)
	for range 5 {
		wantText(t, c.Call("raise", `{"n":0}`), 200, `true`)
		wantText(t, c.Call("raise", `{"n":3,"fail":1}`), 400, `it failed`)
	}
	wantText(t, c.Call("raise", `{"n":5}`), 200, `true`)
	for _, step := range []struct {
		wait time.Duration
		want int
	}{{0, 503}, {2 * time.Second, 503}, {time.Second, 200}, {0, 503}} {
		b.Clock.Advance(step.wait)
		if a := c.Call("raise", `{"n":1}`); a.Status != step.want {
			t.Errorf("after %v: %d %s", step.wait, a.Status, a.Text)
		}
	}
}

func TestAMethodThatDoesNotSayThatItRaisesMayNot(t *testing.T) {
	b, c := raising(t, 0, 0)
	wantText(t, c.Call("raise.secretly", `{"n":1}`), 500, `INTERNAL_SERVER_ERROR`)
	if n := b.events(t); n != 0 {
		t.Errorf("%d events", n)
	}
}

// A server without a limiter, and a limiter that fails.
type failingPublishing struct{ err error }

func (f failingPublishing) Admit(*onevent.Portal, int) error { return f.err }
func (failingPublishing) Correct(*onevent.Portal, int, int)  {}

func TestWithoutPublishingNothingIsLimited(t *testing.T) {
	b, _ := raising(t, 0, 0)
	b.limit(func(s *onevent.PortalSettings) { s.EventRate, s.EventBurst = 0.001, 1 })
	ran := 0
	raises := rest.Method{Name: "raises", Raises: true, Func: func(context.Context, *rest.Call) (any, error) { ran++; return true, nil }}
	for _, with := range []struct {
		limit rest.Publishing
		ran   int
	}{{nil, 1}, {failingPublishing{}, 1}, {failingPublishing{errors.New("no")}, 0}} {
		ran = 0
		s := rest.New(rest.Config{Registry: rest.NewRegistry(raises), Authority: b.Authority, Clock: b.Clock, Logger: b.Logger, Publishing: with.limit})
		testportal.As(serveAt(b, s, "raises"), b.token).Call("raises", "")
		if ran != with.ran {
			t.Errorf("with %v it ran %d times", with.limit, ran)
		}
	}
}

func TestAChangeIsOfTheApplicationWhoseTokenWasShown(t *testing.T) {
	b, c := raising(t, 0, 0)
	var told []onevent.OperatorEvent
	b.Publisher.Tell = func(e onevent.OperatorEvent) { told = append(told, e) }
	wantText(t, c.Call("crm.activity.add", addActivity), 200, `"result":`)
	for range 60 {
		wantText(t, c.Call("crm.activity.update", `{"id":1,"fields":{"SUBJECT":"Other"}}`), 200, `"result":true`)
	}
	if len(told) != 1 || told[0].Type != onevent.OperatorLooping || told[0].Installation != b.Installation(b.App).ID {
		t.Errorf("told %+v", told)
	}
}
