package crm_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/testportal"
)

const owner = `"ownerTypeId":2,"ownerId":1`

// todo makes a to-do and returns its id.
func todo(t *testing.T, c testportal.Caller, params string) string {
	t.Helper()
	a := c.Call("crm.activity.todo.add", `{`+owner+`,"deadline":"2026-04-01T15:00:00"`+params+`}`)
	id, ok := a.Row()["id"].(float64)
	if !ok || len(a.Row()) != 1 {
		t.Fatalf("todo.add: %d %s", a.Status, a.Text)
	}
	return fmt.Sprint(int(id))
}

func wantRefusal(t *testing.T, a testportal.Answer, code string) {
	t.Helper()
	if got, text := a.Error(); a.Status != 400 || got != code || text == "" {
		t.Errorf("got %d %s, want %s", a.Status, a.Text, code)
	}
}

// Section 1.6.
func TestATodoIsAnActivity(t *testing.T) {
	b := open(t)
	todo(t, b.admin, ``)
	wantFields(t, get(t, b.admin, "1"), `{"OWNER_ID":"1","OWNER_TYPE_ID":"2","TYPE_ID":"6","PROVIDER_ID":"CRM_TODO","PROVIDER_TYPE_ID":"TODO","SUBJECT":"","DESCRIPTION":"",
		"START_TIME":"2026-04-01T15:00:00+03:00","END_TIME":"2026-04-01T15:00:00+03:00","DEADLINE":"2026-04-01T15:00:00+03:00","COMPLETED":"N","STATUS":"1",
		"RESPONSIBLE_ID":"1","AUTHOR_ID":"1","EDITOR_ID":"1","CREATED":"2026-03-01T14:00:00+02:00","SETTINGS":[]}`)
	todo(t, b.user, `,"TITLE":"Call back","description":"about \"it\"","responsibleId":"505","pingOffsets":[0,"15",-1,"x"],"colorId":2,"parentActivityId":`+todo(t, b.user, ``))
	wantFields(t, get(t, b.admin, "3"), `{"SUBJECT":"Call back","DESCRIPTION":"about \"it\"","RESPONSIBLE_ID":"505","AUTHOR_ID":"2",
		"SETTINGS":{"PARENT_ACTIVITY_ID":"2","PING_OFFSETS":[0,15],"COLOR":"2"}}`)
	if got := ids(t, b.admin, `{"filter":{"PROVIDER_ID":"CRM_TODO","BINDINGS":[{"OWNER_TYPE_ID":2,"OWNER_ID":1}]},"order":{"ID":"ASC"}}`); !slices.Equal(got, []string{"1", "2", "3"}) {
		t.Errorf("listed %v", got)
	}
}

func TestTodosAreChanged(t *testing.T) {
	b := open(t)
	b.Clock.Advance(60e9)
	const before = `,"title":"T","description":"D","pingOffsets":[5],"colorId":"1"`
	const kept = `"SUBJECT":"T","DESCRIPTION":"D","RESPONSIBLE_ID":"1","DEADLINE":"2026-04-01T15:00:00+03:00","SETTINGS":{"PING_OFFSETS":[5],"COLOR":"1"}`
	for _, tc := range []struct{ method, params, want string }{
		{"update", `"deadline":"2026-05-01"`, `{"SUBJECT":"T","DESCRIPTION":"D","DEADLINE":"2026-05-01T00:00:00+03:00","START_TIME":"2026-05-01T00:00:00+03:00","END_TIME":"2026-05-01T00:00:00+03:00","SETTINGS":{"PING_OFFSETS":[5],"COLOR":"1"}}`},
		{"update", `"deadline":"2026-05-01Z00:00","title":"","description":"","responsibleId":2,"pingOffsets":[],"colorId":""`, ``},
		{"update", `"deadline":"2026-05-01T10:00:00Z","title":"","description":"E","responsibleId":2,"pingOffsets":[],"colorId":""`,
			`{"SUBJECT":"","DESCRIPTION":"E","RESPONSIBLE_ID":"2","DEADLINE":"2026-05-01T13:00:00+03:00","SETTINGS":{"PING_OFFSETS":[],"COLOR":""}}`},
		{"updateDeadline", `"value":"2026-05-01T10:00:00"`, `{"SUBJECT":"T","DEADLINE":"2026-05-01T10:00:00+03:00","END_TIME":"2026-05-01T10:00:00+03:00"}`},
		{"updateDescription", `"value":"new"`, `{"DESCRIPTION":"new","SUBJECT":"T","DEADLINE":"2026-04-01T15:00:00+03:00"}`},
		{"updateDescription", `"value":""`, `{"DESCRIPTION":""}`},
		{"updateColor", `"colorId":"7"`, `{"SETTINGS":{"PING_OFFSETS":[5],"COLOR":"7"}}`},
		{"updateResponsibleUser", `"responsibleId":505`, `{"RESPONSIBLE_ID":"505","SUBJECT":"T"}`},
	} {
		id := todo(t, b.admin, before)
		a := b.admin.Call("crm.activity.todo."+tc.method, `{"id":`+id+`,`+owner+`,`+tc.params+`}`)
		if tc.want == "" {
			wantRefusal(t, a, "WRONG_DATETIME_FORMAT")
			wantFields(t, get(t, b.admin, id), `{`+kept+`}`)
			continue
		}
		if got := resultOf(t, a.Text); got != `{"id":`+id+`}` {
			t.Errorf("%s: %s", tc.method, got)
		}
		wantFields(t, get(t, b.admin, id), tc.want)
		wantFields(t, get(t, b.admin, id), `{"LAST_UPDATED":"2026-03-01T14:01:00+02:00","EDITOR_ID":"1","OWNER_ID":"1"}`)
	}
}

