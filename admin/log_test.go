package admin_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/dispatch"
)

// raise publishes an event about an activity and returns its id.
func (b *bench) raise(code, id string) string {
	b.t.Helper()
	list, err := b.Publish(b.ctx, b.member, "", client.Event{Event: code, UserID: 1, Data: []byte(`{"FIELDS":{"ID":"` + id + `"}}`)})
	b.must(err)
	return list[0].ID
}

func (b *bench) explain(id string) client.Explanation {
	b.t.Helper()
	a, err := b.Explain(b.ctx, id)
	b.must(err)
	return a
}

func (b *bench) only(eventID string) client.Delivery {
	b.t.Helper()
	list, err := b.Deliveries(b.ctx, eventID)
	b.must(err)
	if len(list) != 1 {
		b.t.Fatalf("event %s has %d deliveries", eventID, len(list))
	}
	return list[0]
}

const update = "ONCRMACTIVITYUPDATE"

func TestDeliveriesAreFoundByWhatTheyAre(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.install(update, "ONCRMDEALADD")
	first := b.raise(update, "999")
	b.clock.Advance(time.Hour)
	deal := b.raise("ONCRMDEALADD", "5")
	b.clock.Advance(time.Hour)
	last := b.raise(update, "999")
	d := b.only(first)
	b.settle(d.ID, onevent.Outcome{State: onevent.StateFailed, Verdict: onevent.VerdictExhausted, Attempts: 2,
		Attempt: onevent.Attempt{Time: b.clock.Now(), Status: 500, Took: time.Second}})
	for _, c := range []struct {
		name   string
		filter client.DeliveryFilter
		want   []string // events
	}{
		{"nothing", client.DeliveryFilter{Event: update}, []string{last, first}},
		{"oldest first", client.DeliveryFilter{Event: update, Oldest: true}, []string{first, last}},
		{"object", client.DeliveryFilter{Object: "crm.activity:999"}, []string{last, first}},
		{"another object", client.DeliveryFilter{Object: "crm.activity:998"}, nil},
		{"an id with a colon", client.DeliveryFilter{Object: "crm.dynamicitem:128:7"}, nil},
		{"application and state", client.DeliveryFilter{ClientID: app, Portal: b.member, States: []string{"failed", "cancelled"}}, []string{first}},
		{"verdict", client.DeliveryFilter{Verdict: "exhausted"}, []string{first}},
		{"handler", client.DeliveryFilter{HandlerID: d.HandlerID}, []string{last, first}},
		{"destination", client.DeliveryFilter{DestinationID: d.DestinationID, States: []string{"waiting"}}, []string{last}},
		{"from", client.DeliveryFilter{Event: "oncrmdealadd", From: "2026-03-01T13:00:00Z"}, []string{deal}},
		{"until", client.DeliveryFilter{Event: update, Until: fmt.Sprint(b.clock.Now().Unix())}, []string{first}},
	} {
		page, err := b.SearchDeliveries(b.ctx, c.filter)
		b.must(err)
		var got []string
		for _, d := range page.Deliveries {
			got = append(got, d.EventID)
		}
		if !slices.Equal(got, c.want) || page.Next != "" {
			t.Errorf("%s: got %q, want %q; next %q", c.name, got, c.want, page.Next)
		}
	}
	d = b.only(first)
	if d.Portal != b.member || d.ClientID != app || d.Object != "crm.activity:999" || d.Time != "2026-03-01T12:00:00.000Z" || d.AttemptCount != 2 || d.Deadline == "" {
		t.Errorf("got %+v", d)
	}
}

func TestPagesOfASearchHaveEachRowOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install(update)
	var want []string
	for i := range 7 {
		want = append(want, b.raise(update, fmt.Sprint(i+1)))
	}
	var got, events []string
	for d, err := range b.AllDeliveries(b.ctx, client.DeliveryFilter{Event: update, Oldest: true, Limit: 2}) {
		b.must(err)
		got = append(got, d.EventID)
	}
	for e, err := range b.AllEvents(b.ctx, client.EventFilter{Event: update, Portal: b.member, Limit: 3}) {
		b.must(err)
		events = append(events, e.ID)
	}
	slices.Reverse(events)
	if !slices.Equal(got, want) || !slices.Equal(events, want) {
		t.Errorf("deliveries of %q, events %q, want %q", got, events, want)
	}
}

