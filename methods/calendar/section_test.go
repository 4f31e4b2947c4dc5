package calendar_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
)

const firstSection = "1000000001"

func addSection(t *testing.T, c testportal.Caller, owner int, more string) string {
	t.Helper()
	a := c.Call("calendar.section.add", fmt.Sprintf(`{"type":"user","ownerId":%d,"name":"New"%s}`, owner, more))
	id, ok := a.Result().(float64)
	if !ok {
		t.Fatalf("add: %d %s", a.Status, a.Text)
	}
	return fmt.Sprint(int(id))
}

// sections lists ID:NAME of a calendar.
func sections(t *testing.T, c testportal.Caller, params string) string {
	t.Helper()
	a := c.Call("calendar.section.get", params)
	rows, ok := a.Result().([]any)
	if !ok {
		t.Fatalf("get %s: %d %s", params, a.Status, a.Text)
	}
	var out []string
	for _, row := range rows {
		r := row.(map[string]any)
		out = append(out, fmt.Sprintf("%v:%v", r["ID"], r["NAME"]))
	}
	return strings.Join(out, " ")
}

// docs/protocol/methods-activities-calendar-users.md section 2.3.
func TestSectionsAreAddedShownAndChanged(t *testing.T) {
	b := open(t)
	id := addSection(t, b.user, 2, `,"description":"d","color":"#9cbeee","text_color":"#283000","export":[{"ALLOW":false,"SET":"3_9"}],"access":{"D114":17,"U2":15,"G2":"x"}`)
	rows := b.user.Call("calendar.section.get", `{"type":"user","ownerId":2}`).Result().([]any)
	if len(rows) != 2 || id != firstSection {
		t.Fatalf("%s of %v", id, rows)
	}
	wantFields(t, rows[1].(map[string]any), map[string]any{
		"ID": id, "NAME": "New", "DESCRIPTION": "d", "COLOR": "#9cbeee", "TEXT_COLOR": "#283000", "EXPORT": map[string]any{"ALLOW": false, "SET": "3_9"},
		"CAL_TYPE": "user", "OWNER_ID": "2", "CREATED_BY": "2", "DATE_CREATE": "2026-03-01 14:00:00", "TIMESTAMP_X": "2026-03-01 14:00:00",
		"ACCESS": map[string]any{"D114": 17, "U2": 19}, "IS_COLLAB": false, "EXTERNAL_TYPE": "local",
		"PERM": map[string]any{"view_time": true, "view_title": true, "view_full": true, "add": true, "edit": true, "edit_section": true, "access": true},
	})
	wantFields(t, rows[0].(map[string]any), map[string]any{
		"ID": "2", "NAME": "My calendar", "DESCRIPTION": "", "COLOR": "#E6A469", "TEXT_COLOR": "#000000", "EXPORT": map[string]any{"ALLOW": true, "SET": "all"},
		"OWNER_ID": "2", "CREATED_BY": "2", "ACCESS": map[string]any{"U2": 19},
	})
	b.Clock.Advance(60e9)
	if a := b.admin.Call("calendar.section.update", `{"type":"user","ownerId":2,"id":"`+id+`","name":" ","color":"red","export":{"ALLOW":"Y"}}`); fmt.Sprintf("%.0f", a.Result()) != id {
		t.Fatalf("%d %s", a.Status, a.Text)
	}
	rows = b.user.Call("calendar.section.get", `{"type":"user"}`).Result().([]any)
	wantFields(t, rows[1].(map[string]any), map[string]any{"NAME": "New", "COLOR": "#9cbeee", "EXPORT": map[string]any{"ALLOW": true, "SET": "3_9"},
		"DESCRIPTION": "d", "TIMESTAMP_X": "2026-03-01 14:01:00", "ACCESS": map[string]any{"D114": 17, "U2": 19}})
	b.user.Call("calendar.section.update", `{"type":"user","id":2,"name":"Mine","access":[]}`)
	b.user.Call("calendar.section.update", `{"type":"user","id":`+id+`,"name":"Other","access":[]}`)
	wantText(t, "sections", sections(t, b.user, `{"type":"user"}`), "2:Mine "+id+":Other")
	wantText(t, "of another", sections(t, b.admin, `{"type":"user"}`), "1:My calendar")
	if a := b.user.Call("calendar.section.delete", `{"id":`+id+`}`); a.Result() != true {
		t.Fatalf("%d %s", a.Status, a.Text)
	}
	wantText(t, "after delete", sections(t, b.user, `{"type":"user"}`), "2:Mine")
	if next := addSection(t, b.user, 2, ""); next != "1000000002" {
		t.Errorf("the id %s", next)
	}
}

