package crm_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/testportal"
)

// own is an activity of another provider, which needs no communication.
const own = `"SUBJECT":"x","PROVIDER_ID":"MINE","OWNER_ID":1,"OWNER_TYPE_ID":1`

// wantFields compares fields of a row with JSON.
func wantFields(t *testing.T, row map[string]any, want string) {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(want), &fields); err != nil {
		t.Fatal(err)
	}
	for name, value := range fields {
		got, _ := json.Marshal(row[name])
		expected, _ := json.Marshal(value)
		if string(got) != string(expected) {
			t.Errorf("%s is %s, want %s", name, got, expected)
		}
	}
}

// Section 1.1: what a value becomes.
func TestValuesAreReadAndPrinted(t *testing.T) {
	b := open(t)
	for given, want := range map[string]string{
		// whole numbers, exact beyond 2^53
		`"NOTIFY_VALUE":15`:                    `{"NOTIFY_VALUE":"15"}`,
		`"NOTIFY_VALUE":" 15 "`:                `{"NOTIFY_VALUE":"15"}`,
		`"NOTIFY_VALUE":9007199254740993`:      `{"NOTIFY_VALUE":"9007199254740993"}`,
		`"NOTIFY_VALUE":"9223372036854775807"`: `{"NOTIFY_VALUE":"9223372036854775807"}`,
		`"NOTIFY_VALUE":9223372036854775808`:   `{"NOTIFY_VALUE":"0"}`,
		`"NOTIFY_VALUE":-9223372036854775808`:  `{"NOTIFY_VALUE":"-9223372036854775808"}`,
		`"NOTIFY_VALUE":"x"`:                   `{"NOTIFY_VALUE":"0"}`,
		`"NOTIFY_VALUE":null`:                  `{"NOTIFY_VALUE":"0"}`,
		`"NOTIFY_VALUE":[1]`:                   `{"NOTIFY_VALUE":"0"}`,
		`"RESULT_MARK":true`:                   `{"RESULT_MARK":"1"}`,
		`"OWNER_ID":9007199254740993`:          `{"OWNER_ID":"9007199254740993"}`,
		// one of a list
		`"PRIORITY":3,"DIRECTION":"2","NOTIFY_TYPE":1,"DESCRIPTION_TYPE":3,"STATUS":3`: `{"PRIORITY":"3","DIRECTION":"2","NOTIFY_TYPE":"1","DESCRIPTION_TYPE":"3","STATUS":"3"}`,
		`"PRIORITY":0,"DIRECTION":3,"NOTIFY_TYPE":4,"DESCRIPTION_TYPE":0,"STATUS":4`:   `{"PRIORITY":"2","DIRECTION":"0","NOTIFY_TYPE":"0","DESCRIPTION_TYPE":"1","STATUS":"1"}`,
		`"PRIORITY":"","STATUS":null,"DIRECTION":"in"`:                                 `{"PRIORITY":"2","STATUS":"1","DIRECTION":"0"}`,
		// doubles
		`"RESULT_SUM":1.50,"RESULT_VALUE":"-0"`:          `{"RESULT_SUM":"1.5","RESULT_VALUE":"0"}`,
		`"RESULT_SUM":"1e3","RESULT_VALUE":" 2.25 "`:     `{"RESULT_SUM":"1000","RESULT_VALUE":"2.25"}`,
		`"RESULT_SUM":0.1,"RESULT_VALUE":123456789.12`:   `{"RESULT_SUM":"0.1","RESULT_VALUE":"123456789.12"}`,
		`"RESULT_SUM":"","RESULT_VALUE":"a lot"`:         `{"RESULT_SUM":null,"RESULT_VALUE":null}`,
		`"RESULT_SUM":"0x10p1","RESULT_VALUE":"inf"`:     `{"RESULT_SUM":null,"RESULT_VALUE":null}`,
		`"RESULT_SUM":"1e999","RESULT_VALUE":{"a":1}`:    `{"RESULT_SUM":null,"RESULT_VALUE":null}`,
		`"RESULT_SUM":0,"RESULT_CURRENCY_ID":"EUR"`:      `{"RESULT_SUM":"0","RESULT_CURRENCY_ID":"EUR"}`,
		`"ORIGIN_ID":12345678901234567890`:               `{"ORIGIN_ID":"12345678901234567890"}`,
		`"ORIGIN_ID":1.50,"ORIGINATOR_ID":true`:          `{"ORIGIN_ID":"1.50","ORIGINATOR_ID":"1"}`,
		`"ORIGIN_ID":["a"],"ORIGINATOR_ID":""`:           `{"ORIGIN_ID":null,"ORIGINATOR_ID":""}`,
		`"DESCRIPTION":"Ä \"quoted\" \\ </b>\nline"`:     `{"DESCRIPTION":"Ä \"quoted\" \\ </b>\nline"}`,
		`"DESCRIPTION":null,"LOCATION":{"a":1}`:          `{"DESCRIPTION":"","LOCATION":""}`,
		`"description":"any case","Location":"of names"`: `{"DESCRIPTION":"any case","LOCATION":"of names"}`,
		// chars
		`"COMPLETED":"Y"`:     `{"COMPLETED":"Y","STATUS":"2"}`,
		`"COMPLETED":"y"`:     `{"COMPLETED":"Y","STATUS":"2"}`,
		`"COMPLETED":true`:    `{"COMPLETED":"Y","STATUS":"2"}`,
		`"COMPLETED":1`:       `{"COMPLETED":"Y","STATUS":"2"}`,
		`"COMPLETED":"N"`:     `{"COMPLETED":"N","STATUS":"1"}`,
		`"COMPLETED":"false"`: `{"COMPLETED":"N","STATUS":"1"}`,
		`"COMPLETED":0`:       `{"COMPLETED":"N","STATUS":"1"}`,
		`"COMPLETED":""`:      `{"COMPLETED":"N","STATUS":"1"}`,
		// what completed itself keeps the status that says so
		`"COMPLETED":"Y","STATUS":3`: `{"COMPLETED":"Y","STATUS":"3"}`,
		`"COMPLETED":"Y","STATUS":1`: `{"COMPLETED":"Y","STATUS":"2"}`,
		// dates: the portal is in Europe/Riga
		`"START_TIME":"2020-09-27T13:25:00+02:00"`:                                                     `{"START_TIME":"2020-09-27T14:25:00+03:00"}`,
		`"START_TIME":"2020-01-27T13:25:00Z"`:                                                          `{"START_TIME":"2020-01-27T15:25:00+02:00"}`,
		`"START_TIME":"2020-01-27 13:25:00"`:                                                           `{"START_TIME":"2020-01-27T13:25:00+02:00"}`,
		`"START_TIME":"27.01.2020 13:25"`:                                                              `{"START_TIME":"2020-01-27T13:25:00+02:00"}`,
		`"START_TIME":"2020-01-27"`:                                                                    `{"START_TIME":"2020-01-27T00:00:00+02:00"}`,
		`"START_TIME":"","END_TIME":null`:                                                              `{"START_TIME":"2026-03-01T14:00:00+02:00","END_TIME":"2026-03-01T14:00:00+02:00"}`,
		`"START_TIME":"2020-01-27","END_TIME":"2020-01-28"`:                                            `{"DEADLINE":null}`,
		`"DEADLINE":"2020-01-29"`:                                                                      `{"DEADLINE":"2020-01-29T00:00:00+02:00"}`,
		`"START_TIME":"0001-01-02","END_TIME":"9999-12-30"`:                                            `{"START_TIME":"0001-01-02T00:00:00+01:36","END_TIME":"9999-12-30T00:00:00+02:00"}`,
		`"SETTINGS":{"b":1.50,"a":[1,{"c":null}],"d":{}}`:                                              `{"SETTINGS":{"b":1.50,"a":[1,{"c":null}],"d":[]}}`,
		`"SETTINGS":{"]}":"}]{[","b\\\"":["\\\"}"]},"ORIGIN_ID":"}"`:                                   `{"SETTINGS":{"]}":"}]{[","b\\\"":["\\\"}"]},"ORIGIN_ID":"}","PROVIDER_PARAMS":[]}`,
		`"SETTINGS":{},"PROVIDER_PARAMS":[]`:                                                           `{"SETTINGS":[],"PROVIDER_PARAMS":[]}`,
		`"SETTINGS":"x","PROVIDER_PARAMS":["a",{"x":{}}]`:                                              `{"SETTINGS":[],"PROVIDER_PARAMS":["a",{"x":[]}]}`,
		`"ID":77,"CREATED":"2000-01-01","AUTHOR_ID":2,"NONSENSE":1`:                                    `{"CREATED":"2026-03-01T14:00:00+02:00","AUTHOR_ID":"1","NONSENSE":null}`,
		`"EDITOR_ID":2,"LAST_UPDATED":"2000-01-01","IS_INCOMING_CHANNEL":"Y","ASSOCIATED_ENTITY_ID":5`: `{"EDITOR_ID":"1","LAST_UPDATED":"2026-03-01T14:00:00+02:00","IS_INCOMING_CHANNEL":"N","ASSOCIATED_ENTITY_ID":"0"}`,
		// people
		`"RESPONSIBLE_ID":505`:  `{"RESPONSIBLE_ID":"505"}`,
		`"RESPONSIBLE_ID":""`:   `{"RESPONSIBLE_ID":"1"}`,
		`"RESPONSIBLE_ID":null`: `{"RESPONSIBLE_ID":"1"}`,
	} {
		t.Log(given)
		wantFields(t, get(t, b.admin, add(t, b.admin, own+","+given)), want)
	}
}