func TestASearchThatMakesNoSenseIsToldWhy(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.install(update)
	stranger := b.register(onevent.KindLocal, false, client.Version{Scope: "crm"})
	other, _, err := b.CreatePortal(b.ctx, client.NewPortal{Domain: "other.example.test", PublicURL: "https://other.example.test"})
	b.must(err)
	d := b.only(b.raise(update, "1"))
	for query, want := range map[string]struct {
		status int
		words  string
	}{
		"deliveries?colour=red":                                             {400, `unknown parameter "colour"`},
		"deliveries?event_id=1&state=failed":                                {400, `unknown parameter "state"`},
		"deliveries?state=lost":                                             {400, `unknown state "lost"`},
		"deliveries?state=failed,":                                          {400, `unknown state ""`},
		"deliveries?state=failed&state=waiting":                             {400, "more than once"},
		"deliveries?verdict=bad":                                            {400, `unknown verdict "bad"`},
		"deliveries?event=ONNOTHING":                                        {400, `unknown event "ONNOTHING"`},
		"deliveries?object=999":                                             {400, "TYPE:ID"},
		"deliveries?object=crm.activity:":                                   {400, "TYPE:ID"},
		"deliveries?object=crm.unicorn:1":                                   {400, `unknown object type "crm.unicorn"`},
		"deliveries?from=yesterday":                                         {400, "from must be a time"},
		"deliveries?from=-5":                                                {400, "from must be a time"},
		"deliveries?from=99999999999999":                                    {400, "from must be a time"},
		"deliveries?from=20&until=10":                                       {400, "from must be before until"},
		"deliveries?order=random":                                           {400, "order must be"},
		"deliveries?attempts=some":                                          {400, "attempts must be"},
		"deliveries?cursor=x":                                               {400, "cursor"},
		"deliveries?limit=0":                                                {400, "1 to 1000"},
		"deliveries?limit=1001":                                             {400, "1 to 1000"},
		"deliveries?portal=nobody":                                          {404, `no portal has the member_id "nobody"`},
		"deliveries?client_id=nobody":                                       {404, `no application has the client_id "nobody"`},
		"deliveries?portal=" + b.member + "&client_id=" + stranger:          {404, "never installed on this portal"},
		"deliveries?handler_id=777":                                         {404, "no handler 777"},
		"deliveries?handler_id=x":                                           {400, "handler_id"},
		"deliveries?destination_id=777":                                     {404, "no destination 777"},
		"deliveries?portal=" + other + "&handler_id=" + d.HandlerID:         {404, "on this portal"},
		"deliveries?portal=" + other + "&destination_id=" + d.DestinationID: {404, "on this portal"},
		"deliveries?portal=" + other + "&client_id=" + app:                  {404, "never installed on this portal"},
		"deliveries?%zz":                                                    {400, "percent-encoded"},
		"deliveries/777":                                                    {404, "not found"},
		"deliveries/x":                                                      {400, "positive number"},
		"deliveries/1?a=1":                                                  {400, `unknown parameter "a"`},
		"events?state=failed":                                               {400, `unknown parameter "state"`},
		"events?unserved=yes":                                               {400, "unserved must be 1 or 0"},
		"events/777":                                                        {404, "not found"},
		"events/777/explain":                                                {404, "not found"},
		"events/0/explain":                                                  {400, "positive number"},
		"portals/nobody/explain?object=crm.activity:1":                      {404, "no portal"},
		"portals/" + b.member + "/explain":                                  {400, "object is missing"},
		"portals/" + b.member + "/explain?object=crm.activity:1&limit=101":  {400, "1 to 100"},
	} {
		answer := b.do("GET", "/admin/v1/"+query, "")
		code := map[int]string{400: "invalid", 404: "not_found"}[want.status]
		t.Run(query, func(t *testing.T) {
			at := *b
			at.t = t
			at.wants(answer, want.status, code, want.words)
		})
	}
}