// The first parameter that is missing is named.
func TestTodosNeedTheirParameters(t *testing.T) {
	b := open(t)
	last := map[string]string{"update": "deadline", "updateDeadline": "value", "updateDescription": "value", "updateColor": "colorId", "updateResponsibleUser": "responsibleId"}
	for method, name := range last {
		params := "{"
		for _, missing := range []string{"id", "ownerTypeId", "ownerId", name} {
			want := fmt.Sprintf(`{"error":"100","error_description":"Could not find value for parameter {%s}"}`, missing)
			for _, p := range []string{params[:max(len(params)-1, 1)] + "}", params + `"` + missing + `":null}`} {
				if a := b.admin.Call("crm.activity.todo."+method, p); a.Status != 400 || a.Text != want {
					t.Errorf("%s %s: %d %s", method, p, a.Status, a.Text)
				}
			}
			params += `"` + missing + `":1,`
		}
	}
	for params, missing := range map[string]string{
		``: "ownerTypeId", `"ownerTypeId":2`: "ownerId", owner: "deadline", `"ownerId":1,"deadline":"x"`: "ownerTypeId",
		`"ownerTypeId":"two","ownerId":1,"deadline":"x"`: "ownerTypeId", `"ownerTypeId":2,"ownerId":[1],"deadline":"x"`: "ownerId",
	} {
		a := b.admin.Call("crm.activity.todo.add", `{`+params+`}`)
		if _, text := a.Error(); text != "Could not find value for parameter {"+missing+"}" {
			t.Errorf("%s: %s", params, a.Text)
		}
	}
}

