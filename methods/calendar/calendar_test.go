package calendar_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/methods/calendar"
	"github.com/onevent/onevent/publish"
)

// entry is what a new entry of user 1 is made of when a test says no more.
const entry = `"type":"user","ownerId":1,"name":"Entry","from":"2024-12-11T17:59:00","to":"2024-12-11T18:59:00"`

type bench struct {
	*testportal.Portal
	handler           http.Handler
	admin, user, host testportal.Caller
}

// other is a third user, an ordinary one.
const other onevent.UserID = 3

func open(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	p := testportal.Open(t)
	p.ChangeUser(other, func(u *onevent.User) { u.Name = "Other" })
	h := p.Handler(p.Methods()...)
	return &bench{p, h, testportal.As(h, p.Token(testportal.Admin)), testportal.As(h, p.Token(testportal.User)), testportal.As(h, p.Token(other))}
}

func add(t *testing.T, c testportal.Caller, params string) string {
	t.Helper()
	a := c.Call("calendar.event.add", "{"+params+"}")
	id, ok := a.Result().(float64)
	if !ok {
		t.Fatalf("add: %d %s", a.Status, a.Text)
	}
	return fmt.Sprint(int(id))
}

func get(t *testing.T, c testportal.Caller, id string) map[string]any {
	t.Helper()
	a := c.Call("calendar.event.getbyid", `{"id":`+id+`}`)
	if a.Row() == nil {
		t.Fatalf("getbyid: %d %s", a.Status, a.Text)
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

func wantFields(t *testing.T, row map[string]any, want map[string]any) {
	t.Helper()
	for field, value := range want {
		if got, ok := row[field]; !ok || fmt.Sprint(got) != fmt.Sprint(value) {
			t.Errorf("%s is %v, want %v", field, got, value)
		}
	}
}

// docs/protocol/methods-activities-calendar-users.md section 2.1.
func TestAddChecksInOrder(t *testing.T) {
	b := open(t)
	missing := func(name string) string {
		return `The required parameter "` + name + `" for the method "calendar.event.add" is not set`
	}
	dates := `"from":"2024-12-11","to":"2024-12-11"`
	for params, want := range map[string]string{
		``:                                missing("from"),
		`"from":"x"`:                      missing("to"),
		`"from_ts":0,"to_ts":"1"`:         missing("name"),
		dates:                             missing("name"),
		dates + `,"name":"x"`:             missing("ownerId"),
		dates + `,"name":"x","ownerId":1`: missing("type"),
		dates + `,"name":"x","ownerId":1,"type":"user","auto_detect_section":"N"`:         missing("section"),
		dates + `,"name":"x","ownerId":1,"type":"group"`:                                  "Access denied",
		dates + `,"name":"x","ownerId":0,"type":"company_calendar"`:                       "Access denied",
		dates + `,"name":"x","ownerId":77,"type":"user"`:                                  "Access denied",
		dates + `,"name":"x","ownerId":"me","type":"user"`:                                "Access denied",
		dates + `,"name":"x","ownerId":1,"type":"user","section":77`:                      "You specified an invalid calendar section ID or the user does not have access to it",
		dates + `,"name":5,"ownerId":1,"type":"user","rrule":{"FREQ":"HOURLY"}`:           `Invalid value for the parameter "name"`,
		dates + `,"name":["x"],"ownerId":1,"type":"user"`:                                 `Invalid value for the parameter "name"`,
		dates + `,"name":"x","ownerId":1,"type":"user","description":{}`:                  `Invalid value for the parameter "description"`,
		dates + `,"name":"x","ownerId":1,"type":"user","rrule":{"FREQ":"HOURLY"}`:         `Invalid value for the parameter "rrule"`,
		dates + `,"name":"x","ownerId":1,"type":"user","crm_fields":"CO_1"`:               "The list of event links to CRM must be an array",
		`"from":"soon","to":"2024-12-11","name":"x","ownerId":1,"type":"user"`:            `Invalid value for the parameter "from"`,
		`"from":"2024-12-11","to":"then","name":"x","ownerId":1,"type":"user"`:            `Invalid value for the parameter "to"`,
		`"from":"2024-12-11","to":"2024-12-10","name":"x","ownerId":1,"type":"user"`:      `Invalid value for the parameter "to"`,
		`"from_ts":99999999999999,"to":"2024-12-10","name":"x","ownerId":1,"type":"user"`: `Invalid value for the parameter "from"`,
	} {
		t.Log(params)
		wantError(t, b.admin.Call("calendar.event.add", "{"+params+"}"), want)
	}
	wantError(t, b.user.Call("calendar.event.add", "{"+entry+"}"), "Access denied")
	if got := b.Queue.Take(); len(got) != 0 {
		t.Errorf("a refused call raised %+v", got)
	}
}

// Section 2.2: every key of the table, in its form.
func TestGetByIDShowsTheEventObject(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, entry+`,"timezone_from":"Europe/Riga","is_meeting":"Y","attendees":[2,2,77],"location":"Room","description":"d","private_event":"Y",`+
		`"remind":[{"type":"min","count":50},{"type":"year","count":1}],"crm_fields":["CO_1"],"meeting":{"notify":"Y","reinvite":false},"section":1,"color":"#123456","accessibility":"loud"`)
	row := get(t, b.admin, id)
	wantFields(t, row, map[string]any{
		"ID": "1", "PARENT_ID": "1", "OWNER_ID": "1", "CREATED_BY": "1", "SECTION_ID": "1", "SECT_ID": "1", "VERSION": "1", "MEETING_HOST": "1",
		"DELETED": "N", "DT_SKIP_TIME": "N", "CAL_TYPE": "user", "NAME": "Entry", "DESCRIPTION": "d", "~DESCRIPTION": "d", "LOCATION": "Room", "COLOR": "#123456",
		"DATE_FROM": "12/11/2024 05:59:00 pm", "DATE_TO": "12/11/2024 06:59:00 pm", "DATE_CREATE": "03/01/2026 02:00:00 pm", "TIMESTAMP_X": "03/01/2026 02:00:00 pm",
		"DATE_FROM_FORMATTED": "Wed Dec 11 2024 17:59:00", "DATE_TO_FORMATTED": "Wed Dec 11 2024 18:59:00",
		"ORIGINAL_DATE_FROM": nil, "EVENT_TYPE": nil, "SYNC_STATUS": nil, "SECTION_DAV_XML_ID": nil, "COLLAB_ID": nil, "RECURRENCE_ID": nil, "RELATIONS": nil,
		"TZ_FROM": "Europe/Riga", "TZ_TO": "Europe/Riga", "TZ_OFFSET_FROM": "7200", "TZ_OFFSET_TO": "7200",
		"DATE_FROM_TS_UTC": "1733932740", "DATE_TO_TS_UTC": "1733936340", "~USER_OFFSET_FROM": 0, "~USER_OFFSET_TO": 0, "DT_LENGTH": 3600,
		"PRIVATE_EVENT": "1", "ACCESSIBILITY": "busy", "IMPORTANCE": "normal", "IS_MEETING": true, "MEETING_STATUS": "H",
		"MEETING": map[string]any{"HOST_NAME": "Administrator", "NOTIFY": true, "REINVITE": false, "ALLOW_INVITE": false, "HIDE_GUESTS": false, "MEETING_CREATOR": 1, "LANGUAGE_ID": "en", "MAIL_FROM": ""},
		"REMIND":  []any{map[string]any{"type": "min", "count": 50}}, "RRULE": "", "~RRULE_DESCRIPTION": "", "EXDATE": "",
		"G_EVENT_ID": "", "DAV_EXCH_LABEL": "", "CAL_DAV_LABEL": "", "ATTENDEES_CODES": []any{"U1", "U2"}, "UF_CRM_CAL_EVENT": []any{"CO_1"}, "UF_WEBDAV_CAL_EVENT": false,
		"ATTENDEE_LIST":       []any{map[string]any{"id": 1, "entryId": "1", "status": "H"}, map[string]any{"id": 2, "entryId": "1", "status": "Q"}},
		"attendeesEntityList": []any{map[string]any{"entityId": "user", "id": 1}, map[string]any{"entityId": "user", "id": 2}},
	})
	if row["DAV_XML_ID"] == "" || len(row) != 57 {
		t.Errorf("%d keys, DAV_XML_ID %v", len(row), row["DAV_XML_ID"])
	}
	if attendee := get(t, b.user, id); attendee["MEETING_STATUS"] != "Q" {
		t.Errorf("the attendee's status is %v", attendee["MEETING_STATUS"])
	}
}

func TestDatesInAllTheirForms(t *testing.T) {
	b := open(t)
	head := `"type":"user","ownerId":1,"name":"x",`
	for params, want := range map[string]map[string]any{
		`"from":"2024-12-11T17:59:00","to":"2024-12-11T17:59:00"`:                                                       {"DATE_FROM": "12/11/2024 05:59:00 pm", "TZ_FROM": "Europe/Riga", "DT_LENGTH": 0},
		`"from":"2024-12-11T17:59:00+00:00","to":"2024-12-12T00:00:00Z"`:                                                {"DATE_FROM": "12/11/2024 07:59:00 pm", "DATE_TO": "12/12/2024 02:00:00 am"},
		`"from":"12/11/2024 05:59:00 pm","to":"12/11/2024 06:00:00 pm"`:                                                 {"DATE_FROM_TS_UTC": "1733932740", "DT_LENGTH": 60},
		`"from_ts":1733932740,"to_ts":"1733932741"`:                                                                     {"DATE_FROM": "12/11/2024 05:59:00 pm", "DT_LENGTH": 1},
		`"from":"2024-12-11 17:59","to":"2024-12-11 18:00","timezone_from":"UTC"`:                                       {"DATE_FROM_TS_UTC": "1733939940", "TZ_TO": "UTC", "TZ_OFFSET_FROM": "0", "~USER_OFFSET_FROM": -7200},
		`"from":"2024-12-11 17:59","to":"2024-12-11 19:00","timezone_from":"UTC","timezone_to":"Europe/Riga"`:           {"TZ_FROM": "UTC", "TZ_TO": "Europe/Riga", "DATE_TO_TS_UTC": "1733936400", "DATE_FROM_TS_UTC": "1733939940", "error": "to"},
		`"from":"2024-12-11 17:59","to":"2024-12-11 18:00","timezone_from":"Mars/Base"`:                                 {"TZ_FROM": "Europe/Riga"},
		`"from":"2024-12-11T17:59:00+02:00","to":"2024-12-11T18:59:00+02:00","timezone_from":"UTC","timezone_to":"UTC"`: {"TZ_FROM": "Europe/Riga", "TZ_TO": "Europe/Riga", "DATE_FROM": "12/11/2024 05:59:00 pm"},
		`"from":"2024-12-11","to":"2024-12-12","skip_time":"Y"`:                                                         {"DT_SKIP_TIME": "Y", "DATE_FROM": "12/11/2024", "DATE_TO": "12/12/2024", "DT_LENGTH": 172800, "TZ_FROM": "", "TZ_OFFSET_FROM": "0", "DATE_FROM_TS_UTC": "1733875200"},
		`"from":"2024-12-11T23:00:00","to":"2024-12-11","skipTime":"Y"`:                                                 {"DATE_FROM": "12/11/2024", "DT_LENGTH": 86400},
		`"from":"2024-12-11","to":"2024-12-11"`:                                                                         {"DT_SKIP_TIME": "N", "DATE_FROM": "12/11/2024 12:00:00 am"},
	} {
		if want["error"] != nil {
			wantError(t, b.admin.Call("calendar.event.add", "{"+head+params+"}"), `Invalid value for the parameter "to"`)
			continue
		}
		t.Log(params)
		wantFields(t, get(t, b.admin, add(t, b.admin, head+params)), want)
	}
}

func TestDatesWithoutAnOffsetAreInTheUsersZone(t *testing.T) {
	b := open(t)
	b.ChangeUser(testportal.User, func(u *onevent.User) { u.TimeZone = "America/New_York" })
	id := add(t, b.user, `"type":"user","ownerId":2,"name":"x","from":"2024-12-11 12:00","to":"2024-12-11 13:00"`)
	wantFields(t, get(t, b.admin, id), map[string]any{"TZ_FROM": "America/New_York", "DATE_FROM": "12/11/2024 12:00:00 pm", "DATE_FROM_TS_UTC": "1733936400", "~USER_OFFSET_FROM": -25200})
}

func TestUpdateChangesWhatIsGiven(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, entry+`,"is_meeting":"Y","attendees":[2],"remind":[{"type":"min","count":5}]`)
	update := func(params string) map[string]any {
		t.Helper()
		a := b.admin.Call("calendar.event.update", `{"id":`+id+`,"type":"user","ownerId":1`+params+`}`)
		if a.Status != 200 || fmt.Sprint(a.Result()) != id {
			t.Fatalf("update %s: %d %s", params, a.Status, a.Text)
		}
		return get(t, b.admin, id)
	}
	b.Clock.Advance(60e9)
	wantFields(t, update(``), map[string]any{"NAME": "Entry", "DATE_FROM": "12/11/2024 05:59:00 pm", "ATTENDEES_CODES": []any{"U1", "U2"}, "VERSION": "2", "TIMESTAMP_X": "03/01/2026 02:01:00 pm"})
	wantFields(t, update(`,"name":" ","description":"d","importance":"high","attendees":[3]`), map[string]any{"NAME": "New event", "DESCRIPTION": "d", "IMPORTANCE": "high", "ATTENDEES_CODES": []any{"U1", "U3"}})
	wantFields(t, update(`,"from":"2025-01-01 10:00"`), map[string]any{"DATE_FROM": "01/01/2025 10:00:00 am", "DATE_TO": "01/01/2025 11:00:00 am"})
	wantFields(t, update(`,"skip_time":"Y"`), map[string]any{"DATE_FROM": "01/01/2025", "DATE_TO": "01/01/2025", "DT_LENGTH": 86400})
	wantFields(t, update(`,"name":"y"`), map[string]any{"DATE_FROM": "01/01/2025", "NAME": "y", "REMIND": []any{map[string]any{"type": "min", "count": 5}}})
	wantFields(t, update(`,"is_meeting":"Y"`), map[string]any{"ATTENDEES_CODES": []any{"U1"}})
	wantFields(t, update(`,"is_meeting":"N","remind":[]`), map[string]any{"ATTENDEES_CODES": []any{}, "IS_MEETING": false, "REMIND": []any{}})
}

