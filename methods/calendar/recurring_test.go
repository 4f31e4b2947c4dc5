package calendar_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
)

// in2026 is a window that holds every instance of that year.
const in2026 = `{"type":"user","from":"2026-01-01","to":"2026-12-31"}`

// instances lists the rows of calendar.event.get as ID@field.
func instances(t *testing.T, c testportal.Caller, params, field string) string {
	t.Helper()
	var out []string
	for _, row := range rowsOf(t, c.Call("calendar.event.get", params)) {
		r := row.(map[string]any)
		out = append(out, fmt.Sprintf("%v@%v", r["ID"], r[field]))
	}
	return strings.Join(out, " ")
}

func wantText(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s, want\n%s", what, got, want)
	}
}

const daily = `"type":"user","ownerId":1,"name":"Daily","from":"2026-03-27 17:00","to":"2026-03-27 18:00"`

// docs/protocol/methods-activities-calendar-users.md section 2.2.
func TestARecurringEntryShowsItsRule(t *testing.T) {
	b := open(t)
	weekly := `"type":"user","ownerId":1,"name":"x","from":"2024-12-11 17:59","to":"2024-12-11 18:59","rrule":`
	for rule, want := range map[string]map[string]any{
		`{"FREQ":"WEEKLY","BYDAY":["MO","WE"],"INTERVAL":1,"UNTIL":"12/24/2024"}`: {
			"RRULE": map[string]any{"FREQ": "WEEKLY", "BYDAY": map[string]any{"MO": "MO", "WE": "WE"}, "INTERVAL": 1,
				"UNTIL": "12/24/2024", "~UNTIL": "12/24/2024", "UNTIL_TS": 1734998400.0},
			"~RRULE_DESCRIPTION": "every week on: Mon, Wed, from 12/11/2024 until 12/24/2024", "DATE_FROM": "12/11/2024 05:59:00 pm", "EXDATE": "", "DT_LENGTH": 3600,
		},
		`{"freq":"daily","count":"3","interval":"2"}`: {
			"RRULE":     map[string]any{"FREQ": "DAILY", "COUNT": 3, "INTERVAL": 2, "UNTIL": "12/15/2024", "~UNTIL": "12/15/2024", "UNTIL_TS": 1734220800.0},
			"DATE_FROM": "12/11/2024 05:59:00 pm", "DATE_TO": "12/11/2024 06:59:00 pm",
		},
		`{"FREQ":"WEEKLY","BYDAY":"FR,su"}`: {
			"RRULE":              map[string]any{"FREQ": "WEEKLY", "BYDAY": map[string]any{"FR": "FR", "SU": "SU"}, "INTERVAL": 1},
			"~RRULE_DESCRIPTION": "every week on: Fri, Sun, from 12/13/2024", "DATE_FROM": "12/13/2024 05:59:00 pm", "DATE_TO": "12/13/2024 06:59:00 pm",
		},
		`{"FREQ":"WEEKLY","BYDAY":{"MO":"MO"},"COUNT":"","UNTIL":"2024-12-31T23:00:00+02:00"}`: {
			"RRULE": map[string]any{"FREQ": "WEEKLY", "BYDAY": map[string]any{"MO": "MO"}, "INTERVAL": 1, "UNTIL": "12/31/2024", "~UNTIL": "12/31/2024", "UNTIL_TS": 1735603200.0},
		},
		`{"FREQ":"WEEKLY"}`:  {"RRULE": map[string]any{"FREQ": "WEEKLY", "BYDAY": map[string]any{"WE": "WE"}, "INTERVAL": 1}},
		`{"FREQ":"NONE"}`:    {"RRULE": "", "~RRULE_DESCRIPTION": ""},
		`{"FREQ":"MONTHLY"}`: {"RRULE": map[string]any{"FREQ": "MONTHLY", "INTERVAL": 1}},
		`[]`:                 {"RRULE": ""},
		`""`:                 {"RRULE": ""},
	} {
		t.Log(rule)
		wantFields(t, get(t, b.admin, add(t, b.admin, weekly+rule)), want)
	}
}