func TestSectionChecks(t *testing.T) {
	b := open(t)
	addSection(t, b.user, 2, "")
	missing := func(name, method string) string {
		return `The required parameter "` + name + `" for the method "calendar.section.` + method + `" is not set`
	}
	for _, tc := range []struct{ method, params, want string }{
		{"get", `{}`, missing("type", "get")},
		{"get", `{"type":"group"}`, missing("ownerId", "get")},
		{"get", `{"type":"group","ownerId":1}`, "Access denied"},
		{"get", `{"type":"company_calendar","ownerId":0}`, "Access denied"},
		{"get", `{"type":"user","ownerId":"me"}`, `Invalid value for the parameter "ownerId"`},
		{"add", `{}`, missing("type", "add")},
		{"add", `{"type":"user"}`, missing("name", "add")},
		{"add", `{"type":"user","name":" "}`, missing("name", "add")},
		{"add", `{"type":"user","name":["x"]}`, `Invalid value for the parameter "name"`},
		{"add", `{"type":"user","name":5}`, `Invalid value for the parameter "name"`},
		{"add", `{"type":"user","name":"x","description":[1]}`, `Invalid value for the parameter "description"`},
		{"add", `{"type":"user","name":"x","ownerId":1}`, "Access denied"},
		{"add", `{"type":"user","name":"x","ownerId":77}`, "Access denied"},
		{"add", `{"type":"group","name":"x","ownerId":2}`, "Access denied"},
		{"update", `{}`, missing("type", "update")},
		{"update", `{"type":"user"}`, "Section id not specified"},
		{"update", `{"type":"user","id":"x"}`, "Section id not specified"},
		{"update", `{"type":"user","id":1}`, "Access denied"},
		{"update", `{"type":"user","id":77}`, "Access denied"},
		{"update", `{"type":"user","id":1000000009}`, "Access denied"},
		{"update", `{"type":"user","id":2,"description":{}}`, `Invalid value for the parameter "description"`},
		{"delete", `{}`, "Section id not specified"},
		{"delete", `{"id":1}`, "Access denied"},
		{"delete", `{"id":1000000009}`, "Access denied"},
		{"delete", `{"id":2}`, "An error occurred while deleting the section"},
	} {
		t.Log(tc.method, tc.params)
		wantError(t, b.user.Call("calendar.section."+tc.method, tc.params), tc.want)
	}
	if a := b.user.Call("calendar.section.add", `{"type":"user","name":"`+strings.Repeat("x", 20_000)+`"}`); a.Status != 413 {
		t.Errorf("%d %.200s", a.Status, a.Text)
	}
	for _, c := range []struct {
		method, params string
	}{{"update", `{"type":"user","id":` + firstSection + `}`}, {"delete", `{"id":` + firstSection + `}`}} {
		wantError(t, b.host.Call("calendar.section."+c.method, c.params), "Access denied")
	}
	wantText(t, "a stranger", sections(t, b.host, `{"type":"user","ownerId":2}`), "")
	wantText(t, "nobody's", sections(t, b.admin, `{"type":"user","ownerId":77}`), "")
	wantText(t, "an administrator", sections(t, b.admin, `{"type":"user","ownerId":2}`), "2:My calendar "+firstSection+":New")
}

