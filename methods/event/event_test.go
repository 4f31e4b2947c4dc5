package event_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/publish"
)

const url = "https://app.example.com/handler"

// bench is a portal with a caller for the administrator and one for the user.
type bench struct {
	*testportal.Portal
	handler     http.Handler
	admin, user testportal.Caller
}

func open(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	p := testportal.Open(t)
	h := p.Handler(p.Methods()...)
	return &bench{p, h, testportal.As(h, p.Token(testportal.Admin)), testportal.As(h, p.Token(testportal.User))}
}

func want(t *testing.T, a testportal.Answer, status int, code, description string) {
	t.Helper()
	gotCode, gotText := a.Error()
	if a.Status != status || gotCode != code || gotText != description {
		t.Errorf("got %d %s, want %d %q %q", a.Status, a.Text, status, code, description)
	}
}

func succeeds(t *testing.T, a testportal.Answer) testportal.Answer {
	t.Helper()
	if a.Status != http.StatusOK {
		t.Fatalf("got %d %s", a.Status, a.Text)
	}
	return a
}

func contains(t *testing.T, a testportal.Answer, part string) {
	t.Helper()
	if succeeds(t, a); !strings.Contains(a.Text, part) {
		t.Errorf("got %s, want %s in it", a.Text, part)
	}
}

// Each row of docs/protocol/events.md section 4.1, with what the rows after it
// would say wrong too.
func TestBindChecksInTheOrderOfTheTable(t *testing.T) {
	b := open(t)
	for _, tc := range []struct {
		name, params      string
		status            int
		code, description string
		argument          string
		asUser            bool
	}{
		{"foreign auth_type", `{"auth_type":1}`, 403, "ACCESS_DENIED", "Access denied! Event binding with AUTH_TYPE requires administrator access rights", "", true},
		{"event absent", `{"event_type":"x"}`, 400, "ERROR_ARGUMENT", "Argument 'EVENT' is null or empty", "EVENT", false},
		{"event empty", `{"event":"","event_type":"x"}`, 400, "ERROR_ARGUMENT", "Argument 'EVENT' is null or empty", "EVENT", false},
		{"event a list", `{"event":["ONCRMACTIVITYADD"]}`, 400, "ERROR_ARGUMENT", "Argument 'EVENT' is null or empty", "EVENT", false},
		{"event_type wrong", `{"event":"x","event_type":"x"}`, 400, "ERROR_ARGUMENT", "Value must be one of {online|offline}", "EVENT_TYPE", false},
		{"offline as user", `{"event":"x","event_type":"offline"}`, 403, "ACCESS_DENIED", "Access denied! Offline events binding requires administrator access rights", "", true},
		{"handler absent", `{"event":"x"}`, 400, "ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty", "HANDLER", false},
		{"no host", `{"event":"x","handler":"handler"}`, 400, "ERROR_WRONG_HANDLER_URL", "Wrong handler URL", "", false},
		{"no dot", `{"event":"x","handler":"http://localhost/x"}`, 400, "ERROR_WRONG_HANDLER_URL", "Wrong handler URL", "", false},
		{"dot first", `{"event":"x","handler":"http://.com/x"}`, 400, "ERROR_WRONG_HANDLER_URL", "Wrong handler URL", "", false},
		{"too long", `{"event":"x","handler":"https://app.example.com/` + strings.Repeat("x", 2000) + `"}`, 400, "ERROR_WRONG_HANDLER_URL", "Wrong handler URL", "", false},
		{"scheme", `{"event":"x","handler":"ftp://app.example.com/x"}`, 400, "ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol", "", false},
		{"scheme upper case", `{"event":"x","handler":"HTTPS://app.example.com/x"}`, 400, "ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol", "", false},
		{"unknown event", `{"event":"x","handler":"` + url + `"}`, 400, "ERROR_EVENT_NOT_FOUND", "Event not found", "", false},
		{"event of a missing scope", `{"event":"ONTASKADD","handler":"` + url + `"}`, 400, "ERROR_EVENT_NOT_FOUND", "Event not found", "", false},
		{"offline ONOFFLINEEVENT", `{"event":"ONOFFLINEEVENT","event_type":"offline"}`, 400, "ERROR_ARGUMENT", "Offline event cannot be registered for this event.", "", false},
		{"offline", `{"event":"ONCRMACTIVITYADD","event_type":"OFFLINE"}`, 400, "ERROR_ARGUMENT", "Offline events are not available on this portal", "EVENT_TYPE", false},
		{"nobody's auth_type", `{"event":"ONCRMACTIVITYADD","handler":"` + url + `","auth_type":77}`, 400, "ERROR_ARGUMENT", "Value must be the ID of an active user", "AUTH_TYPE", false},
		{"no number as auth_type", `{"event":"ONCRMACTIVITYADD","handler":"` + url + `","auth_type":"me"}`, 400, "ERROR_ARGUMENT", "Value must be the ID of an active user", "AUTH_TYPE", false},
	} {
		caller := b.admin
		if tc.asUser {
			caller = b.user
		}
		a := caller.Call("event.bind", tc.params)
		t.Log(tc.name)
		want(t, a, tc.status, tc.code, tc.description)
		if argument, ok := a.Body["argument"]; ok != (tc.code == "ERROR_ARGUMENT") || ok && argument != tc.argument {
			t.Errorf("%s: argument %v, want %q", tc.name, argument, tc.argument)
		}
	}
	if a := b.admin.Call("event.get", ""); !strings.Contains(a.Text, `"result":[]`) {
		t.Errorf("a refused bind left a handler: %s", a.Text)
	}
}

