package recurrence

import (
	"iter"
	"time"

	"github.com/teambition/rrule-go"
)

// Series is a rule with the days on which it begins and ends.
type Series struct {
	Rule  Rule
	Start time.Time // its first instance
	Last  string    // no instance lies after this day; empty: it has no end
}

// The years in which something recurs. The library takes the first second of
// year 1 for no time at all.
const (
	firstYear = 2
	lastYear  = 9999
)

// New finds the first instance at or after start, and the last one of a counted
// rule. It reports false when there is none within 400 years, which is when the
// calendar repeats. The rule must be valid.
func New(rule Rule, start time.Time) (Series, bool) {
	s := Series{Rule: rule, Start: start, Last: rule.Until}
	if start.Year() < firstYear {
		return s, false
	}
	first, ok := s.search(start, rule.horizon(start))()
	if !ok {
		return s, false
	}
	s.Start = first
	if rule.Count > 0 {
		s.Last = s.lastOfCount()
	}
	return s, true
}

// horizon is where a search for the first instance ends.
func (r *Rule) horizon(start time.Time) time.Time {
	if r.Freq == Daily {
		return start.AddDate(0, 0, 7*r.Interval) // each weekday came by, if it ever does
	}
	return start.AddDate(400, 0, 0)
}

// lastOfCount is the day of the last instance that the count and Until leave.
func (s *Series) lastOfCount() string {
	last := s.Start
	n := 0
	for t := range s.Between(s.Start, endOfTime) {
		if last, n = t, n+1; n == s.Rule.Count {
			break
		}
	}
	return last.Format(DayLayout)
}

var endOfTime = time.Date(lastYear, time.December, 31, 23, 59, 59, 0, time.UTC)

// Between yields the instances that begin at or between two moments, in their
// order. What lies before from costs nothing.
func (s *Series) Between(from, to time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		next := s.search(from, to)
		for t, ok := next(); ok; t, ok = next() {
			if !t.Before(from) && !yield(t) {
				return
			}
		}
	}
}

// On is the instance of a day.
func (s *Series) On(day string) (time.Time, bool) {
	from, err := time.Parse(DayLayout, day)
	if err != nil {
		return time.Time{}, false
	}
	for t := range s.Between(from, from.Add(24*time.Hour-time.Second)) {
		return t, true
	}
	return time.Time{}, false
}

// CountBefore is how many instances of a counted rule lie before a day.
func (s *Series) CountBefore(day string) int {
	n := 0
	for t := range s.Between(s.Start, endOfTime) {
		if n == s.Rule.Count || t.Format(DayLayout) >= day {
			break
		}
		n++
	}
	return n
}

// search begins near from and ends with to, or earlier with the series.
func (s *Series) search(from, to time.Time) rrule.Next {
	o := s.options()
	seek(&o, from)
	o.Until = earliest(to, endOfTime)
	if last, err := time.Parse(DayLayout, s.Last); err == nil {
		o.Until = earliest(o.Until, last.Add(24*time.Hour-time.Second))
	}
	rule, err := rrule.NewRRule(o)
	if err != nil || o.Until.Before(o.Dtstart) {
		return func() (time.Time, bool) { return time.Time{}, false }
	}
	return rule.Iterator()
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

var frequencies = map[string]rrule.Frequency{
	Daily: rrule.DAILY, Weekly: rrule.WEEKLY, Monthly: rrule.MONTHLY, Yearly: rrule.YEARLY,
}

// options name the days of the first instance where the rule names none, so that
// they stay when seek moves the begin.
func (s *Series) options() rrule.ROption {
	o := rrule.ROption{Freq: frequencies[s.Rule.Freq], Interval: s.Rule.Interval, Dtstart: s.Start}
	for _, text := range s.Rule.Days {
		o.Byweekday = append(o.Byweekday, weekdayOf(text))
	}
	if len(o.Byweekday) > 0 {
		return o
	}
	switch s.Rule.Freq {
	case Weekly:
		o.Byweekday = []rrule.Weekday{weekdayOf(DayName(s.Start))}
	case Monthly:
		o.Bymonthday = []int{s.Start.Day()}
	case Yearly:
		o.Bymonth, o.Bymonthday = []int{int(s.Start.Month())}, []int{s.Start.Day()}
	}
	return o
}

var libraryDays = map[string]rrule.Weekday{
	"MO": rrule.MO, "TU": rrule.TU, "WE": rrule.WE, "TH": rrule.TH, "FR": rrule.FR, "SA": rrule.SA, "SU": rrule.SU,
}

func weekdayOf(text string) rrule.Weekday {
	n, name, _ := splitDay(text)
	day := libraryDays[name]
	return day.Nth(n)
}

// seek moves the begin of a search towards from by whole steps of the rule, so
// that what lies between is not looked at.
func seek(o *rrule.ROption, from time.Time) {
	if !from.After(o.Dtstart) {
		return
	}
	start, months := o.Dtstart, 0
	switch o.Freq {
	case rrule.DAILY:
		o.Dtstart = start.AddDate(0, 0, whole(daysBetween(start, from), o.Interval))
	case rrule.WEEKLY:
		o.Dtstart = start.AddDate(0, 0, whole(daysBetween(start, from), 7*o.Interval))
	case rrule.MONTHLY:
		months = whole(monthsBetween(start, from), o.Interval)
	case rrule.YEARLY:
		months = whole(monthsBetween(start, from), 12*o.Interval)
	}
	if months > 0 {
		o.Dtstart = time.Date(start.Year(), time.January, 1, start.Hour(), start.Minute(), start.Second(), 0, time.UTC)
		if o.Freq == rrule.MONTHLY {
			o.Dtstart = o.Dtstart.AddDate(0, int(start.Month())-1, 0)
		}
		o.Dtstart = o.Dtstart.AddDate(0, months, 0)
	}
}

func whole(n, step int) int { return n / step * step }

const secondsOfDay = 24 * 60 * 60

func daysBetween(a, b time.Time) int { return int((b.Unix() - a.Unix()) / secondsOfDay) }

func monthsBetween(a, b time.Time) int {
	return (b.Year()-a.Year())*12 + int(b.Month()) - int(a.Month())
}