// A key that is given twice counts the last time, so own is not repeated here.
func TestEveryTypeHasItsProvider(t *testing.T) {
	b := open(t)
	owner := `"SUBJECT":"x","OWNER_ID":1,"OWNER_TYPE_ID":1,`
	for given, want := range map[string]string{
		`"TYPE_ID":1,"COMMUNICATIONS":[{}]`:                                                      `{"TYPE_ID":"1","PROVIDER_ID":"CRM_MEETING","PROVIDER_TYPE_ID":"MEETING"}`,
		`"TYPE_ID":"2","COMMUNICATIONS":[{"VALUE":"+1"}]`:                                        `{"TYPE_ID":"2","PROVIDER_ID":"VOXIMPLANT_CALL","PROVIDER_TYPE_ID":"CALL"}`,
		`"TYPE_ID":4,"COMMUNICATIONS":[{"VALUE":"a@b.c"}]`:                                       `{"TYPE_ID":"4","PROVIDER_ID":"CRM_EMAIL","PROVIDER_TYPE_ID":"EMAIL","DEADLINE":null}`,
		`"TYPE_ID":2,"PROVIDER_ID":"","COMMUNICATIONS":[{"VALUE":"+1"}]`:                         `{"TYPE_ID":"2","PROVIDER_ID":"VOXIMPLANT_CALL"}`,
		`"TYPE_ID":2,"PROVIDER_ID":"A","PROVIDER_TYPE_ID":"B","COMMUNICATIONS":[{"VALUE":"+1"}]`: `{"PROVIDER_ID":"A","PROVIDER_TYPE_ID":"B"}`,
		`"PROVIDER_ID":"A"`: `{"TYPE_ID":"6","PROVIDER_ID":"A","PROVIDER_TYPE_ID":null}`,
		`"TYPE_ID":"","PROVIDER_ID":"A","PROVIDER_TYPE_ID":"B"`:                               `{"TYPE_ID":"6","PROVIDER_TYPE_ID":"B"}`,
		`"TYPE_ID":6,"PROVIDER_ID":"REST_APP"`:                                                `{"TYPE_ID":"6","PROVIDER_ID":"REST_APP","ASSOCIATED_ENTITY_ID":"1"}`,
		`"TYPE_ID":1,"START_TIME":"2030-01-02","DEADLINE":"2031-01-01","COMMUNICATIONS":[{}]`: `{"DEADLINE":"2030-01-02T00:00:00+02:00"}`,
	} {
		t.Log(given)
		wantFields(t, get(t, b.admin, add(t, b.admin, owner+given)), want)
	}
	wantError(t, b.admin.Call("crm.activity.add", `{"fields":{`+owner+`"TYPE_ID":"x","PROVIDER_ID":"A"}}`), "The field TYPE_ID is not defined or invalid.")
	wantError(t, b.admin.Call("crm.activity.add", `{"fields":{`+owner+`"TYPE_ID":2,"PROVIDER_ID":"CONFIGURABLE_REST_APP"}}`), "Use crm.activity.configurable.add for this activity provider")
}