func TestMethodsRefuseWebhooks(t *testing.T) {
	b := open(t)
	code := b.Webhook(testportal.Admin, "crm")
	for _, method := range []string{"events", "event.bind", "event.unbind", "event.get", "events.get", "event.test"} {
		a := testportal.Post(b.handler, "/rest/1/"+code+"/"+method, "", "{}")
		want(t, a, 403, "WRONG_AUTH_TYPE", "Current authorization type is denied for this method")
	}
}

func bind(t *testing.T, c testportal.Caller, event string, more ...string) testportal.Answer {
	t.Helper()
	return c.Call("event.bind", `{"event":"`+event+`","handler":"`+url+`"`+strings.Join(more, "")+`}`)
}

func TestBindRefusesASecondHandlerAndTellsOthersApart(t *testing.T) {
	b := open(t)
	contains(t, bind(t, b.admin, "onCrmActivityAdd"), `"result":true`)
	want(t, bind(t, b.admin, "ONCRMACTIVITYADD"), 400, "ERROR_CORE", "Unable to set event handler: Handler already binded")
	want(t, bind(t, b.admin, "ONCRMACTIVITYADD", `,"auth_type":0`), 400, "ERROR_CORE", "Unable to set event handler: Handler already binded")
	for _, other := range []string{`,"auth_type":1`, `,"auth_type":"2"`, `,"auth_connector":"mine"`} {
		contains(t, bind(t, b.admin, "ONCRMACTIVITYADD", other), `"result":true`)
	}
	contains(t, b.admin.Call("event.bind", `{"EVENT":"ONCRMACTIVITYADD","HANDLER":"`+url+`/"}`), `"result":true`)
	if n := len(b.Directory.Handlers(b.ID, "ONCRMACTIVITYADD")); n != 5 {
		t.Errorf("%d handlers stand, want 5", n)
	}
}

func TestBindGivesAUserWhoIsNoAdministratorHisOwnTokens(t *testing.T) {
	b := open(t)
	for _, authType := range []string{``, `,"auth_type":0`, `,"auth_type":""`, `,"auth_type":"2"`} {
		succeeds(t, bind(t, b.user, "ONCRMACTIVITYADD", authType))
		h := b.Directory.Handlers(b.ID, "ONCRMACTIVITYADD")
		if len(h) != 1 || h[0].User != testportal.User {
			t.Fatalf("auth_type %q gave %+v", authType, h)
		}
		succeeds(t, b.user.Call("event.unbind", `{"event":"ONCRMACTIVITYADD","handler":"`+url+`"}`))
	}
}