func TestRulesThatAreRefused(t *testing.T) {
	b := open(t)
	for _, rule := range []string{
		`"FREQ=DAILY"`, `5`, `["DAILY"]`, `{"INTERVAL":1}`, `{"FREQ":"HOURLY"}`, `{"FREQ":"DAILY","INTERVAL":0}`, `{"FREQ":"DAILY","INTERVAL":-1}`,
		`{"FREQ":"DAILY","INTERVAL":1001}`, `{"FREQ":"DAILY","INTERVAL":9223372036854775807}`, `{"FREQ":"DAILY","COUNT":1001}`, `{"FREQ":"DAILY","COUNT":-1}`,
		`{"FREQ":"DAILY","COUNT":[1]}`, `{"FREQ":"DAILY","UNTIL":"2026-03-26"}`, `{"FREQ":"DAILY","UNTIL":"soon"}`, `{"FREQ":"DAILY","UNTIL":"10000-01-01"}`,
		`{"FREQ":"WEEKLY","BYDAY":["XX"]}`, `{"FREQ":"WEEKLY","BYDAY":["2MO"]}`, `{"FREQ":"MONTHLY","BYDAY":["-6MO"]}`, `{"FREQ":"MONTHLY","BYDAY":["53MO"]}`,
	} {
		t.Log(rule)
		wantError(t, b.admin.Call("calendar.event.add", "{"+daily+`,"rrule":`+rule+"}"), `Invalid value for the parameter "rrule"`)
	}
	if got := b.Queue.Take(); len(got) != 0 {
		t.Errorf("a refused call raised %+v", got)
	}
}

// The clocks of Europe/Riga are set forward on 2026-03-29 at 03:00, and back on
// 2026-10-25 at 04:00.
func TestInstancesKeepTheHourOfTheirZone(t *testing.T) {
	b := open(t)
	for _, tc := range []struct{ what, from, to, more, field, want string }{
		{"an afternoon, in UTC", "2026-03-28 17:00", "2026-03-28 18:00", `,"timezone_from":"Europe/Riga"`, "DATE_FROM_TS_UTC", "1774710000 1774792800 1774879200"},
		{"its hour", "2026-03-28 17:00", "2026-03-28 18:00", ``, "DATE_FROM", "03/28/2026 05:00:00 pm 03/29/2026 05:00:00 pm 03/30/2026 05:00:00 pm"},
		{"its offset", "2026-03-28 17:00", "2026-03-28 18:00", ``, "TZ_OFFSET_FROM", "7200 10800 10800"},
		{"the missing hour", "2026-03-28 03:30", "2026-03-28 03:45", ``, "DATE_FROM", "03/28/2026 03:30:00 am 03/29/2026 04:30:00 am 03/30/2026 03:30:00 am"},
		{"the hour that comes twice", "2026-10-24 03:30", "2026-10-24 03:45", ``, "DATE_FROM_TS_UTC", "1792801800 1792888200 1792978200"},
		{"a night keeps its length", "2026-03-28 23:00", "2026-03-29 01:00", ``, "DATE_TO", "03/29/2026 01:00:00 am 03/30/2026 01:00:00 am 03/31/2026 01:00:00 am"},
		{"across the change", "2026-03-27 23:00", "2026-03-28 06:00", ``, "DATE_TO", "03/28/2026 06:00:00 am 03/29/2026 07:00:00 am 03/30/2026 06:00:00 am"},
		{"a zone without a change", "2026-03-28 17:00", "2026-03-28 18:00", `,"timezone_from":"UTC"`, "DATE_FROM", "03/28/2026 05:00:00 pm 03/29/2026 05:00:00 pm 03/30/2026 05:00:00 pm"},
		{"whole days", "2026-03-28", "2026-03-29", `,"skip_time":"Y"`, "DATE_TO", "03/29/2026 03/30/2026 03/31/2026"},
	} {
		id := add(t, b.admin, fmt.Sprintf(`"type":"user","ownerId":1,"name":"x","from":"%s","to":"%s","rrule":{"FREQ":"DAILY","COUNT":3}%s`, tc.from, tc.to, tc.more))
		want := ""
		for i, value := range split(tc.want) {
			want += map[bool]string{true: " "}[i > 0] + id + "@" + value
		}
		wantText(t, tc.what, instances(t, b.admin, in2026, tc.field), want)
		b.admin.Call("calendar.event.delete", `{"id":`+id+`}`)
	}
}

// split parts dates with an hour, or single words.
func split(text string) []string {
	words, per := strings.Fields(text), 1
	if strings.HasSuffix(text, "m") {
		per = 3
	}
	var out []string
	for ; len(words) > 0; words = words[per:] {
		out = append(out, strings.Join(words[:per], " "))
	}
	return out
}

