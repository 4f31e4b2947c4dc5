package crm_test

import (
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/testportal"
)

// Section 1.3, "Update": what is given is judged as in add, what may not change is
// ignored, what follows from other fields follows them.
func TestUpdateOfEveryKindOfField(t *testing.T) {
	b := open(t)
	b.Clock.Advance(60e9)
	for _, tc := range []struct{ before, change, want string }{
		{call, `"OWNER_ID":99,"OWNER_TYPE_ID":1,"TYPE_ID":1`, `{"OWNER_ID":"15","OWNER_TYPE_ID":"3","TYPE_ID":"2"}`},
		{call, `"ID":5,"CREATED":"2000-01-01","AUTHOR_ID":2,"EDITOR_ID":2,"LAST_UPDATED":"2000-01-01","BINDINGS":[{"OWNER_ID":1,"OWNER_TYPE_ID":1}],"ASSOCIATED_ENTITY_ID":7,"IS_INCOMING_CHANNEL":"Y"`,
			`{"CREATED":"2026-03-01T14:01:00+02:00","AUTHOR_ID":"1","EDITOR_ID":"1","LAST_UPDATED":"2026-03-01T14:01:00+02:00","ASSOCIATED_ENTITY_ID":"0","IS_INCOMING_CHANNEL":"N"}`},
		{call, `"NONSENSE":1,"FILES":[{"fileData":["a","b"]}]`, `{"SUBJECT":"Call","NONSENSE":null,"FILES":null}`},
		{call + `,"START_TIME":"2030-01-01"`, `"END_TIME":"2030-02-01","DEADLINE":"2031-01-01"`,
			`{"START_TIME":"2030-01-01T00:00:00+02:00","END_TIME":"2030-02-01T00:00:00+02:00","DEADLINE":"2030-01-01T00:00:00+02:00"}`},
		{call, `"START_TIME":"2030-02-01"`, `{"DEADLINE":"2030-02-01T00:00:00+02:00"}`},
		{own, `"DEADLINE":"2030-02-01","START_TIME":"2030-01-01"`, `{"DEADLINE":"2030-02-01T00:00:00+02:00"}`},
		{own + `,"DEADLINE":"2030-02-01"`, `"DEADLINE":""`, `{"DEADLINE":null}`},
		{call, `"DESCRIPTION":"d","LOCATION":"l","ORIGIN_ID":7,"RESULT_SUM":"2.50","PRIORITY":9,"NOTIFY_VALUE":"x","SETTINGS":{"a":{}}`,
			`{"DESCRIPTION":"d","LOCATION":"l","ORIGIN_ID":"7","RESULT_SUM":"2.5","PRIORITY":"2","NOTIFY_VALUE":"0","SETTINGS":{"a":[]}}`},
		// COMPLETED and STATUS
		{call, `"COMPLETED":"Y"`, `{"COMPLETED":"Y","STATUS":"2"}`},
		{call, `"COMPLETED":"Y","STATUS":3`, `{"COMPLETED":"Y","STATUS":"3"}`},
		{call + `,"COMPLETED":"Y"`, `"COMPLETED":"N"`, `{"COMPLETED":"N","STATUS":"1"}`},
		{call + `,"COMPLETED":"Y","STATUS":3`, `"COMPLETED":"N"`, `{"COMPLETED":"N","STATUS":"1"}`},
		{call + `,"COMPLETED":"Y"`, `"COMPLETED":"N","STATUS":3`, `{"COMPLETED":"N","STATUS":"3"}`},
		{call + `,"COMPLETED":"Y","STATUS":3`, `"SUBJECT":"y"`, `{"COMPLETED":"Y","STATUS":"3"}`},
		{call + `,"COMPLETED":"Y"`, `"STATUS":1`, `{"COMPLETED":"Y","STATUS":"2"}`},
		{call + `,"STATUS":3`, `"COMPLETED":"N"`, `{"COMPLETED":"N","STATUS":"3"}`},
		// providers
		{call, `"PROVIDER_ID":"MINE","PROVIDER_TYPE_ID":"T"`, `{"PROVIDER_ID":"MINE","PROVIDER_TYPE_ID":"T"}`},
		{call + `,"PROVIDER_ID":"MINE"`, `"PROVIDER_ID":""`, `{"PROVIDER_ID":"VOXIMPLANT_CALL"}`},
		{own, `"PROVIDER_ID":"REST_APP"`, `{"PROVIDER_ID":"REST_APP","ASSOCIATED_ENTITY_ID":"1"}`},
		{own, ``, `{"SUBJECT":"x","PROVIDER_ID":"MINE"}`},
	} {
		t.Log(tc.before, tc.change)
		id := add(t, b.admin, tc.before)
		a := b.admin.Call("crm.activity.update", `{"id":`+id+`,"fields":{`+tc.change+`}}`)
		if a.Status != 200 || a.Result() != true {
			t.Errorf("got %d %s", a.Status, a.Text)
		}
		wantFields(t, get(t, b.admin, id), tc.want)
	}
}