func TestHandlersOfOneURLShareADestination(t *testing.T) {
	b := open(t)
	succeeds(t, bind(t, b.admin, "ONCRMACTIVITYADD", `,"options":{"order":"none","retry":"none","rate":5.5,"burst":3,"concurrency":256,"timeout":60,"minTimeout":1}`))
	succeeds(t, bind(t, b.admin, "ONCRMACTIVITYUPDATE"))
	a, u := b.Directory.Handlers(b.ID, "ONCRMACTIVITYADD")[0], b.Directory.Handlers(b.ID, "ONCRMACTIVITYUPDATE")[0]
	if a.Destination != u.Destination || a.Base != testportal.Base {
		t.Errorf("handlers %+v and %+v", a, u)
	}
	got := b.Directory.Destination(a.Destination).Options
	wanted := onevent.DeliveryOptions{Order: "none", Retry: "none", Rate: 5.5, Burst: 3, Concurrency: 256, Timeout: 60}
	if got != wanted {
		t.Errorf("options %+v, want %+v", got, wanted)
	}
	succeeds(t, bind(t, b.admin, "ONCRMACTIVITYDELETE", `,"options":{"minTimeout":1}`))
	if got := b.Directory.Destination(a.Destination).Options; got != wanted {
		t.Errorf("unknown options changed them to %+v", got)
	}
	succeeds(t, bind(t, b.admin, "ONAPPTEST", `,"options":{"order":"all"}`))
	if got := b.Directory.Destination(a.Destination).Options; got != (onevent.DeliveryOptions{Order: "all"}) {
		t.Errorf("the last bind's options are %+v", got)
	}
	if len(b.Queue.Woken()) != 1 {
		t.Errorf("woken %v", b.Queue.Woken())
	}
}

func TestBindRefusesOptionsOutOfRange(t *testing.T) {
	b := open(t)
	for _, options := range []string{
		`{"order":"first"}`, `{"order":["none"]}`, `{"retry":"often"}`, `{"rate":0}`, `{"rate":-1}`, `{"rate":"fast"}`, `{"burst":0}`, `{"burst":1.5}`,
		`{"concurrency":0}`, `{"concurrency":257}`, `{"timeout":0.9}`, `{"timeout":60.1}`, `{"timeout":{}}`, `{"rate":1e400}`, `"fast"`, `5`,
		`{"retry":"5s,30s"}`, `{"rate":0.0001}`, `{"rate":1000001}`, `{"burst":1000001}`, `{"burst":4294967297}`, `{"order":""}`, `{"order":"none","timeout":0}`,
	} {
		a := bind(t, b.admin, "ONCRMACTIVITYADD", `,"options":`+options)
		if code, _ := a.Error(); a.Status != 400 || code != "ERROR_ARGUMENT" || a.Body["argument"] != "OPTIONS" {
			t.Errorf("%s: %d %s", options, a.Status, a.Text)
		}
	}
	for _, options := range []string{`null`, `""`, `[]`, `{}`, `{"timeout":"1"}`, `{"concurrency":1}`} {
		succeeds(t, bind(t, b.admin, "ONCRMACTIVITYADD", `,"options":`+options, `,"auth_connector":"`+strings.ReplaceAll(options, `"`, "")+`"`))
	}
}

func TestBindEnablesAHandlerThatWasDisabled(t *testing.T) {
	b := open(t)
	succeeds(t, bind(t, b.admin, "ONCRMACTIVITYADD"))
	row := *b.Directory.Handlers(b.ID, "ONCRMACTIVITYADD")[0]
	row.Disabled = onevent.VerdictNoSuccess
	b.Update(func(tx onevent.Tx) error {
		return errors.Join(b.Directory.PutHandler(tx, row),
			tx.Outages().Put(onevent.Outage{Destination: row.Destination, Since: b.Clock.Now(), Attempts: 20, Open: true}))
	})
	contains(t, bind(t, b.admin, "ONCRMACTIVITYADD"), `"result":true`)
	h := b.Directory.Handlers(b.ID, "ONCRMACTIVITYADD")
	if len(h) != 1 || h[0].ID != row.ID || h[0].Disabled != "" {
		t.Errorf("handlers %+v", h)
	}
	if woken := b.Queue.Woken(); len(woken) != 1 || woken[0] != row.Destination {
		t.Errorf("woken %v", woken)
	}
	err := b.Store.View(t.Context(), func(r onevent.Reader) error {
		return r.Outages().Each(func(o onevent.Outage) error { t.Errorf("%+v is left", o); return nil })
	})
	if err != nil {
		t.Error(err)
	}
}