func TestUpdateAndDeleteChecks(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, entry)
	missing := `The required parameter "%" for the method "calendar.event.update" is not set`
	for _, tc := range []struct{ method, params, want string }{
		{"update", `{}`, strings.Replace(missing, "%", "id", 1)},
		{"update", `{"id":1}`, strings.Replace(missing, "%", "ownerId", 1)},
		{"update", `{"id":1,"ownerId":1}`, strings.Replace(missing, "%", "type", 1)},
		{"update", `{"id":77,"ownerId":1,"type":"user"}`, "An error occurred while changing the event"},
		{"update", `{"id":` + id + `,"ownerId":1,"type":"user","rrule":{"FREQ":"HOURLY"}}`, `Invalid value for the parameter "rrule"`},
		{"update", `{"id":` + id + `,"ownerId":1,"type":"user","crm_fields":"x"}`, "The list of event links to CRM must be an array"},
		{"delete", `{}`, "Event id not specified"},
		{"delete", `{"id":"x"}`, "Event id not specified"},
		{"delete", `{"id":77}`, "An error occurred while deleting the event"},
		{"get", `{}`, `The required parameter "type" for the method "calendar.event.get" is not set`},
		{"get", `{"type":"user","from":"soon"}`, `Invalid value for the parameter "from"`},
		{"getbyid", `{}`, `The required parameter "id" for the method "calendar.event.getbyid" is not set`},
	} {
		t.Log(tc.method, tc.params)
		wantError(t, b.admin.Call("calendar.event."+tc.method, tc.params), tc.want)
	}
	if a := b.admin.Call("calendar.event.getbyid", `{"id":77}`); !strings.HasPrefix(a.Text, `{"result":null,"time"`) {
		t.Errorf("got %s", a.Text)
	}
}

