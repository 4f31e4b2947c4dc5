package calendar

import (
	"iter"
	"slices"
	"time"

	"github.com/onevent/onevent/methods/calendar/recurrence"
	"github.com/onevent/onevent/rest"
)

// window is a time in unix seconds; both ends belong to it.
type window struct{ from, to int64 }

const secondsOfDay = int64(24 * time.Hour / time.Second)

// zone is the one in which the entry begins, and recurs. Whole days lie in none,
// which is UTC here.
func (e *entry) zone() *time.Location {
	if zone, ok := rest.LoadZone(e.ZoneFrom); ok && !e.WholeDay {
		return zone
	}
	return time.UTC
}

// wallOf is what a clock in the zone shows; see package recurrence.
func wallOf(unix int64, zone *time.Location) time.Time {
	return time.Unix(unix+offset(time.Unix(unix, 0).In(zone)), 0).UTC()
}

// unixOf is when a clock in the zone shows wall. What it shows twice, when it is
// set back, is the first of both; what it never shows, when it is set forward, is
// as long after the change as it would have been without.
func unixOf(wall time.Time, zone *time.Location) int64 {
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		seconds := offset(wall.Add(near).In(zone))
		unix := wall.Unix() - seconds
		if offset(time.Unix(unix, 0).In(zone)) == seconds {
			return unix
		}
	}
	return wall.Unix() - offset(wall.Add(-24*time.Hour).In(zone))
}

// length is how long the entry takes, in seconds; whole days include the last.
func (e *entry) length() int64 {
	if e.WholeDay {
		return e.To - e.From + secondsOfDay
	}
	return e.To - e.From
}

// series are the days of an entry that recurs.
func (e *entry) series() recurrence.Series {
	return recurrence.Series{Rule: *e.Rule, Start: wallOf(e.From, e.zone()), Last: e.LastDay}
}

// settleSeries moves the entry to the first instance of its rule and finds where
// the last one ends.
func (e *entry) settleSeries() error {
	zone := e.zone()
	series, ok := recurrence.New(*e.Rule, wallOf(e.From, zone))
	if !ok {
		return errInvalid("rrule")
	}
	e.moveTo(unixOf(series.Start, zone))
	e.LastDay = series.Last
	e.End = mostSecond
	if e.LastDay != "" {
		e.End = min(e.End, unixOf(series.LastTime().AddDate(0, 0, 1), zone)+e.length())
	}
	return nil
}

// moveTo keeps the length.
func (e *entry) moveTo(from int64) { e.From, e.To = from, e.To+from-e.From }

// starts are the begins of all instances near a window, excluded ones too.
func (e *entry) starts(w window) iter.Seq[int64] {
	zone, series := e.zone(), e.series()
	from := time.Unix(w.from-e.length()-secondsOfDay, 0).UTC()
	to := time.Unix(w.to+secondsOfDay, 0).UTC()
	return func(yield func(int64) bool) {
		for wall := range series.Between(from, to) {
			if !yield(unixOf(wall, zone)) {
				return
			}
		}
	}
}

// at is the instance that begins then.
func (e *entry) at(start int64) *entry {
	instance := *e
	instance.moveTo(start)
	return &instance
}

func (e *entry) touches(w window) bool { return e.From <= w.to && e.From+e.length() >= w.from }

// dayOf is the day of an instance, by which it is excluded.
func (e *entry) dayOf(start int64) string {
	return wallOf(start, e.zone()).Format(recurrence.DayLayout)
}

func (e *entry) excludes(day string) bool {
	_, found := slices.BinarySearch(e.Excluded, day)
	return found
}

func (e *entry) exclude(day string) {
	if i, found := slices.BinarySearch(e.Excluded, day); !found {
		e.Excluded = slices.Insert(e.Excluded, i, day)
	}
}

// instanceOn is the begin of the instance of a day, unless it is excluded.
func (e *entry) instanceOn(day string) (start int64, ok bool) {
	series := e.series()
	wall, ok := series.On(day)
	if !ok || e.excludes(day) {
		return 0, false
	}
	return unixOf(wall, e.zone()), true
}