func TestBindTakesEventsOfSmartProcessTypes(t *testing.T) {
	b := open(t)
	contains(t, bind(t, b.admin, "onCrmDynamicItemAdd_1032"), `"result":true`)
	want(t, bind(t, b.admin, "ONCRMDYNAMICITEMADD_0"), 400, "ERROR_EVENT_NOT_FOUND", "Event not found")
}

// An application binds in its installer, before it counts as installed.
func TestBindWorksBeforeTheInstallerHasFinished(t *testing.T) {
	b := open(t)
	b.ChangeInstallation(func(i *directory.Installation) { i.Installed = false })
	contains(t, bind(t, b.admin, "ONCRMACTIVITYADD"), `"result":true`)
}

func TestOneHandlerOutOfManyBindsAtOnce(t *testing.T) {
	b := open(t)
	answers := make(chan testportal.Answer, 8)
	for range 8 {
		go func() { answers <- b.admin.Call("event.bind", `{"event":"ONCRMACTIVITYADD","handler":"`+url+`"}`) }()
	}
	for range 8 {
		a := <-answers
		if code, _ := a.Error(); a.Status != 200 && code != "ERROR_CORE" {
			t.Errorf("got %d %s", a.Status, a.Text)
		}
	}
	if n := len(b.Directory.Handlers(b.ID, "ONCRMACTIVITYADD")); n != 1 {
		t.Errorf("%d handlers stand", n)
	}
}

// Different events to a new URL at once need one destination.
func TestBindsAtOnceShareTheNewDestination(t *testing.T) {
	b := open(t)
	events := []string{"ONCRMACTIVITYADD", "ONCRMACTIVITYUPDATE", "ONCRMACTIVITYDELETE", "ONAPPTEST", "ONCRMDEALADD", "ONCRMDEALUPDATE"}
	answers := make(chan testportal.Answer, len(events))
	for _, e := range events {
		go func() { answers <- b.admin.Call("event.bind", `{"event":"`+e+`","handler":"`+url+`"}`) }()
	}
	for range events {
		contains(t, <-answers, `"result":true`)
	}
	destinations := map[onevent.DestinationID]bool{}
	for _, e := range events {
		destinations[b.Directory.Handlers(b.ID, e)[0].Destination] = true
	}
	if len(destinations) != 1 {
		t.Errorf("destinations %v", destinations)
	}
}

func TestUnbindChecksItsParameters(t *testing.T) {
	b := open(t)
	want(t, b.user.Call("event.unbind", `{"event":"x","handler":"x","auth_type":1}`), 403, "ACCESS_DENIED", "Access denied! Event unbinding with AUTH_TYPE requires administrator access rights")
	want(t, b.user.Call("event.unbind", `{"event":"x","event_type":"offline"}`), 403, "ACCESS_DENIED", "Access denied! Offline events unbinding requires administrator access rights")
	want(t, b.admin.Call("event.unbind", ``), 400, "ERROR_ARGUMENT", "Argument 'EVENT' is null or empty")
	want(t, b.admin.Call("event.unbind", `{"event":"x"}`), 400, "ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty")
	want(t, b.admin.Call("event.unbind", `{"event":"x","handler":"x","event_type":"y"}`), 400, "ERROR_ARGUMENT", "Value must be one of {online|offline}")
	contains(t, b.admin.Call("event.unbind", `{"event":"x","handler":"x"}`), `"result":{"count":0}`)
	contains(t, b.admin.Call("event.unbind", `{"event":"x","event_type":"offline"}`), `"result":{"count":0}`)
}