func TestAnEventIsShownWithItsDataAndVerdicts(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install(update)
	served, lost := b.raise(update, "1"), b.raise("ONCRMDEALADD", "2")
	page, err := b.SearchEvents(b.ctx, client.EventFilter{Unserved: true, Event: "ONCRMDEALADD"})
	b.must(err)
	if len(page.Events) != 1 || page.Events[0].ID != lost || page.Events[0].Portal != b.member || page.Events[0].Object != "crm.deal:2" {
		t.Errorf("got %+v", page.Events)
	}
	e, err := b.Event(b.ctx, served)
	b.must(err)
	if string(e.Data) != `{"FIELDS":{"ID":"1"}}` || e.UserID != "1" || len(e.Verdicts) != 0 {
		t.Errorf("got %+v", e)
	}
}

func TestWhatBecameOfAnEventIsExplainedForEachHandler(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.install(update)
	inst := b.directory.Standing(b.portal.ID, b.directory.ApplicationByClientID(app).ID)
	id := b.raise(update, "999")
	d := b.only(id)
	for _, c := range []struct {
		outcome onevent.Outcome
		want    string
		words   []string
	}{
		{onevent.Outcome{State: onevent.StateWaiting, Attempts: 1, Due: b.clock.Now().Add(time.Minute),
			Attempt: onevent.Attempt{Time: b.clock.Now(), Error: "connect", Took: time.Second}}, "waiting", []string{"Its outcome is being written"}},
		{onevent.Outcome{State: onevent.StateFailed, Verdict: onevent.VerdictExhausted, Attempts: 2,
			Attempt: onevent.Attempt{Time: b.clock.Now(), Status: 500, Took: time.Second}}, "failed",
			[]string{"Failed for good (exhausted)", "retries are used up", "The last attempt was answered 500", "option retry"}},
	} {
		b.waiting = func(onevent.DestinationID, onevent.DeliveryID) dispatch.Wait { return dispatch.Wait{} }
		b.condition = func(onevent.DestinationID) dispatch.Condition { return dispatch.Condition{} }
		b.recompose()
		b.settle(d.ID, c.outcome)
		a := b.explain(id)
		if len(a.Handlers) != 1 || a.Handlers[0].Outcome != c.want || a.Handlers[0].DeliveryID != d.ID || a.Handlers[0].ClientID != app {
			t.Fatalf("got %+v", a)
		}
		for _, words := range c.words {
			if !strings.Contains(a.Handlers[0].Text, words) {
				t.Errorf("%q does not say %q", a.Handlers[0].Text, words)
			}
		}
	}
	b.clock.Advance(time.Minute)
	later := b.bind(app, update, "https://app.example.test/later")
	a := b.explain(id)
	if len(a.Handlers) != 2 || a.Handlers[1].HandlerID != fmt.Sprint(later) || a.Handlers[1].Outcome != "bound_later" || a.Text != "1 failed, 1 bound later." {
		t.Errorf("got %+v", a)
	}
	b.must(b.store.Update(b.ctx, func(tx onevent.Tx) error {
		row := *inst
		row.Expired = true
		return b.directory.PutInstallation(tx, row)
	}))
	a = b.explain(b.raise(update, "999"))
	for _, h := range a.Handlers {
		if h.Outcome != "not_sent" || h.Verdict != "not_active" || !strings.Contains(h.Text, "payment had expired. Renew it") {
			t.Errorf("got %+v", h)
		}
	}
	if a.Text != "2 not sent." {
		t.Errorf("got %q", a.Text)
	}
}

// recompose serves the API with what the test has set since.
func (b *bench) recompose() {
	b.t.Helper()
	b.serve(b.store, b.ring)
}