func TestGetExpandsInsideTheWindow(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, daily+`,"rrule":{"FREQ":"DAILY","INTERVAL":2}`)
	single := add(t, b.admin, `"type":"user","ownerId":1,"name":"One","from":"2026-03-30 10:00","to":"2026-03-30 11:00"`)
	for window, want := range map[string]string{
		`"from":"2026-03-27","to":"2026-03-31"`:                   "1 1 2 1",
		`"from":"2026-03-28","to":"2026-03-28"`:                   "",
		`"from":"2026-03-26","to":"2026-03-26"`:                   "",
		`"from":"2026-03-29T18:00:00","to":"2026-03-29T19:00:00"`: "1",
		`"from":"2026-03-29T18:00:01","to":"2026-03-29T19:00:00"`: "",
		`"from":"2026-03-29T16:00:00","to":"2026-03-29T17:00:00"`: "1",
		`"from":"2026-03-29T16:00:00","to":"2026-03-29T16:59:59"`: "",
		`"from":"9998-12-30","to":"9998-12-31"`:                   "1",
	} {
		got := strings.ReplaceAll(instances(t, b.admin, `{"type":"user",`+window+`}`, "DELETED"), "@N", "")
		wantText(t, window, got, want)
	}
	wantText(t, "by default", fmt.Sprint(len(rowsOf(t, b.admin.Call("calendar.event.get", `{"type":"user"}`)))), "33")
	// From 1 March on for 366 days: every other day from 27 March to 1 March, and the single one.
	wantText(t, "without an end", fmt.Sprint(len(rowsOf(t, b.admin.Call("calendar.event.get", `{"type":"user","from":"2020-01-01"}`)))), "171")
	if id != "1" || single != "2" {
		t.Error(id, single)
	}
}

func TestAnAnswerHasABoundOfInstances(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, `"type":"user","ownerId":1,"name":"x","from":"1990-01-01","to":"1990-01-01","skip_time":"Y","rrule":{"FREQ":"DAILY"}`)
	want := `{"error":"ERROR_ARGUMENT","error_description":"The events recur more than 10000 times: ask for a shorter time by from and to","argument":"from"}`
	for _, window := range []string{`"from":"1990-01-01","to":"2030-01-01"`, `"from":"0002-01-01","to":"9999-12-31"`} {
		if a := b.admin.Call("calendar.event.get", `{"type":"user",`+window+`}`); a.Status != 400 || a.Text != want {
			t.Errorf("%s: %d %.200s", window, a.Status, a.Text)
		}
	}
	// A series counts even without an instance.
	yearly := add(t, b.admin, `"type":"user","ownerId":1,"name":"x","from":"2026-07-01","to":"2026-07-01","rrule":{"FREQ":"YEARLY"}`)
	b.admin.Call("calendar.event.delete", `{"id":`+id+`}`)
	b.copies(yearly, 101, 10_099)
	if got := instances(t, b.admin, `{"type":"user","from":"2027-01-01","to":"2027-01-02"}`, "ID"); got != "" {
		t.Errorf("10000 series: %.200s", got)
	}
	b.copies(yearly, 10_100, 10_100)
	if a := b.admin.Call("calendar.event.get", `{"type":"user","from":"2027-01-01","to":"2027-01-02"}`); a.Status != 400 || a.Text != want {
		t.Errorf("10001 series: %d %.200s", a.Status, a.Text)
	}
}

// series is a daily entry of ten instances, and a caller of update for it.
func series(t *testing.T, more string) (*bench, func(params string) testportal.Answer) {
	t.Helper()
	b := open(t)
	id := add(t, b.admin, daily+`,"rrule":{"FREQ":"DAILY","COUNT":10}`+more)
	for _, code := range []string{"ADD", "UPDATE", "DELETE"} {
		b.admin.Call("event.bind", `{"event":"ONCALENDARENTRY`+code+`","handler":"https://app.example.com/h"}`)
	}
	b.Queue.Take()
	return b, func(params string) testportal.Answer {
		return b.admin.Call("calendar.event.update", `{"id":`+id+`,"type":"user","ownerId":1,`+params+`}`)
	}
}

func raised(b *bench) string {
	var out []string
	for _, a := range b.Queue.Take() {
		out = append(out, strings.TrimPrefix(a.Event.Code, "ONCALENDAR")+string(a.Event.Data))
	}
	return strings.Join(out, " ")
}