func TestUnbindCountsTheRowsItsCallerMayRemove(t *testing.T) {
	for _, tc := range []struct {
		name, more string
		user       bool
		count      string
		left       int
	}{
		{"administrator", ``, false, `"count":3`, 0},
		{"administrator with null", `,"auth_type":null`, false, `"count":3`, 0},
		{"administrator, actor mode", `,"auth_type":0`, false, `"count":1`, 2},
		{"administrator, empty", `,"auth_type":""`, false, `"count":1`, 2},
		{"administrator, one user", `,"auth_type":2`, false, `"count":1`, 2},
		{"user", ``, true, `"count":1`, 2},
		{"user, own id as text", `,"auth_type":"2"`, true, `"count":1`, 2},
		{"user, 0", `,"auth_type":0`, true, `"count":1`, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := open(t)
			for _, authType := range []string{``, `,"auth_type":1`, `,"auth_type":2`} {
				succeeds(t, bind(t, b.admin, "ONCRMACTIVITYADD", authType))
			}
			caller := b.admin
			if tc.user {
				caller = b.user
			}
			contains(t, caller.Call("event.unbind", `{"event":"onCrmActivityAdd","handler":"`+url+`"`+tc.more+`}`), tc.count)
			if n := len(b.Directory.Handlers(b.ID, "ONCRMACTIVITYADD")); n != tc.left {
				t.Errorf("%d handlers left, want %d", n, tc.left)
			}
		})
	}
}