func TestUpdateRefusesWhatAddRefuses(t *testing.T) {
	b := open(t)
	for _, tc := range []struct{ before, change, want string }{
		{call, `"SUBJECT":null`, "The field SUBJECT is not defined or empty."},
		{call, `"SUBJECT":"","RESPONSIBLE_ID":0`, "The field SUBJECT is not defined or empty."},
		{call, `"RESPONSIBLE_ID":"","START_TIME":"x"`, "The field RESPONSIBLE_ID is not defined or invalid."},
		{own, `"PROVIDER_ID":"","START_TIME":"x"`, "The custom activity without provider is not supported in current context."},
		{own, `"PROVIDER_ID":"CONFIGURABLE_REST_APP"`, "Use crm.activity.configurable.add for this activity provider"},
		{call, `"COMMUNICATIONS":[],"START_TIME":"x"`, "The field START_TIME is not defined or invalid."},
		{call, `"COMMUNICATIONS":[]`, "The field COMMUNICATIONS is not defined or invalid."},
		{call, `"COMMUNICATIONS":"+1"`, "The field COMMUNICATIONS is not defined or invalid."},
		{call, `"COMMUNICATIONS":[{"VALUE":"a@b.c","TYPE":"EMAIL"}]`, "The field COMMUNICATIONS is not defined or invalid."},
		{call, `"COMMUNICATIONS":[{"VALUE":"+1"},{"VALUE":"+2"}]`, "The only one communication is allowed for activity of specified type."},
		{call, `"COMMUNICATIONS":[{"VALUE":"+1","ENTITY_ID":1,"ENTITY_TYPE_ID":9}]`, "Entity type '9' is not supported in current context"},
	} {
		id := add(t, b.admin, tc.before)
		before := get(t, b.admin, id)
		t.Log(tc.change)
		wantError(t, b.admin.Call("crm.activity.update", `{"id":`+id+`,"fields":{`+tc.change+`}}`), tc.want)
		if after := get(t, b.admin, id); len(after) != len(before) || after["LAST_UPDATED"] != before["LAST_UPDATED"] || after["SUBJECT"] != before["SUBJECT"] {
			t.Errorf("the refused change was made: %v", after)
		}
	}
}

// An application's activity can be changed by a webhook that leaves its provider
// alone.
func TestAWebhookCanNotMakeAnActivityTheApplications(t *testing.T) {
	b := open(t)
	hook := "/rest/1/" + b.Webhook(testportal.Admin, "crm") + "/crm.activity.update"
	id := add(t, b.admin, own)
	wantError(t, testportal.Post(b.handler, hook, "", `{"id":`+id+`,"fields":{"PROVIDER_ID":"REST_APP"}}`), "Application context required.")
	id = add(t, b.admin, `"SUBJECT":"x","PROVIDER_ID":"REST_APP","OWNER_ID":1,"OWNER_TYPE_ID":1`)
	if a := testportal.Post(b.handler, hook, "", `{"id":`+id+`,"fields":{"PROVIDER_ID":"REST_APP","SUBJECT":"y"}}`); a.Status != 200 {
		t.Errorf("got %d %s", a.Status, a.Text)
	}
	wantFields(t, get(t, b.admin, id), `{"ASSOCIATED_ENTITY_ID":"1","SUBJECT":"y"}`)
}

func TestUpdateReplacesCommunicationsAndBindings(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, `"SUBJECT":"x","TYPE_ID":4,"OWNER_TYPE_ID":2,"OWNER_ID":1,"COMMUNICATIONS":[{"VALUE":"a","ENTITY_ID":134,"ENTITY_TYPE_ID":3}]`)
	b.admin.Call("crm.activity.update", `{"id":`+id+`,"fields":{"COMMUNICATIONS":[{"VALUE":"b","ENTITY_ID":9,"ENTITY_TYPE_ID":4},{"VALUE":"c"}]}}`)
	a := b.admin.Call("crm.activity.list", `{"select":["BINDINGS","COMMUNICATIONS"]}`)
	want := `{"result":[{"BINDINGS":[{"OWNER_ID":"1","OWNER_TYPE_ID":"2"},{"OWNER_ID":"9","OWNER_TYPE_ID":"4"}],"COMMUNICATIONS":[` +
		`{"ID":"1","TYPE":"EMAIL","VALUE":"b","ENTITY_ID":"9","ENTITY_TYPE_ID":"4","ENTITY_SETTINGS":[]},` +
		`{"ID":"2","TYPE":"EMAIL","VALUE":"c","ENTITY_ID":"1","ENTITY_TYPE_ID":"2","ENTITY_SETTINGS":[]}]}],"total":1`
	if !strings.HasPrefix(a.Text, want) {
		t.Errorf("got %s\nwant %s", a.Text, want)
	}
	id = add(t, b.admin, own+`,"COMMUNICATIONS":[{"VALUE":"a","TYPE":"IM"}]`)
	b.admin.Call("crm.activity.update", `{"id":`+id+`,"fields":{"COMMUNICATIONS":[]}}`)
	if a := b.admin.Call("crm.activity.list", `{"filter":{"ID":`+id+`},"select":["COMMUNICATIONS"]}`); !strings.HasPrefix(a.Text, `{"result":[{"COMMUNICATIONS":[]}]`) {
		t.Errorf("got %s", a.Text)
	}
}
