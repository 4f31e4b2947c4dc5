package crm_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/methods/crm"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/publish"
)

// call is what a new activity is made of when a test says no more.
const call = `"OWNER_ID":15,"OWNER_TYPE_ID":3,"TYPE_ID":2,"SUBJECT":"Call","COMMUNICATIONS":[{"VALUE":"+4998"}]`

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

// add makes an activity and returns its id.
func add(t *testing.T, c testportal.Caller, fields string) string {
	t.Helper()
	a := c.Call("crm.activity.add", `{"fields":{`+fields+`}}`)
	id, ok := a.Result().(float64)
	if !ok {
		t.Fatalf("add: %d %s", a.Status, a.Text)
	}
	return fmt.Sprint(int(id))
}

func get(t *testing.T, c testportal.Caller, id string) map[string]any {
	t.Helper()
	a := c.Call("crm.activity.get", `{"id":`+id+`}`)
	if a.Row() == nil {
		t.Fatalf("get: %d %s", a.Status, a.Text)
	}
	return a.Row()
}

func wantError(t *testing.T, a testportal.Answer, description string) {
	t.Helper()
	want, _ := json.Marshal(map[string]string{"error": "", "error_description": description})
	if a.Status != 400 || a.Text != string(want) {
		t.Errorf("got %d %s, want %s", a.Status, a.Text, want)
	}
}

// docs/protocol/methods-activities-calendar-users.md section 1.1.
func TestGetPrintsEveryScalarFieldAsTextOrNull(t *testing.T) {
	b := open(t)
	add(t, b.admin, call+`,"START_TIME":"2020-09-27T13:25:00+03:00","DESCRIPTION":"x","RESULT_VALUE":1.50,"UNKNOWN":1,"CREATED":"2000-01-01","SETTINGS":{"a":1}`)
	a := b.admin.Call("crm.activity.get", `{"ID":"1"}`)
	want := `{"result":{"ID":"1","OWNER_ID":"15","OWNER_TYPE_ID":"3","TYPE_ID":"2","PROVIDER_ID":"VOXIMPLANT_CALL","PROVIDER_TYPE_ID":"CALL",` +
		`"PROVIDER_GROUP_ID":null,"ASSOCIATED_ENTITY_ID":"0","SUBJECT":"Call","START_TIME":"2020-09-27T13:25:00+03:00","END_TIME":"2026-03-01T14:00:00+02:00",` +
		`"DEADLINE":"2020-09-27T13:25:00+03:00","COMPLETED":"N","STATUS":"1","RESPONSIBLE_ID":"1","PRIORITY":"2","NOTIFY_TYPE":"0","NOTIFY_VALUE":"0",` +
		`"DESCRIPTION":"x","DESCRIPTION_TYPE":"1","DIRECTION":"0","LOCATION":"","CREATED":"2026-03-01T14:00:00+02:00","AUTHOR_ID":"1",` +
		`"LAST_UPDATED":"2026-03-01T14:00:00+02:00","EDITOR_ID":"1","SETTINGS":{"a":1},"ORIGIN_ID":null,"ORIGINATOR_ID":null,"RESULT_STATUS":"0",` +
		`"RESULT_STREAM":"0","RESULT_SOURCE_ID":null,"PROVIDER_PARAMS":[],"PROVIDER_DATA":null,"RESULT_MARK":"0","RESULT_VALUE":"1.5","RESULT_SUM":null,` +
		`"RESULT_CURRENCY_ID":null,"AUTOCOMPLETE_RULE":"0","IS_INCOMING_CHANNEL":"N"},"time"`
	if !strings.HasPrefix(a.Text, want) {
		t.Errorf("got  %s\nwant %s", a.Text, want)
	}
}