func TestUnbindCancelsWhatWaitsBeforeItAnswers(t *testing.T) {
	b := open(t)
	succeeds(t, bind(t, b.admin, "ONAPPTEST"))
	succeeds(t, b.admin.Call("event.test", `{}`))
	d := b.Queue.Take()[0].Deliveries[0]
	contains(t, b.admin.Call("event.unbind", `{"event":"ONAPPTEST","handler":"`+url+`"}`), `"count":1`)
	err := b.Store.View(t.Context(), func(r onevent.Reader) error {
		rows, err := r.Deliveries(d.Event)
		if err == nil && (len(rows) != 1 || rows[0].State != onevent.StateCancelled || rows[0].Verdict != onevent.VerdictUnbound) {
			t.Errorf("deliveries %+v", rows)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if dropped := b.Queue.Dropped(); len(dropped) != 1 || dropped[0] != d.Handler {
		t.Errorf("dropped %v", dropped)
	}
}

// More than one transaction cancels.
func TestUnbindCancelsALongBacklogBeforeItAnswers(t *testing.T) {
	b := open(t)
	succeeds(t, bind(t, b.admin, "ONCRMACTIVITYADD"))
	const waiting = 1100
	event, _ := catalog.Lookup("ONCRMACTIVITYADD")
	b.Update(func(tx onevent.Tx) error {
		for range waiting {
			if _, err := b.Publisher.Raise(tx, publish.Raised{Portal: b.Row(), Event: event}); err != nil {
				return err
			}
		}
		return nil
	})
	contains(t, b.admin.Call("event.unbind", `{"event":"ONCRMACTIVITYADD","handler":"`+url+`"}`), `"count":1`)
	err := b.Store.View(t.Context(), func(r onevent.Reader) error {
		stats, err := r.Stats()
		if stats.Waiting != 0 || stats.Cancelled != waiting {
			t.Errorf("it left %+v", stats)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestGetShowsAllToAdministratorsAndToOthersTheirOwn(t *testing.T) {
	b := open(t)
	succeeds(t, bind(t, b.admin, "ONCRMACTIVITYADD"))
	succeeds(t, bind(t, b.user, "ONCRMACTIVITYADD"))
	rows := `{"event":"ONCRMACTIVITYADD","handler":"` + url + `","auth_type":"%","offline":0}`
	actor, own := strings.Replace(rows, "%", "0", 1), strings.Replace(rows, "%", "2", 1)
	for _, method := range []string{"event.get", "events.get", "Event.Get"} {
		contains(t, b.admin.Call(method, ""), `"result":[`+actor+`,`+own+`],"time"`)
		contains(t, b.user.Call(method, ""), `"result":[`+own+`],"time"`)
	}
}

func TestEventsListsByScope(t *testing.T) {
	b := open(t)
	own := succeeds(t, b.admin.Call("events", "")).Text
	for _, e := range []string{"ONAPPTEST", "ONCRMACTIVITYADD", "ONCALENDARENTRYADD"} {
		if !strings.Contains(own, `"`+e+`"`) {
			t.Errorf("events lacks %s", e)
		}
	}
	if strings.Contains(own, "ONTASKADD") || !strings.Contains(own, `"result":["ONAPPUNINSTALL","ONAPPINSTALL"`) {
		t.Errorf("events: %.200s", own)
	}
	crm := succeeds(t, b.admin.Call("events", `{"scope":"crm"}`)).Text
	if strings.Contains(crm, "ONAPPTEST") || strings.Contains(crm, "CALENDAR") || !strings.Contains(crm, "ONCRMDEALADD") {
		t.Errorf("events of crm: %.200s", crm)
	}
	global := succeeds(t, b.admin.Call("events", `{"SCOPE":""}`)).Text
	if strings.Contains(global, "ONCRM") || !strings.Contains(global, "ONAPPTEST") {
		t.Errorf("global events: %s", global)
	}
	contains(t, b.admin.Call("events", `{"full":true}`), `"ONTASKADD"`)
	contains(t, b.admin.Call("events", `{"scope":"nonsense"}`), `"result":[]`)
	contains(t, b.admin.Call("events", `{"scope":["crm"]}`), `"result":[]`)
}

func TestEventTestFiresAtOwnHandlersWithAllParameters(t *testing.T) {
	b := open(t)
	contains(t, b.admin.Call("event.test", `{"any":"data"}`), `"result":1`)
	if got := b.Queue.Take(); len(got) != 0 {
		t.Errorf("without a handler it sent %+v", got)
	}
	succeeds(t, bind(t, b.admin, "ONAPPTEST"))
	b.Queue.Take()
	a := testportal.Post(b.handler, "/rest/event.test?auth="+b.Token(testportal.User)+"&bx24_request_id=1&access_token=x", "", `{"any":"data","list":[1,{"a":null}]}`)
	contains(t, a, `"result":1`)
	got := b.Queue.Take()
	if len(got) != 1 || len(got[0].Deliveries) != 1 {
		t.Fatalf("sent %+v", got)
	}
	e := got[0].Event
	if data := string(e.Data); data != `{"QUERY":{"any":"data","list":[1,{"a":null}]},"LANGUAGE_ID":"en"}` {
		t.Errorf("data %s", data)
	}
	if e.Code != "ONAPPTEST" || e.Actor != testportal.User || e.Chain.Depth != 1 {
		t.Errorf("event %+v", e)
	}
}

func TestBadInputIsNeverAFailureOfTheServer(t *testing.T) {
	b := open(t)
	for _, method := range []string{"event.bind", "event.unbind", "event.get", "events", "event.test"} {
		for _, params := range []string{
			`[]`, `[1,2]`, `5`, `{`, `{"event":{"a":1},"handler":[1]}`, `{"event":null,"handler":null,"auth_type":null}`,
			`{"event":"ONCRMACTIVITYADD","handler":"https://a.example.com/\u0000","auth_type":99999999999999999999}`,
			`{"event":"ONCRMACTIVITYADD","handler":"` + url + `","auth_type":[1]}`, `{"event":"\u0000","handler":"\ud800"}`,
			`{"event":"ONCRMACTIVITYADD","handler":"` + url + `","auth_connector":"` + strings.Repeat("x", 256) + `"}`,
			`{"event":"ONCRMACTIVITYADD","handler":"` + url + `","auth_connector":{"a":1},"event_type":[1]}`,
			`{"scope":{"a":1},"full":[]}`,
		} {
			if a := b.admin.Call(method, params); a.Status >= 500 || a.Body == nil {
				t.Errorf("%s %.80s: %d %s", method, params, a.Status, a.Text)
			}
		}
	}
}