func TestRights(t *testing.T) {
	b := open(t)
	id := add(t, b.user, `"type":"user","ownerId":2,"name":"x","from":"2026-03-02","to":"2026-03-02","is_meeting":"Y","attendees":[2]`)
	update := func(c testportal.Caller, more string) testportal.Answer {
		return c.Call("calendar.event.update", `{"id":`+id+`,"type":"user","ownerId":2`+more+`}`)
	}
	stranger := b.host
	if a := stranger.Call("calendar.event.getbyid", `{"id":`+id+`}`); !strings.HasPrefix(a.Text, `{"result":null,`) {
		t.Errorf("a stranger reads %s", a.Text)
	}
	wantError(t, update(stranger, `,"host":2`), "Access denied")
	wantError(t, stranger.Call("calendar.event.delete", `{"id":`+id+`}`), "Access denied")
	wantError(t, update(b.admin, `,"attendees":[2,3]`), "Access denied")
	wantError(t, update(b.admin, `,"attendees":[2,3],"host":1`), "Access denied")
	if a := update(b.admin, `,"attendees":[2,3],"host":2`); a.Status != 200 {
		t.Fatalf("the administrator: %s", a.Text)
	}
	attendee := stranger
	get(t, attendee, id)
	wantError(t, update(attendee, ``), "Access denied")
	wantError(t, update(attendee, `,"host":3`), "Access denied")
	if a := update(attendee, `,"host":"2"`); a.Status != 200 {
		t.Errorf("an attendee that names the organizer: %s", a.Text)
	}
	wantError(t, attendee.Call("calendar.event.delete", `{"id":`+id+`}`), "Access denied")
	if a := b.user.Call("calendar.event.delete", `{"id":`+id+`}`); a.Status != 200 || a.Result() != true {
		t.Errorf("the owner: %d %s", a.Status, a.Text)
	}
}