func TestSectionsOfACalendarAreCounted(t *testing.T) {
	b := open(t)
	addSection(t, b.user, 2, "")
	b.Update(func(tx onevent.Tx) error {
		record, err := tx.Record(b.ID, "calendar.section", 1_000_000_001)
		for record.ID = 1_000_001_001; err == nil && record.ID < 1_000_001_999; record.ID++ {
			err = tx.PutRecord(record)
		}
		return err
	})
	addSection(t, b.user, 2, "")
	wantError(t, b.user.Call("calendar.section.add", `{"type":"user","name":"x"}`), "An error occurred while creating the section")
	addSection(t, b.admin, 1, "")
	if got := sections(t, b.user, `{"type":"user"}`); strings.Count(got, ":") != 1001 {
		t.Errorf("%d sections", strings.Count(got, ":"))
	}
}

func TestEntriesLieInSectionsOfTheirOwner(t *testing.T) {
	b := open(t)
	mine := addSection(t, b.user, 2, `,"color":"#111111","text_color":"#222222"`)
	admins := addSection(t, b.admin, 1, "")
	head := `"type":"user","ownerId":2,"name":"x","from":"2026-03-02","to":"2026-03-02"`
	const want = "You specified an invalid calendar section ID or the user does not have access to it"
	for _, section := range []string{"1", admins, "77", "1000000009", `"x"`, `[2]`, "0", "-1"} {
		t.Log(section)
		wantError(t, b.user.Call("calendar.event.add", `{`+head+`,"section":`+section+`}`), want)
	}
	own, colored := add(t, b.user, head), add(t, b.user, head+`,"section":`+mine+`,"auto_detect_section":"N"`)
	plain := add(t, b.user, head+`,"section":"`+mine+`","color":"#333333"`)
	wantFields(t, get(t, b.user, own), map[string]any{"SECTION_ID": "2", "SECT_ID": "2", "COLOR": "#E6A469"})
	wantFields(t, get(t, b.user, colored), map[string]any{"SECTION_ID": mine, "SECT_ID": mine, "COLOR": "#111111"})
	wantFields(t, get(t, b.user, plain), map[string]any{"COLOR": "#333333"})
	b.user.Call("calendar.section.update", `{"type":"user","id":`+mine+`,"color":"#444444"}`)
	wantFields(t, get(t, b.user, colored), map[string]any{"COLOR": "#444444"})
	wantText(t, "text colours", instances(t, b.user, `{"type":"user"}`, "TEXT_COLOR"), own+"@#000000 "+colored+"@#222222 "+plain+"@#222222")

	update := func(section string) testportal.Answer {
		return b.user.Call("calendar.event.update", `{"id":`+own+`,"type":"user","ownerId":2,"section":`+section+`}`)
	}
	wantError(t, update(admins), want)
	wantFields(t, get(t, b.user, own), map[string]any{"SECTION_ID": "2", "VERSION": "1"})
	if a := update(mine); a.Status != 200 {
		t.Errorf("%d %s", a.Status, a.Text)
	}
	wantFields(t, get(t, b.user, own), map[string]any{"SECTION_ID": mine, "VERSION": "2"})
	if a := update(`""`); a.Status != 200 || get(t, b.user, own)["SECTION_ID"] != mine {
		t.Errorf("%d %s", a.Status, a.Text)
	}
}