func TestWhatADeliveryWaitsForIsSaid(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.install(update)
	id := b.raise(update, "999")
	second := b.only(b.raise(update, "999"))
	d := b.only(id)
	now := b.clock.Now()
	b.settle(d.ID, onevent.Outcome{State: onevent.StateWaiting, Attempts: 1, Attempt: onevent.Attempt{Time: now, Error: "connect"}})
	soon := now.Add(30 * time.Second)
	memory := dispatch.Wait{Place: dispatch.PlaceMemory}
	head := onevent.DeliveryID(0)
	fmt.Sscan(d.ID, &head)
	for _, c := range []struct {
		why, until, behind string
		wait               dispatch.Wait
		condition          dispatch.Condition
		words              []string
	}{
		{"in_flight", "", "", dispatch.Wait{Place: dispatch.PlaceMemory, Flying: true}, dispatch.Condition{}, []string{"under way"}},
		{"breaker", "2026-03-01T12:00:30.000Z", "", memory,
			dispatch.Condition{Breaker: dispatch.BreakerOpen, NextProbe: soon, Since: now.Add(-time.Hour), Attempts: 7},
			[]string{"in 7 attempts", "next probe is at 2026-03-01 12:00:30 UTC (in 30s)", "no answer (connect)", "Mend the receiver"}},
		{"retry", "2026-03-01T12:00:30.000Z", "", dispatch.Wait{Place: dispatch.PlaceMemory, Until: soon}, dispatch.Condition{},
			[]string{"Attempt 1 got no answer (connect)", "next attempt is at 2026-03-01 12:00:30"}},
		{"paused", "2026-03-01T12:00:30.000Z", "", memory, dispatch.Condition{PausedUntil: soon}, []string{"called again at"}},
		{"paused", "2026-03-01T12:00:30.000Z", "", dispatch.Wait{Place: dispatch.PlaceMemory, Until: now.Add(time.Second), Token: now.Add(2 * time.Second)},
			dispatch.Condition{PausedUntil: soon}, []string{"called again at"}},
		{"rate", "2026-03-01T12:00:30.000Z", "", dispatch.Wait{Place: dispatch.PlaceMemory, Until: now.Add(time.Second), Token: soon},
			dispatch.Condition{PausedUntil: now.Add(2 * time.Second)}, []string{"rate"}},
		{"rate", "2026-03-01T12:00:30.000Z", "", dispatch.Wait{Place: dispatch.PlaceMemory, Token: soon}, dispatch.Condition{}, []string{"rate"}},
		{"stored", "", "", dispatch.Wait{Place: dispatch.PlaceStore}, dispatch.Condition{Waiting: 4711}, []string{"4711 deliveries wait"}},
		{"turn", "", "", memory, dispatch.Condition{InFlight: 3, Concurrency: 8}, []string{"3 attempts", "8 at once"}},
	} {
		b.waiting = func(onevent.DestinationID, onevent.DeliveryID) dispatch.Wait { return c.wait }
		b.condition = func(onevent.DestinationID) dispatch.Condition { return c.condition }
		b.recompose()
		h := b.explain(id).Handlers[0]
		if h.Why != c.why || h.Until != c.until || h.Behind != c.behind {
			t.Errorf("want %s, got %+v", c.why, h)
		}
		for _, words := range c.words {
			if !strings.Contains(h.Text, words) {
				t.Errorf("%s: %q does not say %q", c.why, h.Text, words)
			}
		}
		// The one behind it tells what the first waits for.
		b.waiting = func(onevent.DestinationID, onevent.DeliveryID) dispatch.Wait {
			w := c.wait
			w.Head, w.Ahead = head, 1
			return w
		}
		b.recompose()
		h = b.explain(second.EventID).Handlers[0]
		if h.Why != "behind" || h.Behind != d.ID || h.Until != c.until {
			t.Errorf("behind one of %s: got %+v", c.why, h)
		}
		for _, words := range append(c.words, "behind delivery "+d.ID+" about the same object", "event "+id) {
			if !strings.Contains(h.Text, words) {
				t.Errorf("behind one of %s: %q does not say %q", c.why, h.Text, words)
			}
		}
	}
	b.disable(app)
	b.waiting = func(onevent.DestinationID, onevent.DeliveryID) dispatch.Wait { return memory }
	b.recompose()
	if h := b.explain(id).Handlers[0]; h.Why != "disabled" || !strings.Contains(h.Text, "answered 410") || !strings.Contains(h.Text, "handlers/ID/enable") || h.Until != h.Deadline {
		t.Errorf("got %+v", h)
	}
}

// That an application was installed is told to that one alone: another one's handler
// of the same code has no part in it, nor could it have been bound in time.
func TestAnEventOfOneApplicationsLifeNamesNoOther(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install(update)
	page, err := b.SearchEvents(b.ctx, client.EventFilter{Event: "ONAPPINSTALL"})
	b.must(err)
	b.clock.Advance(time.Minute)
	b.install("ONAPPINSTALL")
	a := b.explain(page.Events[0].ID)
	if len(a.Handlers) != 1 || len(a.Applications) != 0 || strings.Contains(a.Text, "later") {
		t.Errorf("got %+v", a)
	}
}