// Section 1.3, with what later checks would say wrong too, and section 1.5.
func TestAddChecksInOrder(t *testing.T) {
	b := open(t)
	for fields, want := range map[string]string{
		`x`:            "Parameter 'fields' must be array.",
		`"fields":"x"`: "Parameter 'fields' must be array.",
		`"fields":[]`:  "The field SUBJECT is not defined or empty.",
		`"fields":{"START_TIME":"soon","TYPE_ID":9}`:                                               "The field SUBJECT is not defined or empty.",
		`"fields":{"SUBJECT":"","TYPE_ID":9}`:                                                      "The field SUBJECT is not defined or empty.",
		`"fields":{"SUBJECT":["x"],"TYPE_ID":9}`:                                                   "The field SUBJECT is not defined or empty.",
		`"fields":{"SUBJECT":"x","RESPONSIBLE_ID":-1,"TYPE_ID":9}`:                                 "The field RESPONSIBLE_ID is not defined or invalid.",
		`"fields":{"SUBJECT":"x","RESPONSIBLE_ID":"me"}`:                                           "The field RESPONSIBLE_ID is not defined or invalid.",
		`"fields":{"SUBJECT":"x"}`:                                                                 "The field TYPE_ID is not defined or invalid.",
		`"fields":{"SUBJECT":"x","TYPE_ID":9}`:                                                     "The field TYPE_ID is not defined or invalid.",
		`"fields":{"SUBJECT":"x","TYPE_ID":3}`:                                                     `The activity type "Task is not supported in current context".`,
		`"fields":{"SUBJECT":"x","TYPE_ID":5}`:                                                     `The activity type "Action is not supported in current context".`,
		`"fields":{"SUBJECT":"x","TYPE_ID":6}`:                                                     "The custom activity without provider is not supported in current context.",
		`"fields":{"SUBJECT":"x","TYPE_ID":6,"PROVIDER_ID":"CONFIGURABLE_REST_APP"}`:               "Use crm.activity.configurable.add for this activity provider",
		`"fields":{"SUBJECT":"x","PROVIDER_ID":"CONFIGURABLE_REST_APP"}`:                           "Use crm.activity.configurable.add for this activity provider",
		`"fields":{"SUBJECT":"x","TYPE_ID":2,"START_TIME":"soon"}`:                                 "The field START_TIME is not defined or invalid.",
		`"fields":{"SUBJECT":"x","TYPE_ID":2}`:                                                     "The field COMMUNICATIONS is not defined or invalid.",
		`"fields":{"SUBJECT":"x","TYPE_ID":2,"COMMUNICATIONS":"+49"}`:                              "The field COMMUNICATIONS is not defined or invalid.",
		`"fields":{"SUBJECT":"x","TYPE_ID":2,"COMMUNICATIONS":[{"VALUE":""}]}`:                     "The field COMMUNICATIONS is not defined or invalid.",
		`"fields":{"SUBJECT":"x","TYPE_ID":2,"COMMUNICATIONS":[{"VALUE":"a@b.c","TYPE":"EMAIL"}]}`: "The field COMMUNICATIONS is not defined or invalid.",
		`"fields":{"SUBJECT":"x","TYPE_ID":2,"COMMUNICATIONS":[{"VALUE":"+1"},{"VALUE":"+2"}]}`:    "The only one communication is allowed for activity of specified type.",
		`"fields":{"SUBJECT":"x","TYPE_ID":2,"COMMUNICATIONS":[{"VALUE":"+1"}]}`:                   "Could not build binding. Please ensure that owner info and communications are defined correctly.",
		`"fields":{"SUBJECT":"x","PROVIDER_ID":"MINE"}`:                                            "Could not build binding. Please ensure that owner info and communications are defined correctly.",
		`"fields":{"SUBJECT":"x","PROVIDER_ID":"MINE","OWNER_ID":1,"OWNER_TYPE_ID":7}`:             "Entity type '7' is not supported in current context",
		`"fields":{"SUBJECT":"x","PROVIDER_ID":"MINE","OWNER_ID":1,"OWNER_TYPE_ID":127}`:           "Entity type '127' is not supported in current context",
	} {
		a := b.admin.Call("crm.activity.add", "{"+fields+"}")
		t.Log(fields)
		wantError(t, a, want)
	}
	if got := b.Queue.Take(); len(got) != 0 {
		t.Errorf("a refused call raised %+v", got)
	}
}