func names(t *testing.T, c testportal.Caller, params string) string {
	t.Helper()
	a := c.Call("calendar.event.get", params)
	rows, ok := a.Result().([]any)
	if !ok {
		t.Fatalf("get %s: %d %s", params, a.Status, a.Text)
	}
	var out []string
	for _, row := range rows {
		out = append(out, row.(map[string]any)["NAME"].(string))
	}
	if _, paged := a.Body["total"]; paged {
		t.Errorf("get has a total: %s", a.Text)
	}
	return strings.Join(out, " ")
}

func TestGetShowsAWindowOfACalendar(t *testing.T) {
	b := open(t)
	for name, date := range map[string]string{"before": "2026-01-29", "edge": "2026-01-31", "soon": "2026-03-02", "late": "2026-05-29", "after": "2026-06-01", "year": "2027-03-01"} {
		add(t, b.admin, `"type":"user","ownerId":1,"name":"`+name+`","from":"`+date+` 10:00","to":"`+date+` 11:00"`)
	}
	add(t, b.user, `"type":"user","ownerId":2,"name":"invited","from":"2026-03-03","to":"2026-03-03","is_meeting":"Y","attendees":[1]`)
	add(t, b.user, `"type":"user","ownerId":2,"name":"private","from":"2026-03-04","to":"2026-03-04"`)
	for params, want := range map[string]string{
		`{"type":"user"}`:                                                         "edge soon invited late",
		`{"type":"user","ownerId":1}`:                                             "edge soon invited late",
		`{"type":"user","ownerId":"2"}`:                                           "invited private",
		`{"type":"user","from":"2026-03-01"}`:                                     "soon invited late after year",
		`{"type":"user","from":"2026-03-02","to":"2026-03-02"}`:                   "soon",
		`{"type":"user","from":"2026-03-02T11:00:01"}`:                            "invited late after year",
		`{"type":"user","from":"2026-03-02T11:00:00","to":"2026-03-02T11:00:00"}`: "soon",
		`{"type":"user","to":"2026-03-02"}`:                                       "edge soon",
		`{"type":"user","section":1}`:                                             "edge soon invited late",
		`{"type":"user","section":["1","5"]}`:                                     "edge soon invited late",
		`{"type":"user","section":[5]}`:                                           "",
	} {
		if got := names(t, b.admin, params); got != want {
			t.Errorf("%s: %q, want %q", params, got, want)
		}
	}
	if got := names(t, b.user, `{"type":"user","ownerId":1}`); got != "invited" {
		t.Errorf("the user sees %q in a foreign calendar", got)
	}
	row := b.admin.Call("calendar.event.get", `{"type":"user","from":"2026-03-02","to":"2026-03-02"}`).Result().([]any)[0].(map[string]any)
	wantFields(t, row, map[string]any{"TEXT_COLOR": "#000000", "ACTIVE": "Y", "DT_FROM": "03/02/2026 10:00:00 am", "DT_TO": "03/02/2026 11:00:00 am", "COLOR": "#E6A469"})
}

