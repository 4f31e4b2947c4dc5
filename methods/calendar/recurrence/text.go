package recurrence

import (
	"strconv"
	"strings"
	"time"
)

// Text says the rule in English, as "every 2 weeks on: Mon, Wed, from 12/09/2024
// until 12/24/2024"; layout is the form of its days.
func (s *Series) Text(layout string) string {
	var b strings.Builder
	b.WriteString("every ")
	b.WriteString(period(s.Rule.Freq, s.Rule.Interval))
	if days := s.Days(); len(days) > 0 {
		b.WriteString(" on: " + strings.Join(spoken(days), ", "))
	}
	b.WriteString(", from " + s.Start.Format(layout))
	if s.Last != "" {
		b.WriteString(" until " + s.LastTime().Format(layout))
	}
	return b.String()
}

// Days are those of the rule; of a weekly one without any that of its begin.
func (s *Series) Days() []string {
	if len(s.Rule.Days) == 0 && s.Rule.Freq == Weekly {
		return []string{DayName(s.Start)}
	}
	return s.Rule.Days
}

// LastTime is the begin of the day Last.
func (s *Series) LastTime() time.Time {
	t, _ := time.Parse(DayLayout, s.Last)
	return t
}

var units = map[string]string{Daily: "day", Weekly: "week", Monthly: "month", Yearly: "year"}

func period(freq string, interval int) string {
	if interval == 1 {
		return units[freq]
	}
	return strconv.Itoa(interval) + " " + units[freq] + "s"
}

var spokenDays = map[string]string{"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"}

func spoken(days []string) []string {
	out := make([]string, len(days))
	for i, text := range days {
		n, name, _ := splitDay(text)
		out[i] = strings.TrimSpace(ordinal(n) + " " + spokenDays[name])
	}
	return out
}

func ordinal(n int) string {
	switch n {
	case 0:
		return ""
	case -1:
		return "last"
	}
	return strconv.Itoa(n) + "."
}