func TestAnApplicationsProviderNeedsItsToken(t *testing.T) {
	b := open(t)
	fields := `{"fields":{"SUBJECT":"x","PROVIDER_ID":"REST_APP","OWNER_ID":1,"OWNER_TYPE_ID":1}}`
	hook := testportal.Post(b.handler, "/rest/1/"+b.Webhook(testportal.Admin, "crm")+"/crm.activity.add", "", fields)
	wantError(t, hook, "Application context required.")
	b.admin.Call("crm.activity.add", fields)
	row := get(t, b.admin, "1")
	if row["ASSOCIATED_ENTITY_ID"] != "1" || row["TYPE_ID"] != "6" || row["DEADLINE"] != nil {
		t.Errorf("row %v", row)
	}
}

func TestCommunicationsAndBindingsAreShownWhenSelected(t *testing.T) {
	b := open(t)
	add(t, b.admin, `"SUBJECT":"Mail","TYPE_ID":4,"OWNER_TYPE_ID":2,"OWNER_ID":1,"COMMUNICATIONS":[{"VALUE":"a@b.c","ENTITY_ID":134,"ENTITY_TYPE_ID":3},{"VALUE":"d@e.f","TYPE":"EMAIL"},{"VALUE":"+49","TYPE":"PHONE"}]`)
	a := b.admin.Call("crm.activity.list", `{"select":["ID","communications","BINDINGS","FILES","NOPE"]}`)
	want := `"result":[{"ID":"1","BINDINGS":[{"OWNER_ID":"1","OWNER_TYPE_ID":"2"},{"OWNER_ID":"134","OWNER_TYPE_ID":"3"}],"COMMUNICATIONS":[` +
		`{"ID":"1","TYPE":"EMAIL","VALUE":"a@b.c","ENTITY_ID":"134","ENTITY_TYPE_ID":"3","ENTITY_SETTINGS":[]},` +
		`{"ID":"2","TYPE":"EMAIL","VALUE":"d@e.f","ENTITY_ID":"1","ENTITY_TYPE_ID":"2","ENTITY_SETTINGS":[]}],"FILES":[]}],"total":1`
	if !strings.Contains(a.Text, want) {
		t.Errorf("got %s, want %s", a.Text, want)
	}
}

func TestTheOwnerIsTheFirstEntityOfTheCommunications(t *testing.T) {
	b := open(t)
	add(t, b.admin, `"SUBJECT":"Call","TYPE_ID":2,"COMMUNICATIONS":[{"VALUE":"+49","ENTITY_ID":134,"ENTITY_TYPE_ID":3}]`)
	if row := get(t, b.admin, "1"); row["OWNER_ID"] != "134" || row["OWNER_TYPE_ID"] != "3" {
		t.Errorf("row %v", row)
	}
}

func TestUpdateChangesWhatMayChange(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, call)
	b.Clock.Advance(60e9)
	a := b.admin.Call("crm.activity.update", `{"id":`+id+`,"fields":{"SUBJECT":"New","TYPE_ID":4,"OWNER_ID":99,"AUTHOR_ID":2,"COMPLETED":"Y","RESPONSIBLE_ID":"2","START_TIME":"2026-05-01"}}`)
	if a.Status != 200 || a.Result() != true {
		t.Fatalf("got %d %s", a.Status, a.Text)
	}
	row := get(t, b.admin, id)
	for field, want := range map[string]any{
		"SUBJECT": "New", "TYPE_ID": "2", "OWNER_ID": "15", "AUTHOR_ID": "1", "COMPLETED": "Y", "STATUS": "2", "RESPONSIBLE_ID": "2",
		"START_TIME": "2026-05-01T00:00:00+03:00", "DEADLINE": "2026-05-01T00:00:00+03:00",
		"LAST_UPDATED": "2026-03-01T14:01:00+02:00", "CREATED": "2026-03-01T14:00:00+02:00",
	} {
		if row[field] != want {
			t.Errorf("%s is %v, want %v", field, row[field], want)
		}
	}
	b.user.Call("crm.activity.update", `{"id":`+id+`,"fields":{"COMPLETED":"N","COMMUNICATIONS":[{"VALUE":"+1","ENTITY_ID":7,"ENTITY_TYPE_ID":4}]}}`)
	row = get(t, b.admin, id)
	if row["COMPLETED"] != "N" || row["STATUS"] != "1" || row["EDITOR_ID"] != "2" {
		t.Errorf("row %v", row)
	}
	list := b.admin.Call("crm.activity.list", `{"filter":{"BINDINGS":[{"OWNER_TYPE_ID":4,"OWNER_ID":7}]}}`)
	if !strings.Contains(list.Text, `"total":1`) {
		t.Errorf("the new binding is not found: %s", list.Text)
	}
}