// disable disables the handlers of an application.
func (b *bench) disable(clientID string) {
	b.t.Helper()
	inst := b.directory.Standing(b.portal.ID, b.directory.ApplicationByClientID(clientID).ID)
	b.must(b.store.Update(b.ctx, func(tx onevent.Tx) error {
		for _, h := range b.directory.HandlersOf(b.portal.ID, onevent.Owner{Installation: inst.ID}) {
			row := *h
			row.Disabled = onevent.VerdictGone
			if err := b.directory.PutHandler(tx, row); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestAnEventThatMetNoHandlerIsExplained(t *testing.T) {
	t.Parallel()
	b := open(t)
	a := b.explain(b.raise(update, "1"))
	if len(a.Handlers) != 0 || !strings.Contains(a.Text, "no handler of ONCRMACTIVITYUPDATE was bound") || !strings.Contains(a.Text, "No application is installed") {
		t.Errorf("nothing installed: %+v", a)
	}
	may := b.install()
	mayNot := b.register(onevent.KindLocal, false, client.Version{Scope: "user"})
	_, err := b.Install(b.ctx, b.member, mayNot, client.Install{Version: "1.0.0"})
	b.must(err)
	a = b.explain(b.raise(update, "1"))
	said := map[string]string{}
	for _, app := range a.Applications {
		said[app.ClientID] = app.Text
	}
	if !strings.Contains(said[may], "event.bind with event=ONCRMACTIVITYUPDATE") || !strings.Contains(said[mayNot], "needs scope crm and has user") {
		t.Errorf("got %+v", a)
	}
	h := *b.directory.Handler(b.bind(may, update, "https://app.example.test/ended"))
	h.Ended, h.EndedBy = b.clock.Now(), onevent.VerdictUnbound
	b.must(b.store.Update(b.ctx, func(tx onevent.Tx) error { return b.directory.PutHandler(tx, h) }))
	b.clock.Advance(time.Minute)
	a = b.explain(b.raise(update, "1"))
	if len(a.Handlers) != 1 || a.Handlers[0].Outcome != "ended_before" || !strings.Contains(a.Handlers[0].Text, "It had ended (unbound) at 2026-03-01 12:00:00 UTC (1m0s ago)") {
		t.Errorf("got %+v", a)
	}
}

func TestWhatHappenedToAnObjectIsExplainedNewestFirst(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install(update)
	old := b.raise(update, "999")
	b.clock.Advance(25 * time.Hour)
	first, _, last := b.raise(update, "999"), b.raise(update, "7"), b.raise(update, "999")
	ids := func(f client.EventFilter) (got []string, page client.ExplanationPage) {
		f.Object = "crm.activity:999"
		page, err := b.ExplainObject(b.ctx, b.member, f)
		b.must(err)
		for _, a := range page.Events {
			got = append(got, a.Event.ID)
		}
		return got, page
	}
	if got, page := ids(client.EventFilter{}); !slices.Equal(got, []string{last, first}) || page.From != "2026-03-01T13:00:00.000Z" || page.Events[0].Handlers[0].Outcome != "waiting" {
		t.Errorf("a day: %q, %+v", got, page)
	}
	if got, _ := ids(client.EventFilter{From: "1"}); !slices.Equal(got, []string{last, first, old}) {
		t.Errorf("all: %q", got)
	}
	got, page := ids(client.EventFilter{From: "1", Limit: 2})
	rest, end := ids(client.EventFilter{From: "1", Limit: 2, Cursor: page.Next})
	if !slices.Equal(append(got, rest...), []string{last, first, old}) || end.Next != "" {
		t.Errorf("pages: %q, %q", got, rest)
	}
	if answer := b.do("GET", "/admin/v1/portals/"+b.member+"/explain?object=crm.deal:1", ""); answer.status != http.StatusOK || !strings.Contains(answer.body, `"events":[]`) {
		t.Errorf("nothing about it: %+v", answer)
	}
}