// copies puts an entry into the store again and again, under the ids from first
// to last.
func (b *bench) copies(id string, first, last int64) {
	b.T.Helper()
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		b.T.Fatal(err)
	}
	b.Update(func(tx onevent.Tx) error {
		record, err := tx.Record(b.ID, calendar.ObjectType, n)
		if err != nil {
			return err
		}
		for record.ID = first; record.ID <= last; record.ID++ {
			if err := tx.PutRecord(record); err != nil {
				return err
			}
		}
		return nil
	})
}

func rowsOf(t *testing.T, a testportal.Answer) []any {
	t.Helper()
	rows, ok := a.Result().([]any)
	if !ok {
		t.Fatalf("get: %d %.300s", a.Status, a.Text)
	}
	return rows
}

func TestGetShowsAllRowsHoweverManyAndHoweverTheyLie(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, entry)
	b.copies(id, 2, 1500)
	if rows := rowsOf(t, b.admin.Call("calendar.event.get", `{"type":"user","from":"2024-01-01"}`)); len(rows) != 1500 {
		t.Errorf("%d small rows", len(rows))
	}
	// In the store these take six bytes a character, and 25 MB in all.
	id = add(t, b.user, `"type":"user","ownerId":2,"name":"x","from":"2026-03-02","to":"2026-03-02","description":"`+strings.Repeat("<", 40_000)+`"`)
	b.copies(id, 6001, 6099)
	rows := rowsOf(t, b.user.Call("calendar.event.get", `{"type":"user"}`))
	if len(rows) != 100 {
		t.Fatalf("%d large rows", len(rows))
	}
	for i, row := range rows[1:] {
		if got := row.(map[string]any)["ID"]; got != strconv.Itoa(6001+i) {
			t.Errorf("row %d is %v", i, got)
		}
	}
}