// Section 1.5: what one check finds together is told together, one a line.
func TestTheFaultsOfOneCheckAreToldTogether(t *testing.T) {
	b := open(t)
	const mail = `"SUBJECT":"x","TYPE_ID":4,`
	for fields, want := range map[string]string{
		own + `,"START_TIME":"soon","END_TIME":"later","FILES":[{"fileData":["a"]}]`: "The field START_TIME is not defined or invalid.\nThe field END_TIME is not defined or invalid.\nThe field FILES is not defined or invalid.",
		mail + `"OWNER_TYPE_ID":7,"OWNER_ID":1,"COMMUNICATIONS":[{"VALUE":"a","ENTITY_TYPE_ID":5,"ENTITY_ID":1},{"VALUE":"b","ENTITY_TYPE_ID":5,"ENTITY_ID":2},{"VALUE":"c","ENTITY_TYPE_ID":3,"ENTITY_ID":2}]`: "Entity type '7' is not supported in current context\nEntity type '5' is not supported in current context",
		// a check that fails ends the checking
		`"SUBJECT":"","START_TIME":"soon","TYPE_ID":9,"RESPONSIBLE_ID":-1`:  "The field SUBJECT is not defined or empty.",
		`"SUBJECT":"x","START_TIME":"soon","TYPE_ID":9,"RESPONSIBLE_ID":-1`: "The field RESPONSIBLE_ID is not defined or invalid.",
		`"SUBJECT":"x","START_TIME":"soon","TYPE_ID":9`:                     "The field TYPE_ID is not defined or invalid.",
		`"SUBJECT":"x","START_TIME":"soon","TYPE_ID":2`:                     "The field START_TIME is not defined or invalid.",
	} {
		t.Log(fields)
		wantError(t, b.admin.Call("crm.activity.add", `{"fields":{`+fields+`}}`), want)
	}
	id := add(t, b.admin, own)
	wantError(t, b.admin.Call("crm.activity.update", `{"id":`+id+`,"fields":{"START_TIME":"soon","DEADLINE":"later","WEBDAV_ELEMENTS":[{"fileData":"x"}]}}`),
		"The field START_TIME is not defined or invalid.\nThe field DEADLINE is not defined or invalid.\nThe field WEBDAV_ELEMENTS is not defined or invalid.")
}