func TestGetShowsTheSectionsAskedFor(t *testing.T) {
	b := open(t)
	mine := addSection(t, b.user, 2, "")
	head := `"type":"user","ownerId":2,"from":"2026-03-02","to":"2026-03-02",`
	add(t, b.user, head+`"name":"personal"`)
	add(t, b.user, head+`"name":"added","section":`+mine)
	add(t, b.admin, `"type":"user","ownerId":1,"from":"2026-03-02","to":"2026-03-02","name":"invited","is_meeting":"Y","attendees":[2]`)
	for section, want := range map[string]string{
		`2`: "personal invited", mine: "added", `"` + mine + `"`: "added", `[2,` + mine + `]`: "personal added invited", `["` + mine + `"]`: "added",
		`[]`: "personal added invited", `""`: "personal added invited", `1`: "", `["x"]`: "", `[1000000009]`: "",
	} {
		wantText(t, section, names(t, b.user, `{"type":"user","section":`+section+`}`), want)
	}
	many := strings.Repeat("5,", 1000)
	wantError(t, b.user.Call("calendar.event.get", `{"type":"user","section":[`+many+`5]}`), `Invalid value for the parameter "section"`)
	wantText(t, "1000 sections", names(t, b.user, `{"type":"user","section":[`+many[:len(many)-2]+"2]}"), "personal invited")
}

func TestASectionIsDeletedWithItsEntries(t *testing.T) {
	b := open(t)
	mine := addSection(t, b.user, 2, "")
	id := add(t, b.user, `"type":"user","ownerId":2,"name":"x","from":"2026-03-02","to":"2026-03-02","section":`+mine)
	kept := add(t, b.user, `"type":"user","ownerId":2,"name":"kept","from":"2026-03-02","to":"2026-03-02"`)
	b.copies(id, 101, 219)
	for _, code := range []string{"ENTRYDELETE", "SECTIONDELETE"} {
		b.admin.Call("event.bind", `{"event":"ONCALENDAR`+code+`","handler":"https://app.example.com/h"}`)
	}
	b.Queue.Take()
	if a := b.user.Call("calendar.section.delete", `{"id":`+mine+`}`); a.Result() != true {
		t.Fatalf("%d %s", a.Status, a.Text)
	}
	got := raised(b)
	if strings.Count(got, "ENTRYDELETE{") != 120 || !strings.HasSuffix(got, ` SECTIONDELETE{"id":"`+mine+`"}`) {
		t.Errorf("raised %s", got)
	}
	wantText(t, "entries", names(t, b.user, `{"type":"user"}`), "kept")
	wantError(t, b.user.Call("calendar.section.delete", `{"id":`+mine+`}`), "Access denied")
	get(t, b.user, kept)
}

func TestChangesOfSectionsRaiseEvents(t *testing.T) {
	b := open(t)
	for _, code := range []string{"ADD", "UPDATE", "DELETE"} {
		for _, user := range []string{"1", "2", "3"} {
			b.admin.Call("event.bind", `{"event":"ONCALENDARSECTION`+code+`","handler":"https://app.example.com/h","auth_type":`+user+`}`)
		}
	}
	id := addSection(t, b.user, 2, "")
	b.user.Call("calendar.section.update", `{"type":"user","id":`+id+`}`)
	b.user.Call("calendar.section.update", `{"type":"user","id":2}`)
	b.user.Call("calendar.section.delete", `{"id":`+id+`}`)
	var seen []string
	for _, a := range b.Queue.Take() {
		e := a.Event
		seen = append(seen, fmt.Sprintf("%s %s %s%s by %d", e.Code, e.Data, e.Object.Type, e.Object.ID, e.Actor))
		// Neither the third user, who may not see it, nor anybody else is left out.
		if len(a.Deliveries) != 2 || len(e.Verdicts) != 1 || e.Verdicts[0].Verdict != onevent.VerdictNoAccess {
			t.Errorf("%s: %d deliveries, %v", e.Code, len(a.Deliveries), e.Verdicts)
		}
	}
	wantText(t, "events", strings.Join(seen, "\n"), strings.Join([]string{
		`ONCALENDARSECTIONADD {"id":"` + id + `"} calendar.section` + id + ` by 2`,
		`ONCALENDARSECTIONUPDATE {"id":"` + id + `"} calendar.section` + id + ` by 2`,
		`ONCALENDARSECTIONUPDATE {"id":"2"} calendar.section2 by 2`,
		`ONCALENDARSECTIONDELETE {"id":"` + id + `"} calendar.section` + id + ` by 2`,
	}, "\n"))
}