func TestGetRefusesWhatWouldBeTooLong(t *testing.T) {
	b := open(t)
	long := `,"description":"` + strings.Repeat("x", 99_400) + `"`
	id := add(t, b.admin, `"type":"user","ownerId":1,"name":"x","from":"2026-03-02","to":"2026-03-02"`+long)
	add(t, b.admin, `"type":"user","ownerId":1,"name":"later","from":"2026-03-09","to":"2026-03-09"`)
	b.copies(id, 101, 182) // 83 of 201 KB are 16.7 MB
	rows := rowsOf(t, b.admin.Call("calendar.event.get", `{"type":"user"}`))
	if len(rows) != 84 {
		t.Errorf("%d rows", len(rows))
	}
	b.copies(id, 183, 183)
	a := b.admin.Call("calendar.event.get", `{"type":"user"}`)
	want := `{"error":"ERROR_ARGUMENT","error_description":"The events take more than 16777216 bytes: ask for a shorter time by from and to","argument":"from"}`
	if a.Status != 400 || a.Text != want {
		t.Errorf("%d %.300s", a.Status, a.Text)
	}
	if got := names(t, b.admin, `{"type":"user","from":"2026-03-05"}`); got != "later" {
		t.Errorf("a shorter time shows %q", got)
	}
	if got := names(t, b.host, `{"type":"user","ownerId":1}`); got != "" {
		t.Errorf("what a user may not read counts: %q", got)
	}
}

// Who may read an entry by its id finds it in the calendar, and nobody else.
func TestGetShowsExactlyWhatGetByIDShows(t *testing.T) {
	b := open(t)
	in := map[string][]onevent.UserID{} // by id: whose calendars show it
	for owner := range onevent.UserID(3) {
		for _, attendees := range [][]onevent.UserID{{}, {1}, {2}, {3}, {2, 3}} {
			list, _ := json.Marshal(attendees)
			id := add(t, b.admin, fmt.Sprintf(`"type":"user","ownerId":%d,"name":"x","from":"2026-03-02","to":"2026-03-02","is_meeting":"%s","attendees":%s`,
				owner+1, map[bool]string{true: "Y", false: "N"}[len(attendees) > 0], list))
			in[id] = append(attendees, owner+1)
			if len(attendees) > 0 {
				in[id] = append(in[id], 1) // the host attends
			}
		}
	}
	check := func(who string, caller testportal.Caller) {
		for owner := onevent.UserID(1); owner <= 3; owner++ {
			found := map[string]bool{}
			for _, row := range rowsOf(t, caller.Call("calendar.event.get", fmt.Sprintf(`{"type":"user","ownerId":%d}`, owner))) {
				found[row.(map[string]any)["ID"].(string)] = true
			}
			for id, calendars := range in {
				may := caller.Call("calendar.event.getbyid", `{"id":`+id+`}`).Row() != nil
				if want := may && slices.Contains(calendars, owner); found[id] != want {
					t.Errorf("%s in calendar %d: entry %s of %v is shown: %v", who, owner, id, calendars, found[id])
				}
			}
		}
	}
	check("an administrator", b.admin)
	check("user 2", b.user)
	check("user 3", b.host)
	b.ChangeUser(other, func(u *onevent.User) { u.Admin = true })
	b.ChangeUser(testportal.Admin, func(u *onevent.User) { u.Admin = false })
	check("who made them all", b.admin)
}

