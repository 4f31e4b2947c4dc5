package calendar

import (
	"strings"
	"time"

	"github.com/onevent/onevent/methods/calendar/recurrence"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// ruleParam is `rrule`: given, and empty or FREQ NONE, it ends the recurrence.
type ruleParam struct {
	given bool
	rule  *recurrence.Rule
}

// readRule reads the object of section 2.1. What calendar.event.getbyid prints
// can be given back.
func readRule(v wire.Value) (ruleParam, error) {
	p := ruleParam{given: !v.IsNull()}
	if v.IsEmpty() {
		return p, nil
	}
	freq := strings.ToUpper(keyOf(v, "FREQ").Text())
	if freq == "NONE" {
		return p, nil
	}
	rule := recurrence.Rule{Freq: freq, Days: readDays(keyOf(v, "BYDAY"))}
	var okInterval, okCount, okUntil bool
	rule.Interval, okInterval = readNumber(keyOf(v, "INTERVAL"), 1, recurrence.MaxInterval)
	rule.Count, okCount = readNumber(keyOf(v, "COUNT"), 0, recurrence.MaxCount)
	rule.Until, okUntil = readDay(keyOf(v, "UNTIL"))
	if !okInterval || !okCount || !okUntil || !rule.Valid() {
		return p, errInvalid("rrule")
	}
	p.rule = &rule
	return p, nil
}

func keyOf(v wire.Value, name string) wire.Value {
	value, _ := v.Fold(name)
	return value
}

// readNumber is the least one when nothing was given.
func readNumber(v wire.Value, least, most int64) (int, bool) {
	if v.IsEmpty() {
		return int(least), true
	}
	n, ok := v.Int()
	if !ok || n < least || n > most {
		return 0, false
	}
	return int(n), true
}

// readDay takes the day that a date names, whatever its hour and offset.
func readDay(v wire.Value) (string, bool) {
	if v.IsEmpty() {
		return "", true
	}
	m, ok := rest.ParseTime(v.Text(), time.UTC)
	return m.Time.Format(recurrence.DayLayout), ok
}

// readDays reads a list, a map, or one text with commas; each day once.
func readDays(v wire.Value) []string {
	texts := strings.Split(v.Text(), ",")
	if !v.IsScalar() {
		texts = readTexts(v)
	}
	var days []string
	seen := map[string]bool{}
	for _, text := range texts {
		day := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "+")
		if day != "" && !seen[day] {
			days = append(days, day)
			seen[day] = true
		}
	}
	return days
}

// shownRule is RRULE of section 2.2; "" of an entry that does not recur.
func shownRule(e *entry) wire.Value {
	if e.Rule == nil {
		return text("")
	}
	series := e.series()
	fields := []wire.Field{wire.F("FREQ", text(e.Rule.Freq))}
	if e.Rule.Count > 0 {
		fields = append(fields, wire.F("COUNT", wire.Int(int64(e.Rule.Count))))
	}
	if days := series.Days(); len(days) > 0 {
		fields = append(fields, wire.F("BYDAY", shownDays(days)))
	}
	fields = append(fields, wire.F("INTERVAL", wire.Int(int64(e.Rule.Interval))))
	return wire.Map(append(fields, shownUntil(series)...)...)
}

func shownDays(days []string) wire.Value {
	fields := make([]wire.Field, len(days))
	for i, day := range days {
		fields[i] = wire.F(day, text(day))
	}
	return wire.Map(fields...)
}

func shownUntil(series recurrence.Series) []wire.Field {
	if series.Last == "" {
		return nil
	}
	last := series.LastTime()
	return []wire.Field{
		wire.F("UNTIL", text(last.Format(siteDate))),
		wire.F("~UNTIL", text(last.Format(siteDate))),
		wire.F("UNTIL_TS", wire.Int(last.Unix())),
	}
}

func ruleText(e *entry) string {
	if e.Rule == nil {
		return ""
	}
	series := e.series()
	return series.Text(siteDate)
}

// shownExcluded is EXDATE.
func shownExcluded(e *entry) string {
	days := make([]string, len(e.Excluded))
	for i, day := range e.Excluded {
		t, _ := time.Parse(recurrence.DayLayout, day)
		days[i] = t.Format(siteDate)
	}
	return strings.Join(days, ";")
}