// Section 2.1, the result of update.
func TestUpdateOfThisInstanceMakesAnEntryOfIt(t *testing.T) {
	b, update := series(t, `,"timezone_from":"Europe/Riga","is_meeting":"Y","attendees":[2],"remind":[{"type":"min","count":5}]`)
	a := update(`"recurrence_mode":"this","current_date_from":"2026-03-29","name":"Changed","from":"2026-03-29 20:00","rrule":{"FREQ":"YEARLY"}`)
	wantFields(t, a.Row(), map[string]any{"originalDate": "03/29/2026 05:00:00 pm", "instanceTz": "Europe/Riga", "recEventId": 2, "id": 1})
	series, single := get(t, b.admin, "1"), get(t, b.admin, "2")
	if len(a.Row()) != 5 || a.Row()["originalDavXmlId"] != series["DAV_XML_ID"] {
		t.Errorf("%s", a.Text)
	}
	wantFields(t, series, map[string]any{"EXDATE": "03/29/2026", "NAME": "Daily", "VERSION": "2", "RECURRENCE_ID": nil})
	wantFields(t, single, map[string]any{
		"NAME": "Changed", "DATE_FROM": "03/29/2026 08:00:00 pm", "DATE_TO": "03/29/2026 09:00:00 pm", "RRULE": "", "EXDATE": "", "VERSION": "1",
		"RECURRENCE_ID": 1, "ORIGINAL_DATE_FROM": "03/29/2026 05:00:00 pm", "RELATIONS": map[string]any{"COMMENT_XML_ID": "EVENT_1_03/29/2026"},
		"ATTENDEES_CODES": []any{"U1", "U2"}, "REMIND": []any{map[string]any{"type": "min", "count": 5}},
	})
	wantText(t, "rows", instances(t, b.admin, `{"type":"user","from":"2026-03-28","to":"2026-03-30"}`, "DATE_FROM"),
		"1@03/28/2026 05:00:00 pm 2@03/29/2026 08:00:00 pm 1@03/30/2026 05:00:00 pm")
	wantText(t, "events", raised(b), `ENTRYUPDATE{"id":"1"} ENTRYADD{"id":"2"}`)
	wantError(t, update(`"recurrence_mode":"this","current_date_from":"2026-03-29"`), `Invalid value for the parameter "current_date_from"`)
	// What is not given stays as the instance has it.
	update(`"recurrence_mode":"this","current_date_from":"2026-03-28T17:00:00+02:00"`)
	wantFields(t, get(t, b.admin, "3"), map[string]any{"DATE_FROM": "03/28/2026 05:00:00 pm", "DATE_TO": "03/28/2026 06:00:00 pm", "NAME": "Daily"})
	wantFields(t, get(t, b.admin, "1"), map[string]any{"EXDATE": "03/28/2026;03/29/2026"})
}

func TestUpdateOfTheNextInstancesSplitsTheSeries(t *testing.T) {
	b, update := series(t, ``)
	update(`"recurrence_mode":"this","current_date_from":"2026-03-28"`)
	update(`"recurrence_mode":"this","current_date_from":"2026-04-03"`)
	b.Queue.Take()
	a := update(`"recurrence_mode":"next","current_date_from":"04/01/2026","name":"Rest"`)
	wantFields(t, a.Row(), map[string]any{"originalDate": "04/01/2026 05:00:00 pm", "recEventId": 4, "id": 1})
	wantText(t, "events", raised(b), `ENTRYUPDATE{"id":"1"} ENTRYADD{"id":"4"}`)
	wantFields(t, get(t, b.admin, "1"), map[string]any{"EXDATE": "03/28/2026", "NAME": "Daily",
		"RRULE": map[string]any{"FREQ": "DAILY", "INTERVAL": 1, "UNTIL": "03/31/2026", "~UNTIL": "03/31/2026", "UNTIL_TS": 1774915200.0}})
	wantFields(t, get(t, b.admin, "4"), map[string]any{"EXDATE": "04/03/2026", "NAME": "Rest", "RECURRENCE_ID": nil, "ORIGINAL_DATE_FROM": nil,
		"RELATIONS": map[string]any{"ORIGINAL_RECURSION_ID": 1}, "DATE_FROM": "04/01/2026 05:00:00 pm",
		"RRULE": map[string]any{"FREQ": "DAILY", "COUNT": 5, "INTERVAL": 1, "UNTIL": "04/05/2026", "~UNTIL": "04/05/2026", "UNTIL_TS": 1775347200.0}})
	days := strings.ReplaceAll(instances(t, b.admin, in2026, "DATE_FROM"), "/2026 05:00:00 pm", "")
	wantText(t, "rows", days, "1@03/27 2@03/28 1@03/29 1@03/30 1@03/31 4@04/01 4@04/02 3@04/03 4@04/04 4@04/05")
	if got := instances(t, b.admin, in2026, "NAME"); strings.Count(got, "Rest") != 4 {
		t.Errorf("the rest is not changed: %s", got)
	}
	// The rest may have a rule of its own, or none.
	b.admin.Call("calendar.event.update", `{"id":4,"type":"user","ownerId":1,"recurrence_mode":"next","current_date_from":"2026-04-04","rrule":{"FREQ":"WEEKLY","COUNT":2}}`)
	wantText(t, "rows", strings.ReplaceAll(instances(t, b.admin, `{"type":"user","from":"2026-04-02","to":"2026-05-01"}`, "DATE_FROM"), "/2026 05:00:00 pm", ""),
		"4@04/02 3@04/03 5@04/04 5@04/11")
}