func TestChangesRaiseEventsWithTheIDAlone(t *testing.T) {
	b := open(t)
	for _, code := range []string{"ADD", "UPDATE", "DELETE"} {
		for _, user := range []string{"2", "3"} {
			b.admin.Call("event.bind", `{"event":"ONCALENDARENTRY`+code+`","handler":"https://app.example.com/h","auth_type":`+user+`}`)
		}
	}
	id := add(t, b.user, `"type":"user","ownerId":2,"name":"x","from":"2026-03-02","to":"2026-03-02"`)
	b.user.Call("calendar.event.update", `{"id":`+id+`,"type":"user","ownerId":2,"is_meeting":"Y","attendees":[3]}`)
	b.user.Call("calendar.event.delete", `{"id":`+id+`}`)
	var seen []string
	for _, got := range b.Queue.Take() {
		seen = append(seen, fmt.Sprintf("%s %s by %d to %d", strings.TrimPrefix(got.Event.Code, "ONCALENDARENTRY"), got.Event.Data, got.Event.Actor, len(got.Deliveries)))
		if got.Event.Object != (onevent.Object{Type: "calendar.entry", ID: id}) {
			t.Errorf("object %+v", got.Event.Object)
		}
	}
	want := []string{`ADD {"id":"1"} by 2 to 1`, `UPDATE {"id":"1"} by 2 to 2`, `DELETE {"id":"1"} by 2 to 2`}
	if !slices.Equal(seen, want) {
		t.Errorf("events %q, want %q", seen, want)
	}
}