func TestUpdateAndDeleteChecks(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, call)
	for _, tc := range []struct{ method, params, want string }{
		{"update", ``, "ID is not defined or invalid."},
		{"update", `{"id":0}`, "ID is not defined or invalid."},
		{"update", `{"id":[1]}`, "ID is not defined or invalid."},
		{"update", `{"id":` + id + `}`, "Parameter 'fields' must be array."},
		{"update", `{"id":77,"fields":{}}`, "Activity is not found."},
		{"update", `{"id":` + id + `,"fields":{"SUBJECT":""}}`, "The field SUBJECT is not defined or empty."},
		{"update", `{"id":` + id + `,"fields":{"RESPONSIBLE_ID":0}}`, "The field RESPONSIBLE_ID is not defined or invalid."},
		{"update", `{"id":` + id + `,"fields":{"COMMUNICATIONS":[]}}`, "The field COMMUNICATIONS is not defined or invalid."},
		{"update", `{"id":` + id + `,"fields":{"END_TIME":"x"}}`, "The field END_TIME is not defined or invalid."},
		{"get", `{"id":"x"}`, "ID is not defined or invalid."},
		{"get", `{"id":77}`, "Activity is not found."},
		{"delete", `{}`, "ID is not defined or invalid."},
		{"delete", `{"id":-1}`, "ID is not defined or invalid."},
		{"delete", `{"id":77}`, "Activity is not found."},
		{"list", `{"order":"ID"}`, "Parameter 'order' must be array."},
		{"list", `{"filter":5}`, "Parameter 'filter' must be array."},
	} {
		t.Log(tc.method, tc.params)
		wantError(t, b.admin.Call("crm.activity."+tc.method, tc.params), tc.want)
	}
}

func TestOthersSeeWhatTheyMadeOrAnswerFor(t *testing.T) {
	b := open(t)
	foreign := add(t, b.admin, call)
	own := add(t, b.user, call)
	answersFor := add(t, b.admin, call+`,"RESPONSIBLE_ID":2`)
	for _, method := range []string{"get", "update", "delete"} {
		wantError(t, b.user.Call("crm.activity."+method, `{"id":`+foreign+`,"fields":{}}`), "Access denied.")
	}
	for _, id := range []string{own, answersFor} {
		get(t, b.user, id)
	}
	if got := ids(t, b.user, `{}`); !slices.Equal(got, []string{own, answersFor}) {
		t.Errorf("the user's list is %v", got)
	}
	if got := ids(t, b.admin, `{}`); len(got) != 3 {
		t.Errorf("the administrator's list is %v", got)
	}
	if a := b.user.Call("crm.activity.list", ""); a.Body["total"] != 2.0 {
		t.Errorf("total %v", a.Body["total"])
	}
	if got := ids(t, b.user, `{"filter":{"BINDINGS":[{"OWNER_TYPE_ID":3,"OWNER_ID":15},{"OWNER_TYPE_ID":1,"OWNER_ID":1}]}}`); len(got) != 2 {
		t.Errorf("by binding the user sees %v", got)
	}
}

// ids lists in ascending order of ID unless the parameters say otherwise.
func ids(t *testing.T, c testportal.Caller, params string) []string {
	t.Helper()
	a := c.Call("crm.activity.list", params)
	rows, ok := a.Result().([]any)
	if !ok {
		t.Fatalf("list %s: %d %s", params, a.Status, a.Text)
	}
	out := []string{}
	for _, row := range rows {
		out = append(out, row.(map[string]any)["ID"].(string))
	}
	return out
}