// communications are those of a new activity, as they are printed.
func communications(t *testing.T, c testportal.Caller, fields string) string {
	t.Helper()
	id := add(t, c, fields)
	a := c.Call("crm.activity.list", `{"filter":{"ID":`+id+`},"select":["COMMUNICATIONS","BINDINGS"]}`)
	text, _, _ := strings.Cut(strings.TrimPrefix(a.Text, `{"result":[{`), `}],"total"`)
	return text
}

// Section 1.3, checks 7 and 8.
func TestCommunicationsAreFilledInAndDropped(t *testing.T) {
	b := open(t)
	row := func(id, typ, value, entity, entityType string) string {
		return `{"ID":"` + id + `","TYPE":"` + typ + `","VALUE":"` + value + `","ENTITY_ID":"` + entity + `","ENTITY_TYPE_ID":"` + entityType + `","ENTITY_SETTINGS":[]}`
	}
	bind := func(id, typ string) string { return `{"OWNER_ID":"` + id + `","OWNER_TYPE_ID":"` + typ + `"}` }
	const deal = `"SUBJECT":"x","OWNER_TYPE_ID":2,"OWNER_ID":15,`
	for fields, want := range map[string]string{
		// the type is that of the activity, the entity is the owner
		deal + `"TYPE_ID":2,"COMMUNICATIONS":[{"VALUE":"+1"}]`:                                                                               `"BINDINGS":[` + bind("15", "2") + `],"COMMUNICATIONS":[` + row("1", "PHONE", "+1", "15", "2") + `]`,
		deal + `"TYPE_ID":4,"COMMUNICATIONS":[{"value":"a@b.c","type":"email"}]`:                                                             `"BINDINGS":[` + bind("15", "2") + `],"COMMUNICATIONS":[` + row("1", "EMAIL", "a@b.c", "15", "2") + `]`,
		deal + `"TYPE_ID":2,"COMMUNICATIONS":{"5":{"VALUE":"+1","ENTITY_ID":7}}`:                                                             `"BINDINGS":[` + bind("15", "2") + `],"COMMUNICATIONS":[` + row("1", "PHONE", "+1", "15", "2") + `]`,
		deal + `"TYPE_ID":1,"COMMUNICATIONS":[{"VALUE":""}]`:                                                                                 `"BINDINGS":[` + bind("15", "2") + `],"COMMUNICATIONS":[` + row("1", "", "", "15", "2") + `]`,
		deal + `"TYPE_ID":1,"COMMUNICATIONS":[{"VALUE":"Ann","TYPE":"NAME"}]`:                                                                `"BINDINGS":[` + bind("15", "2") + `],"COMMUNICATIONS":[` + row("1", "NAME", "Ann", "15", "2") + `]`,
		deal + `"TYPE_ID":2,"COMMUNICATIONS":[{"VALUE":"+1","TYPE":"EMAIL"},{"VALUE":""},{"VALUE":"+2","ENTITY_ID":134,"ENTITY_TYPE_ID":3}]`: `"BINDINGS":[` + bind("15", "2") + `,` + bind("134", "3") + `],"COMMUNICATIONS":[` + row("1", "PHONE", "+2", "134", "3") + `]`,
		// an entity that is the owner, or occurs twice, is bound once
		deal + `"TYPE_ID":4,"COMMUNICATIONS":[{"VALUE":"a","ENTITY_ID":15,"ENTITY_TYPE_ID":2},{"VALUE":"b","ENTITY_ID":"9","ENTITY_TYPE_ID":"4"},{"VALUE":"c","ENTITY_ID":9,"ENTITY_TYPE_ID":4}]`: `"BINDINGS":[` + bind("15", "2") + `,` + bind("9", "4") + `],"COMMUNICATIONS":[` + row("1", "EMAIL", "a", "15", "2") + `,` + row("2", "EMAIL", "b", "9", "4") + `,` + row("3", "EMAIL", "c", "9", "4") + `]`,
		// without an owner the first entity that is named is one
		`"SUBJECT":"x","TYPE_ID":4,"COMMUNICATIONS":[{"VALUE":"a"},{"VALUE":"b","ENTITY_ID":134,"ENTITY_TYPE_ID":3}]`: `"BINDINGS":[` + bind("134", "3") + `],"COMMUNICATIONS":[` + row("1", "EMAIL", "a", "134", "3") + `,` + row("2", "EMAIL", "b", "134", "3") + `]`,
		`"SUBJECT":"x","TYPE_ID":4,"OWNER_ID":5,"COMMUNICATIONS":[{"VALUE":"b","ENTITY_ID":134,"ENTITY_TYPE_ID":3}]`:  `"BINDINGS":[` + bind("134", "3") + `],"COMMUNICATIONS":[` + row("1", "EMAIL", "b", "134", "3") + `]`,
		// another provider needs none and takes any
		own: `"BINDINGS":[` + bind("1", "1") + `],"COMMUNICATIONS":[]`,
		own + `,"COMMUNICATIONS":[{"VALUE":"a","TYPE":"IM"},{"VALUE":"b","ENTITY_ID":130,"ENTITY_TYPE_ID":128},{"TYPE":"IM"},"x",5]`: `"BINDINGS":[` + bind("1", "1") + `,` + bind("130", "128") + `],"COMMUNICATIONS":[` + row("1", "IM", "a", "1", "1") + `,` + row("2", "", "b", "130", "128") + `]`,
	} {
		if got := communications(t, b.admin, fields); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", fields, got, want)
		}
	}
	for _, kept := range []string{`{"VALUE":"+1"},{"VALUE":"+2"}`, `{},{}`} {
		typ := map[bool]string{true: "1", false: "2"}[kept == `{},{}`]
		a := b.admin.Call("crm.activity.add", `{"fields":{`+deal+`"TYPE_ID":`+typ+`,"COMMUNICATIONS":[`+kept+`]}}`)
		wantError(t, a, "The only one communication is allowed for activity of specified type.")
	}
}