func TestTodosRefuse(t *testing.T) {
	b := open(t)
	open, done, foreign := todo(t, b.admin, ``), todo(t, b.admin, ``), add(t, b.admin, own)
	b.admin.Call("crm.activity.update", `{"id":`+done+`,"fields":{"COMPLETED":"Y"}}`)
	b.Queue.Take()
	const deadline = `,"deadline":"2026-05-01"`
	for _, tc := range []struct {
		caller               testportal.Caller
		method, params, code string
	}{
		{b.admin, "add", `"ownerTypeId":7,"ownerId":1` + deadline, "OWNER_NOT_FOUND"},
		{b.admin, "add", `"ownerTypeId":2,"ownerId":0` + deadline, "OWNER_NOT_FOUND"},
		{b.admin, "add", `"ownerTypeId":-2,"ownerId":1` + deadline, "OWNER_NOT_FOUND"},
		{b.admin, "add", owner + `,"deadline":"soon"`, "WRONG_DATETIME_FORMAT"},
		{b.admin, "add", owner + `,"deadline":""`, "WRONG_DATETIME_FORMAT"},
		{b.admin, "add", owner + `,"deadline":["2026-05-01"]`, "WRONG_DATETIME_FORMAT"},
		{b.admin, "add", owner + deadline + `,"responsibleId":0`, "INVALID_ARG_VALUE"},
		{b.admin, "add", owner + deadline + `,"colorId":8`, "CAN_NOT_UPDATE_WRONG_COLOR_TODO"},
		{b.admin, "add", owner + deadline + `,"parentActivityId":77`, "NOT_FOUND"},
		{b.admin, "add", owner + deadline + `,"parentActivityId":-1`, "NOT_FOUND"},
		{b.admin, "add", owner + deadline + `,"parentActivityId":` + done, "ERROR_PARENT_ACTIVITY_RESTRICT"},
		{b.user, "add", owner + deadline + `,"parentActivityId":` + open, "ACCESS_DENIED"},
		{b.admin, "update", `"id":77,` + owner + deadline, "NOT_FOUND"},
		{b.admin, "update", `"id":-1,` + owner + deadline, "NOT_FOUND"},
		{b.admin, "update", `"id":` + foreign + `,"ownerTypeId":1,"ownerId":1` + deadline, "NOT_FOUND"},
		{b.admin, "update", `"id":` + open + `,"ownerTypeId":2,"ownerId":2` + deadline, "NOT_FOUND"},
		{b.admin, "update", `"id":` + open + `,"ownerTypeId":5,"ownerId":1` + deadline, "OWNER_NOT_FOUND"},
		{b.user, "update", `"id":` + open + `,` + owner + deadline, "ACCESS_DENIED"},
		{b.admin, "update", `"id":` + open + `,` + owner + `,"deadline":"soon"`, "WRONG_DATETIME_FORMAT"},
		{b.admin, "update", `"id":` + open + `,` + owner + deadline + `,"parentActivityId":` + done, "ERROR_PARENT_ACTIVITY_RESTRICT"},
		{b.admin, "update", `"id":` + done + `,` + owner + deadline, "CAN_NOT_UPDATE_COMPLETED_TODO"},
		{b.admin, "updateDeadline", `"id":` + done + `,` + owner + `,"value":"2026-05-01"`, "CAN_NOT_UPDATE_COMPLETED_TODO"},
		{b.admin, "updateDeadline", `"id":` + open + `,` + owner + `,"value":"soon"`, "WRONG_DATETIME_FORMAT"},
		{b.admin, "updateDescription", `"id":` + done + `,` + owner + `,"value":"x"`, "CAN_NOT_UPDATE_COMPLETED_TODO"},
		{b.admin, "updateColor", `"id":` + done + `,` + owner + `,"colorId":"1"`, "CAN_NOT_UPDATE_COLOR_COMPLETED_TODO"},
		{b.admin, "updateColor", `"id":` + open + `,` + owner + `,"colorId":"0"`, "CAN_NOT_UPDATE_WRONG_COLOR_TODO"},
		{b.admin, "updateColor", `"id":` + open + `,` + owner + `,"colorId":["1"]`, "CAN_NOT_UPDATE_WRONG_COLOR_TODO"},
		{b.admin, "updateResponsibleUser", `"id":` + done + `,` + owner + `,"responsibleId":2`, "CAN_NOT_UPDATE_RESPONSIBLE_USER_COMPLETED_TODO"},
		{b.admin, "updateResponsibleUser", `"id":` + open + `,` + owner + `,"responsibleId":"me"`, "INVALID_ARG_VALUE"},
	} {
		t.Log(tc.method, tc.params)
		wantRefusal(t, tc.caller.Call("crm.activity.todo."+tc.method, `{`+tc.params+`}`), tc.code)
	}
	for code, text := range map[string]string{`"id":77,` + owner + deadline: "Not found.", `"id":` + open + `,` + owner + deadline + `,"responsibleId":0`: `Parameter "responsibleId" must be greater than 0`} {
		if _, got := b.admin.Call("crm.activity.todo.update", `{`+code+`}`).Error(); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	if got := b.Queue.Take(); len(got) != 0 {
		t.Errorf("a refused call raised %+v", got)
	}
	if got := ids(t, b.admin, `{}`); len(got) != 3 {
		t.Errorf("a refused call made %v", got)
	}
}

func TestTodosRaiseTheEventsOfActivities(t *testing.T) {
	b := open(t)
	for _, code := range []string{"ONCRMACTIVITYADD", "ONCRMACTIVITYUPDATE"} {
		b.admin.Call("event.bind", `{"event":"`+code+`","handler":"https://app.example.com/h"}`)
	}
	id := todo(t, b.user, ``)
	for method, params := range map[string]string{"update": `"deadline":"2026-05-01"`, "updateDeadline": `"value":"2026-05-01"`, "updateDescription": `"value":"x"`,
		"updateColor": `"colorId":1`, "updateResponsibleUser": `"responsibleId":1`} {
		b.user.Call("crm.activity.todo."+method, `{"id":`+id+`,`+owner+`,`+params+`}`)
	}
	var seen []string
	for _, got := range b.Queue.Take() {
		data, _ := json.Marshal(got.Event.Data)
		seen = append(seen, strings.TrimPrefix(got.Event.Code, "ONCRMACTIVITY"))
		if string(got.Event.Data) != `{"FIELDS":{"ID":"1"}}` || got.Event.Actor != testportal.User || got.Event.Object.ID != "1" {
			t.Errorf("event %s by %d: %s", got.Event.Code, got.Event.Actor, data)
		}
	}
	if want := []string{"ADD", "UPDATE", "UPDATE", "UPDATE", "UPDATE", "UPDATE"}; !slices.Equal(seen, want) {
		t.Errorf("events %v", seen)
	}
}