func TestListFilters(t *testing.T) {
	b := open(t)
	add(t, b.admin, call+`,"START_TIME":"2024-01-01T10:00:00+02:00","PRIORITY":3`)
	add(t, b.admin, `"SUBJECT":"Meeting with Ann","TYPE_ID":1,"OWNER_TYPE_ID":2,"OWNER_ID":9,"COMMUNICATIONS":[{"VALUE":""}],"START_TIME":"2024-02-01T10:00:00+02:00","RESPONSIBLE_ID":2`)
	for range 9 {
		add(t, b.admin, `"SUBJECT":"Other","PROVIDER_ID":"MINE","OWNER_TYPE_ID":128,"OWNER_ID":1,"START_TIME":"2025-01-01","COMPLETED":"Y"`)
	}
	for filter, want := range map[string]string{
		`{"ID":2}`:                       "2",
		`{"id":"2"}`:                     "2",
		`{"=ID":[1,2]}`:                  "1 2",
		`{"@ID":["1","10"]}`:             "1 10",
		`{"!@ID":[3,4,5,6,7,8,9,10,11]}`: "1 2",
		`{"!ID":[3,4,5,6,7,8,9,10,11]}`:  "1 2",
		`{">ID":9}`:                      "10 11",
		`{">=ID":"10","<ID":11}`:         "10",
		`{">ID":" 9 "}`:                  "10 11",
		`{"TYPE_ID":1}`:                  "2",
		`{"!TYPE_ID":6}`:                 "1 2",
		`{"%SUBJECT":"WITH"}`:            "2",
		`{"=%SUBJECT":"Call%"}`:          "1",
		`{"!%SUBJECT":"e"}`:              "1",
		`{"COMPLETED":"N"}`:              "1 2",
		`{"COMPLETED":false}`:            "1 2",
		`{">=START_TIME":"2024-01-01T08:00:00Z","<START_TIME":"2024-06-01"}`:                "1 2",
		`{"<=START_TIME":"2024-01-01T08:00:00Z"}`:                                           "1",
		`{"START_TIME":"2024-02-01T10:00:00+02:00"}`:                                        "2",
		`{"RESPONSIBLE_ID":2,"NONSENSE":5}`:                                                 "2",
		`{"PRIORITY":3}`:                                                                    "1",
		`{"ORIGIN_ID":"","TYPE_ID":2}`:                                                      "1",
		`{"RESULT_VALUE":"","TYPE_ID":2}`:                                                   "1",
		`{"BINDINGS":{"OWNER_TYPE_ID":"2","OWNER_ID":"9"}}`:                                 "2",
		`{"BINDINGS":[{"OWNER_TYPE_ID":2,"OWNER_ID":9},{"OWNER_TYPE_ID":3,"OWNER_ID":15}]}`: "1 2",
		`{"ID":"x"}`:            "",
		`{"ID":[]}`:             "",
		`{"ID":1e400}`:          "",
		`{"ID":{"a":{"b":1}}}`:  "",
		`{"SETTINGS":1,"ID":1}`: "1",
	} {
		if got := strings.Join(ids(t, b.admin, `{"order":{"ID":"ASC"},"filter":`+filter+`}`), " "); got != want {
			t.Errorf("%s: %q, want %q", filter, got, want)
		}
	}
	if got := ids(t, b.admin, `{"ORDER":{"id":"desc"},"arFilter":{">ID":9}}`); !slices.Equal(got, []string{"11", "10"}) {
		t.Errorf("by ID DESC: %v", got)
	}
	if got := ids(t, b.admin, `{"order":{"SUBJECT":"DESC","PRIORITY":"ASC","NONSENSE":1},"filter":{"<ID":4}}`); !slices.Equal(got, []string{"3", "2", "1"}) {
		t.Errorf("by SUBJECT DESC: %v", got)
	}
}