func TestGuard(t *testing.T) {
	b := open(t)
	add(t, b.admin, entry+`,"is_meeting":"Y","attendees":[2]`)
	for _, tc := range []struct {
		user onevent.UserID
		id   string
		want publish.Access
	}{
		{1, "1", publish.AccessGranted}, {2, "1", publish.AccessGranted}, {other, "1", publish.AccessDenied},
		{2, "77", publish.AccessUnknown}, {2, "x", publish.AccessUnknown},
	} {
		err := b.Store.View(t.Context(), func(r onevent.Reader) error {
			got, err := calendar.Guard().MayRead(r, b.Row(), b.Directory.User(b.ID, tc.user), tc.id)
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

func TestBadInputIsNeverAFailureOfTheServer(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, entry)
	for _, name := range []string{"id", "type", "ownerId", "from", "to", "from_ts", "to_ts", "name", "section", "skip_time", "timezone_from", "timezone_to",
		"description", "color", "accessibility", "private_event", "rrule", "is_meeting", "attendees", "host", "meeting", "location", "remind", "crm_fields"} {
		for _, v := range []string{`null`, `[]`, `{}`, `"x"`, `1e999`, `-9223372036854775808`, `99999999999999999999`, `true`, `[[[]]]`, `{"a":{"b":[1]}}`, `"\u0000"`, `"\ud800"`,
			`"../../etc/passwd"`, `"Local"`, `[{"type":"min","count":1e999}]`, `253402300799`, `-62135596800`, `"0001-01-01"`, `"9999-12-31"`} {
			for _, method := range []string{"add", "update", "get", "getbyid"} {
				params := `{"id":` + id + `,` + entry + `,"` + name + `":` + v + `}`
				if a := b.admin.Call("calendar.event."+method, params); a.Status >= 500 || a.Body == nil {
					t.Errorf("%s %s: %d %s", method, params, a.Status, a.Text)
				} else if made, ok := a.Result().(float64); ok && method == "add" {
					b.admin.Call("calendar.event.delete", fmt.Sprintf(`{"id":%d}`, int(made)))
				}
			}
		}
	}
	if a := b.admin.Call("calendar.event.delete", `[]`); a.Status != 400 {
		t.Errorf("delete: %d %s", a.Status, a.Text)
	}
}

func TestGuestsCanBeHiddenFromEachOther(t *testing.T) {
	b := open(t)
	id := add(t, b.user, `"type":"user","ownerId":2,"name":"x","from":"2026-03-02","to":"2026-03-02","is_meeting":"Y","attendees":[1,3],"meeting":{"hide_guests":true}`)
	b.ChangeUser(4, func(u *onevent.User) { u.Name = "Fourth" })
	b.user.Call("calendar.event.update", `{"id":`+id+`,"type":"user","ownerId":2,"attendees":[3,4]}`)
	for _, tc := range []struct {
		who  testportal.Caller
		want []any
	}{
		{b.user, []any{"U2", "U3", "U4"}},
		{b.admin, []any{"U2", "U3", "U4"}},
		{b.host, []any{"U2", "U3"}},
	} {
		row := get(t, tc.who, id)
		wantFields(t, row, map[string]any{"ATTENDEES_CODES": tc.want})
		if list := row["ATTENDEE_LIST"].([]any); len(list) != len(tc.want) || len(row["attendeesEntityList"].([]any)) != len(tc.want) {
			t.Errorf("%v of %v", list, tc.want)
		}
	}
	b.user.Call("calendar.event.update", `{"id":`+id+`,"type":"user","ownerId":2,"meeting":{"hide_guests":"N"}}`)
	wantFields(t, get(t, b.host, id), map[string]any{"ATTENDEES_CODES": []any{"U2", "U3", "U4"}})
}

// Section 2.1: what is not among the values of a parameter leaves it as it is.
func TestValuesOfParameters(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, entry)
	for _, tc := range []struct {
		params string
		want   map[string]any
	}{
		{`"accessibility":"free","importance":"low","private_event":"Y","color":"#AbCdEf","text_color":"#123456","location":"Riga"`,
			map[string]any{"ACCESSIBILITY": "free", "IMPORTANCE": "low", "PRIVATE_EVENT": "1", "COLOR": "#AbCdEf", "LOCATION": "Riga"}},
		{`"accessibility":"loud","importance":"","color":"red","location":["x"]`,
			map[string]any{"ACCESSIBILITY": "free", "IMPORTANCE": "low", "PRIVATE_EVENT": "1", "COLOR": "#AbCdEf", "LOCATION": "Riga"}},
		{`"private_event":"N","location":""`, map[string]any{"PRIVATE_EVENT": "", "LOCATION": ""}},
		{`"remind":[{"type":"hour","count":"2"},{"type":"day","count":0},{"type":"min","count":-1},{"type":"week","count":1},5]`,
			map[string]any{"REMIND": []any{map[string]any{"type": "hour", "count": 2}, map[string]any{"type": "day", "count": 0}}}},
		{`"crm_fields":["CO_1","C_2","",["x"]]`, map[string]any{"UF_CRM_CAL_EVENT": []any{"CO_1", "C_2"}}},
		{`"crm_fields":""`, map[string]any{"UF_CRM_CAL_EVENT": []any{}}},
		{`"from_ts":1733932740,"to_ts":1733936340`, map[string]any{"DATE_FROM_TS_UTC": "1733932740", "DATE_TO_TS_UTC": "1733936340"}},
		{`"timezone_from":"UTC"`, map[string]any{"TZ_FROM": "UTC", "TZ_TO": "UTC", "DATE_FROM_TS_UTC": "1733932740", "DATE_FROM": "12/11/2024 03:59:00 pm"}},
		{`"skip_time":"Y","from":"2024-12-11","to":"2024-12-13"`, map[string]any{"DATE_TO": "12/13/2024", "DT_LENGTH": 3 * 86400}},
		{`"skip_time":"N","from":"2024-12-11 10:00","to":"2024-12-11 11:00"`, map[string]any{"DATE_TO": "12/11/2024 11:00:00 am", "DT_LENGTH": 3600}},
	} {
		if a := b.admin.Call("calendar.event.update", `{"id":`+id+`,"type":"user","ownerId":1,`+tc.params+`}`); a.Status != 200 {
			t.Fatalf("%s: %d %s", tc.params, a.Status, a.Text)
		}
		t.Log(tc.params)
		wantFields(t, get(t, b.admin, id), tc.want)
	}
}