// The types 1 to 4 and from 128 on exist.
func TestOwnersOfAllKinds(t *testing.T) {
	b := open(t)
	for typ, ok := range map[string]bool{"1": true, "4": true, "5": false, "7": false, "31": false, "127": false, "128": true, "1058": true} {
		a := b.admin.Call("crm.activity.add", `{"fields":{"SUBJECT":"x","PROVIDER_ID":"A","OWNER_TYPE_ID":`+typ+`,"OWNER_ID":1}}`)
		if (a.Status == 200) != ok {
			t.Errorf("type %s: %d %s", typ, a.Status, a.Text)
		}
	}
	for _, owner := range []string{`"OWNER_TYPE_ID":1`, `"OWNER_ID":1`, `"OWNER_TYPE_ID":1,"OWNER_ID":0`, `"OWNER_TYPE_ID":1,"OWNER_ID":-1`, `"OWNER_TYPE_ID":0,"OWNER_ID":1`} {
		wantError(t, b.admin.Call("crm.activity.add", `{"fields":{"SUBJECT":"x","PROVIDER_ID":"A",`+owner+`}}`),
			"Could not build binding. Please ensure that owner info and communications are defined correctly.")
	}
}

// Files have a form and no place here; the example is that of the documentation.
func TestFilesAreTakenAndNotKept(t *testing.T) {
	b := open(t)
	for given, ok := range map[string]bool{
		`[{"fileData":["example.jpg","base64_encoded_content_here"]}]`: true,
		`{"fileData":["a.txt","YQ=="]}`:                                true,
		`{"0":{"filedata":{"0":"a.txt","1":"YQ=="}}}`:                  true,
		`[{"fileData":["a.txt",""]},{"id":5},{"fileData":""},7]`:       true,
		`[]`:                           true,
		`""`:                           true,
		`{"fileData":["a.txt"]}`:       false,
		`[{"fileData":["a.txt"]}]`:     false,
		`[{"fileData":["","YQ=="]}]`:   false,
		`[{"fileData":["a","b","c"]}]`: false,
		`[{"fileData":["a",["b"]]}]`:   false,
		`[{"fileData":"a.txt"}]`:       false,
		`[{"fileData":["a","b"]},{"fileData":["a"]}]`: false,
	} {
		for _, field := range []string{"FILES", "WEBDAV_ELEMENTS"} {
			a := b.admin.Call("crm.activity.add", `{"fields":{`+own+`,"`+field+`":`+given+`}}`)
			if !ok {
				wantError(t, a, "The field "+field+" is not defined or invalid.")
			} else if a.Status != 200 {
				t.Errorf("%s %s: %s", field, given, a.Text)
			}
		}
	}
	a := b.admin.Call("crm.activity.list", `{"select":["files","WEBDAV_ELEMENTS"],"filter":{"ID":1}}`)
	if !strings.HasPrefix(a.Text, `{"result":[{"FILES":[],"WEBDAV_ELEMENTS":[]}]`) {
		t.Errorf("got %s", a.Text)
	}
}

// docs/protocol/rest.md section 10.
func TestOnlyAYesCompletes(t *testing.T) {
	b := open(t)
	for value, want := range map[string]string{
		`"Y"`: "Y", `"y"`: "Y", `" Y "`: "Y", `true`: "Y", `"true"`: "Y", `1`: "Y", `"1"`: "Y",
		`"N"`: "N", `" N"`: "N", `"no"`: "N", `"X"`: "N", `false`: "N", `0`: "N", `2`: "N", `""`: "N", `null`: "N", `["Y"]`: "N",
	} {
		id := add(t, b.admin, call+`,"COMPLETED":`+value)
		if got := get(t, b.admin, id)["COMPLETED"]; got != want {
			t.Errorf("%s is kept as %v", value, got)
		}
	}
}