func TestListPages(t *testing.T) {
	b := open(t)
	for range 51 {
		add(t, b.admin, call)
	}
	first := b.admin.Call("crm.activity.list", `{"order":{"ID":"ASC"}}`)
	if first.Body["next"] != 50.0 || first.Body["total"] != 51.0 || len(first.Result().([]any)) != 50 {
		t.Errorf("first page: next %v total %v", first.Body["next"], first.Body["total"])
	}
	last := b.admin.Call("crm.activity.list", `{"order":{"ID":"ASC"},"start":50}`)
	if _, more := last.Body["next"]; more || last.Body["total"] != 51.0 || len(last.Result().([]any)) != 1 {
		t.Errorf("last page: %s", last.Text)
	}
	uncounted := b.admin.Call("crm.activity.list", `{"order":{"ID":"ASC"},"filter":{">ID":1},"start":-1}`)
	if _, more := uncounted.Body["next"]; more || uncounted.Body["total"] != 0.0 || len(uncounted.Result().([]any)) != 50 {
		t.Errorf("start -1: next %v total %v", uncounted.Body["next"], uncounted.Body["total"])
	}
}

func TestChangesRaiseEventsWithTheIDAlone(t *testing.T) {
	b := open(t)
	for _, code := range []string{"ONCRMACTIVITYADD", "ONCRMACTIVITYUPDATE", "ONCRMACTIVITYDELETE"} {
		b.admin.Call("event.bind", `{"event":"`+code+`","handler":"https://app.example.com/h","auth_type":2}`)
		b.admin.Call("event.bind", `{"event":"`+code+`","handler":"https://app.example.com/h"}`)
	}
	id := add(t, b.user, call)
	b.user.Call("crm.activity.update", `{"id":`+id+`,"fields":{"SUBJECT":"y"}}`)
	b.user.Call("crm.activity.delete", `{"id":`+id+`}`)
	foreign := add(t, b.admin, call)
	b.admin.Call("crm.activity.delete", `{"id":`+foreign+`}`)
	var seen []string
	for _, got := range b.Queue.Take() {
		seen = append(seen, fmt.Sprintf("%s %s by %d to %d of %d", strings.TrimPrefix(got.Event.Code, "ONCRMACTIVITY"), got.Event.Object.ID, got.Event.Actor, len(got.Deliveries), len(got.Deliveries)+len(got.Event.Verdicts)))
		if want := `{"FIELDS":{"ID":"` + got.Event.Object.ID + `"}}`; string(got.Event.Data) != want || got.Event.Object.Type != "crm.activity" {
			t.Errorf("event %s about %+v", got.Event.Data, got.Event.Object)
		}
	}
	// The administrator's own activity is not for the handler with the user's
	// tokens: no row is left to ask after the delete, so it is asked before.
	want := []string{"ADD 1 by 2 to 2 of 2", "UPDATE 1 by 2 to 2 of 2", "DELETE 1 by 2 to 2 of 2", "ADD 2 by 1 to 1 of 2", "DELETE 2 by 1 to 1 of 2"}
	if !slices.Equal(seen, want) {
		t.Errorf("events %q, want %q", seen, want)
	}
}

