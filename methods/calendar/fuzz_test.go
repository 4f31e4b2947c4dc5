package calendar_test

import (
	"encoding/json"
	"testing"

	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/wire"
)

// FuzzRule gives any value as rrule, and any texts as dates: the call is
// answered, and what was taken is shown within the bounds of an answer, can be
// given back, and can be split.
func FuzzRule(f *testing.F) {
	for _, rule := range []string{
		`{"FREQ":"WEEKLY","BYDAY":["MO","WE"],"UNTIL":"12/24/2026"}`, `{"FREQ":"MONTHLY","BYDAY":"-1FR,2TU","COUNT":1000,"INTERVAL":1000}`,
		`{"FREQ":"YEARLY","BYDAY":["53MO"],"INTERVAL":"400"}`, `{"FREQ":"DAILY","INTERVAL":7,"BYDAY":{"x":"TU"}}`, `{"FREQ":"NONE"}`, `"FREQ=DAILY"`, `[]`, `{"FREQ":["DAILY"],"UNTIL":[]}`,
	} {
		f.Add(rule, "2026-03-28 03:30", "Europe/Riga", "2026-03-29")
	}
	f.Add(`{"FREQ":"DAILY"}`, "0001-01-01T00:00:00Z", "UTC", "9999-12-31")
	f.Add(`{"FREQ":"YEARLY","COUNT":3}`, "2024-02-29", "Pacific/Apia", "2028-02-29")
	p := testportal.Open(f)
	c := testportal.As(p.Handler(p.Methods()...), p.Token(testportal.Admin))
	f.Fuzz(func(t *testing.T, rule, from, zone, day string) {
		v, err := wire.ParseJSON([]byte(rule), wire.Limits{Keys: 1000, Bytes: 1 << 16})
		if err != nil {
			v = wire.String(rule)
		}
		call := func(method string, fields ...wire.Field) testportal.Answer {
			a := c.Call("calendar.event."+method, string(wire.Map(fields...).AppendJSON(nil)))
			if a.Status >= 500 || a.Body == nil {
				t.Errorf("%s: %d %s", method, a.Status, a.Text)
			}
			return a
		}
		common := []wire.Field{wire.F("type", wire.String("user")), wire.F("ownerId", wire.Int(1)), wire.F("name", wire.String("x")),
			wire.F("timezone_from", wire.String(zone))}
		a := call("add", append(common, wire.F("from", wire.String(from)), wire.F("to", wire.String(from)), wire.F("rrule", v))...)
		n, ok := a.Result().(float64)
		if !ok {
			return
		}
		id := wire.F("id", wire.Int(int64(n)))
		defer call("delete", id)
		row := call("getbyid", id).Row()
		call("get", wire.F("type", wire.String("user")), wire.F("from", wire.String(from)), wire.F("to", wire.String(day)))
		call("get.nearest")
		if printed, _ := json.Marshal(row["RRULE"]); row["RRULE"] != "" {
			v, _ := wire.ParseJSON(printed, wire.Limits{Keys: 1000, Bytes: 1 << 16})
			if a := call("update", append(common, id, wire.F("rrule", v))...); a.Status != 200 {
				t.Errorf("%s is shown and refused: %s", printed, a.Text)
			}
		}
		for _, mode := range []string{"this", "next"} {
			split := call("update", append(common, id, wire.F("recurrence_mode", wire.String(mode)), wire.F("current_date_from", wire.String(day)))...)
			if made, ok := split.Row()["recEventId"].(float64); ok && made != n {
				call("delete", wire.F("id", wire.Int(int64(made))))
			}
		}
	})
}