func TestUpdateOfTheNextFromTheFirstInstanceChangesTheSeries(t *testing.T) {
	b, update := series(t, ``)
	a := update(`"recurrence_mode":"next","current_date_from":"2026-03-27","name":"Changed"`)
	wantFields(t, a.Row(), map[string]any{"originalDate": "03/27/2026 05:00:00 pm", "recEventId": 1, "id": 1})
	wantText(t, "events", raised(b), `ENTRYUPDATE{"id":"1"}`)
	if rows := rowsOf(t, b.admin.Call("calendar.event.get", in2026)); len(rows) != 10 {
		t.Errorf("%d instances", len(rows))
	}
}

func TestUpdateOfAllInstances(t *testing.T) {
	b, update := series(t, ``)
	update(`"recurrence_mode":"this","current_date_from":"2026-03-28"`)
	for _, mode := range []string{``, `"recurrence_mode":"all",`, `"recurrence_mode":"",`} {
		if a := update(mode + `"from":"2026-03-27 09:00"`); fmt.Sprint(a.Result()) != "1" {
			t.Fatalf("%s: %d %s", mode, a.Status, a.Text)
		}
	}
	days := strings.ReplaceAll(instances(t, b.admin, `{"type":"user","to":"2026-03-30"}`, "DATE_FROM"), "/2026", "")
	wantText(t, "rows", days, "1@03/27 09:00:00 am 2@03/28 05:00:00 pm 1@03/29 09:00:00 am 1@03/30 09:00:00 am")
	update(`"rrule":{"FREQ":"WEEKLY","COUNT":2}`)
	wantText(t, "rows", strings.ReplaceAll(instances(t, b.admin, in2026, "DATE_FROM"), "/2026", ""), "1@03/27 09:00:00 am 2@03/28 05:00:00 pm 1@04/03 09:00:00 am")
	update(`"rrule":[]`)
	wantFields(t, get(t, b.admin, "1"), map[string]any{"RRULE": "", "EXDATE": ""})
	wantText(t, "rows", strings.ReplaceAll(instances(t, b.admin, in2026, "DATE_FROM"), "/2026", ""), "1@03/27 09:00:00 am 2@03/28 05:00:00 pm")
	// What does not recur changes as a whole, whatever is said.
	if a := update(`"recurrence_mode":"this","name":"One"`); fmt.Sprint(a.Result()) != "1" || get(t, b.admin, "1")["NAME"] != "One" {
		t.Errorf("%d %s", a.Status, a.Text)
	}
}

func TestModesOfUpdateThatAreRefused(t *testing.T) {
	b, update := series(t, ``)
	const mode = "An invalid editing type for the recurring event is specified"
	for params, want := range map[string]string{
		`"recurrence_mode":"some"`:                                      mode,
		`"recurrence_mode":["this"]`:                                    mode,
		`"recurrence_mode":1`:                                           mode,
		`"recurrence_mode":"this"`:                                      `The required parameter "current_date_from" for the method "calendar.event.update" is not set`,
		`"recurrence_mode":"next","current_date_from":""`:               `The required parameter "current_date_from" for the method "calendar.event.update" is not set`,
		`"recurrence_mode":"this","current_date_from":"soon"`:           `Invalid value for the parameter "current_date_from"`,
		`"recurrence_mode":"this","current_date_from":"2026-03-26"`:     `Invalid value for the parameter "current_date_from"`,
		`"recurrence_mode":"next","current_date_from":"2026-04-06"`:     `Invalid value for the parameter "current_date_from"`,
		`"rrule":{"FREQ":"DAILY","UNTIL":"2026-03-26"}`:                 `Invalid value for the parameter "rrule"`,
		`"rrule":{"FREQ":"WEEKLY","UNTIL":"2026-03-27","BYDAY":["MO"]}`: `Invalid value for the parameter "rrule"`,
	} {
		t.Log(params)
		wantError(t, update(params), want)
	}
	wantFields(t, get(t, b.admin, "1"), map[string]any{"VERSION": "1"})
	if got := raised(b); got != "" {
		t.Errorf("refused calls raised %s", got)
	}
}