func TestGuard(t *testing.T) {
	b := open(t)
	add(t, b.admin, call)
	add(t, b.admin, call+`,"RESPONSIBLE_ID":2`)
	for _, tc := range []struct {
		user onevent.UserID
		id   string
		want publish.Access
	}{
		{1, "1", publish.AccessGranted}, {2, "1", publish.AccessDenied}, {2, "2", publish.AccessGranted},
		{2, "77", publish.AccessUnknown}, {2, "x", publish.AccessUnknown},
	} {
		err := b.Store.View(t.Context(), func(r onevent.Reader) error {
			got, err := crm.Guard().MayRead(r, b.Row(), b.Directory.User(b.ID, tc.user), tc.id)
			if got != tc.want {
				t.Errorf("user %d on %s: %v, want %v", tc.user, tc.id, got, tc.want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestMethodsNeedTheScope(t *testing.T) {
	b := open(t)
	code := b.Webhook(testportal.Admin, "calendar")
	a := testportal.Post(b.handler, "/rest/1/"+code+"/crm.activity.list", "", "")
	if got, _ := a.Error(); a.Status != 403 || got != "insufficient_scope" {
		t.Errorf("got %d %s", a.Status, a.Text)
	}
}

func TestBadInputIsNeverAFailureOfTheServer(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, call)
	odd := []string{`null`, `[]`, `{}`, `"x"`, `1e999`, `-9223372036854775809`, `99999999999999999999`, `true`, `[[[]]]`, `{"a":{"b":[1]}}`, `"\u0000"`, `"\ud800"`, `"%"`, `"2024-02-30"`}
	params := []string{`{`, `[1]`, `5`, `{"id":` + id + `,"fields":[1,2]}`,
		`{"filter":{"%SUBJECT":"` + strings.Repeat("%", 60_000) + `"}}`, `{"filter":{"=%SUBJECT":"` + strings.Repeat("%_", 30_000) + `"}}`,
		`{"filter":{"=%SUBJECT":"\\"}}`, `{"filter":{"ID":[` + strings.Repeat("1,", 15_000) + `1]}}`}
	var conditions, orders []string
	for _, op := range []string{"", "=", "!", "!=", ">", ">=", "<", "<=", "@", "!@", "%", "!%", "=%", "%=", "!=%", "!%="} {
		for _, field := range []string{"ID", "id", "Id", "iD", "STATUS", "status", "PRIORITY", "SUBJECT"} {
			conditions = append(conditions, `"`+op+field+`":1`)
		}
	}
	for _, field := range []string{"ID", "SUBJECT", "START_TIME", "RESULT_SUM", "COMPLETED"} {
		for _, op := range []string{"", "!", ">", "@", "!@", "%", "!=%"} {
			for _, v := range odd {
				params = append(params, `{"filter":{"`+op+field+`":`+v+`}}`)
			}
		}
		orders = append(orders, `"`+field+`":"DESC"`)
		for _, v := range odd {
			params = append(params, `{"id":`+id+`,"fields":{`+call+`,"`+field+`":`+v+`}}`)
		}
	}
	params = append(params, `{"filter":{`+strings.Join(conditions, ",")+`}}`, `{"order":{`+strings.Join(orders, ",")+`}}`)
	for _, v := range odd {
		params = append(params, `{"id":`+v+`,"fields":`+v+`,"filter":`+v+`,"order":`+v+`,"select":`+v+`,"start":`+v+`}`,
			`{"id":`+id+`,"fields":{`+call+`,"COMMUNICATIONS":`+v+`}}`, `{"id":`+id+`,"fields":{`+call+`,"COMMUNICATIONS":[`+v+`]}}`,
			`{"filter":{"BINDINGS":`+v+`}}`, `{"filter":{"BINDINGS":[`+v+`]}}`)
	}
	for _, p := range params {
		methods := []string{"list", "add", "update", "get"}
		if strings.HasPrefix(p, `{"filter"`) {
			methods = methods[:1]
		}
		for _, method := range methods {
			if a := b.admin.Call("crm.activity."+method, p); a.Status >= 500 || a.Body == nil {
				t.Errorf("%s %.120s: %d %s", method, p, a.Status, a.Text)
			}
		}
	}
}

// docs/protocol/events.md section 8.
func TestAChangeMadeWithAnEventsTokenGoesOnInItsChain(t *testing.T) {
	b := open(t)
	chain := onevent.Chain{Depth: 3, Start: b.Clock.Now()}
	token := b.Authority.Mint(oauth.Grant{Installation: b.Installation(b.App), User: b.Directory.User(b.ID, 1), Chain: chain}).Access
	b.admin.Call("event.bind", `{"event":"ONCRMACTIVITYADD","handler":"https://app.example.com/h"}`)
	add(t, testportal.As(b.handler, token), call)
	add(t, b.admin, call)
	got := b.Queue.Take()
	if len(got) != 2 || got[0].Event.Chain.Depth != 4 || got[1].Event.Chain.Depth != 1 {
		t.Errorf("events %+v", got)
	}
}
