package calendar_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/testportal"
)

// nearest lists NAME of the rows of calendar.event.get.nearest.
func nearest(t *testing.T, c testportal.Caller, params, field string) string {
	t.Helper()
	var out []string
	for _, row := range rowsOf(t, c.Call("calendar.event.get.nearest", params)) {
		out = append(out, fmt.Sprint(row.(map[string]any)[field]))
	}
	return strings.Join(out, " ")
}

// docs/protocol/methods-activities-calendar-users.md section 2.1. It is
// 2026-03-01, 14:00 in Riga.
func TestNearestShowsWhatComesInItsOrder(t *testing.T) {
	b := open(t)
	for name, times := range map[string][2]string{
		"past": {"2026-03-01 12:00", "2026-03-01 13:59"}, "now": {"2026-03-01 13:00", "2026-03-01 14:00"}, "tenth": {"2026-03-11 14:00", "2026-03-11 15:00"},
		"sixtieth": {"2026-04-30 15:00", "2026-04-30 16:00"}, "later": {"2026-04-30 15:01", "2026-04-30 16:00"},
	} {
		add(t, b.admin, `"type":"user","ownerId":1,"name":"`+name+`","from":"`+times[0]+`","to":"`+times[1]+`"`)
	}
	add(t, b.admin, `"type":"user","ownerId":1,"name":"weekly","from":"2026-02-05 10:00","to":"2026-02-05 11:00","rrule":{"FREQ":"WEEKLY","UNTIL":"2026-03-12"}`)
	add(t, b.user, `"type":"user","ownerId":2,"name":"theirs","from":"2026-03-02","to":"2026-03-02"`)
	for params, want := range map[string]string{
		`{}`:                               "now weekly tenth weekly sixtieth",
		`{"days":10}`:                      "now weekly tenth",
		`{"days":"11"}`:                    "now weekly tenth weekly",
		`{"days":0}`:                       "now",
		`{"days":3660}`:                    "now weekly tenth weekly sixtieth later",
		`{"maxEventsCount":2}`:             "now weekly",
		`{"maxEventsCount":0}`:             "now weekly tenth weekly sixtieth",
		`{"type":"user","ownerId":2}`:      "theirs",
		`{"type":"user"}`:                  "now weekly tenth weekly sixtieth",
		`{"ownerId":2}`:                    "now weekly tenth weekly sixtieth",
		`{"forCurrentUser":true,"days":1}`: "now",
		`{"forCurrentUser":"N","days":1}`:  "now",
		`{"type":"user","ownerId":77,"days":"100"}`: "",
	} {
		wantText(t, params, nearest(t, b.admin, params, "NAME"), want)
	}
	wantText(t, "a stranger's", nearest(t, b.user, `{"type":"user","ownerId":1}`, "NAME"), "")
	wantText(t, "begins", nearest(t, b.admin, `{"days":11}`, "DATE_FROM"),
		"03/01/2026 01:00:00 pm 03/05/2026 10:00:00 am 03/11/2026 02:00:00 pm 03/12/2026 10:00:00 am")
	if a := b.admin.Call("calendar.event.get.nearest", ""); a.Body["total"] != nil || a.Body["next"] != nil {
		t.Error(a.Text)
	}
}

func TestNearestLinksToTheEntry(t *testing.T) {
	b := open(t)
	id := add(t, b.admin, `"type":"user","ownerId":2,"name":"x","from":"2026-03-02 00:30","to":"2026-03-02 01:00","timezone_from":"Europe/Riga"`)
	day := "EVENT_ID=" + id + "&EVENT_DATE=03%2F02%2F2026"
	for params, want := range map[string]string{
		``:                                   "/company/personal/user/2/calendar/?" + day,
		`,"detailUrl":"/cal/#user_id#/"`:     "/cal/2/?" + day,
		`,"detailUrl":"/cal/?user=#USER_ID"`: "/cal/?user=#USER_ID&" + day,
	} {
		wantText(t, params, nearest(t, b.admin, `{"type":"user","ownerId":2`+params+`}`, "~detailUrl"), want)
	}
}

func TestNearestChecks(t *testing.T) {
	b := open(t)
	for params, want := range map[string]string{
		`{"type":"group","ownerId":1}`:   "Access denied",
		`{"type":"user","ownerId":"me"}`: `Invalid value for the parameter "ownerId"`,
		`{"days":-1}`:                    `Invalid value for the parameter "days"`,
		`{"days":3661}`:                  `Invalid value for the parameter "days"`,
		`{"days":"soon"}`:                `Invalid value for the parameter "days"`,
		`{"maxEventsCount":-1}`:          `Invalid value for the parameter "maxEventsCount"`,
	} {
		t.Log(params)
		wantError(t, b.admin.Call("calendar.event.get.nearest", params), want)
	}
}