func TestWholeDaysAreSplitByTheirDate(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, `"type":"user","ownerId":1,"name":"x","from":"2026-03-28","to":"2026-03-28","skip_time":"Y","rrule":{"FREQ":"DAILY","COUNT":3}`)
	a := b.admin.Call("calendar.event.update", `{"id":`+id+`,"type":"user","ownerId":1,"recurrence_mode":"this","current_date_from":"2026-03-29T00:00:00+02:00"}`)
	wantFields(t, a.Row(), map[string]any{"originalDate": "03/29/2026", "instanceTz": "", "recEventId": 2})
	wantFields(t, get(t, b.admin, "2"), map[string]any{"ORIGINAL_DATE_FROM": "03/29/2026", "DATE_FROM": "03/29/2026", "DT_SKIP_TIME": "Y", "DT_LENGTH": 86400})
	wantText(t, "rows", instances(t, b.admin, in2026, "DATE_FROM"), "1@03/28/2026 2@03/29/2026 1@03/30/2026")
}

func TestASeriesIsDeletedWithWhatWasMadeOfIt(t *testing.T) {
	b, update := series(t, ``)
	update(`"recurrence_mode":"this","current_date_from":"2026-03-28"`)
	update(`"recurrence_mode":"this","current_date_from":"2026-03-30"`)
	update(`"recurrence_mode":"next","current_date_from":"2026-04-01"`)
	raised(b)
	// One entry goes alone.
	b.admin.Call("calendar.event.delete", `{"id":3}`)
	wantText(t, "events", raised(b), `ENTRYDELETE{"id":"3"}`)
	b.copies("2", 101, 220)
	if a := b.admin.Call("calendar.event.delete", `{"id":1}`); a.Result() != true {
		t.Fatalf("%d %s", a.Status, a.Text)
	}
	if got := raised(b); strings.Count(got, "ENTRYDELETE") != 122 || !strings.HasSuffix(got, `ENTRYDELETE{"id":"1"}`) {
		t.Errorf("raised %s", got)
	}
	wantText(t, "what is left", get(t, b.admin, "4")["NAME"].(string), "Daily")
	if rows := rowsOf(t, b.admin.Call("calendar.event.get", in2026)); len(rows) != 5 {
		t.Errorf("%d rows", len(rows))
	}
}

func TestAttendeesSeeInstances(t *testing.T) {
	b := open(t)
	add(t, b.admin, daily+`,"rrule":{"FREQ":"DAILY","COUNT":2},"is_meeting":"Y","attendees":[2]`)
	for user, want := range map[onevent.UserID]int{testportal.User: 2, other: 0} {
		c := testportal.As(b.handler, b.Token(user))
		if rows := rowsOf(t, c.Call("calendar.event.get", in2026)); len(rows) != want {
			t.Errorf("user %d sees %d", user, len(rows))
		}
	}
}

// A counted series that moves has as many instances as before; one that grows
// longer is found until its last instance ends.
func TestASeriesThatMovesEndsLater(t *testing.T) {
	b, update := series(t, ``)
	update(`"from":"2026-04-27 09:00"`)
	wantFields(t, get(t, b.admin, "1"), map[string]any{"DATE_FROM": "04/27/2026 09:00:00 am", "~RRULE_DESCRIPTION": "every day, from 04/27/2026 until 05/06/2026"})
	if rows := rowsOf(t, b.admin.Call("calendar.event.get", in2026)); len(rows) != 10 {
		t.Errorf("%d instances", len(rows))
	}
	update(`"to":"2026-06-01 09:00"`)
	wantText(t, "while it goes on", instances(t, b.admin, `{"type":"user","from":"2026-06-10","to":"2026-06-10"}`, "DATE_FROM"), "1@05/06/2026 09:00:00 am")
	update(`"skip_time":"Y"`)
	wantText(t, "by whole days", instances(t, b.admin, `{"type":"user","from":"2026-06-10T20:00:00Z","to":"2026-06-10T21:00:00Z"}`, "DATE_TO"), "1@06/10/2026")
}
