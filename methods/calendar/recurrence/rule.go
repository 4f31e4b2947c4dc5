// Package recurrence says on which days something happens again, by rules in the
// terms of iCalendar. docs/protocol/methods-activities-calendar-users.md
// section 2.
//
// Its times are wall-clock times: what the clock shows where the event takes
// place, kept in UTC, so that every day has 24 hours here.
package recurrence

import (
	"slices"
	"strconv"
	"time"
)

// The frequencies of a Rule.
const (
	Daily   = "DAILY"
	Weekly  = "WEEKLY"
	Monthly = "MONTHLY"
	Yearly  = "YEARLY"
)

// DayLayout is the form of a day; days compare as texts do.
const DayLayout = time.DateOnly

// The bounds of a Rule. Instances of a counted rule are looked at one by one, and
// long intervals month by month.
const (
	MaxInterval = 1_000
	MaxCount    = 1_000
	maxDays     = 31
)

// Rule is how something recurs.
type Rule struct {
	Freq     string `json:"FREQ"`
	Interval int    `json:"INTERVAL"`
	Count    int    `json:"COUNT,omitempty"` // how often in all; 0: no bound
	Until    string `json:"UNTIL,omitempty"` // the last day that may be one; empty: no bound
	// Days are MO, TU, ...; of months and years also the second Tuesday, 2TU, or
	// the last one, -1TU. Empty: as the first instance lies.
	Days []string `json:"BYDAY,omitempty"`
}

// Valid says whether the rule is within the bounds and Days fit Freq. Days
// either all have a number or none has.
func (r *Rule) Valid() bool {
	return slices.Contains([]string{Daily, Weekly, Monthly, Yearly}, r.Freq) &&
		r.Interval >= 1 && r.Interval <= MaxInterval &&
		r.Count >= 0 && r.Count <= MaxCount && r.validUntil() && r.validDays()
}

func (r *Rule) validUntil() bool {
	_, err := time.Parse(DayLayout, r.Until)
	return r.Until == "" || err == nil
}

func (r *Rule) validDays() bool {
	if len(r.Days) > maxDays {
		return false
	}
	numbered := 0
	for _, text := range r.Days {
		n, name, ok := splitDay(text)
		if !ok || n > r.maxNumber() || n < -r.maxNumber() || !slices.Contains(weekdays, name) {
			return false
		}
		if n != 0 {
			numbered++
		}
	}
	return numbered == 0 || numbered == len(r.Days)
}

// maxNumber is how often a weekday can come in a month or a year.
func (r *Rule) maxNumber() int {
	switch r.Freq {
	case Monthly:
		return 5
	case Yearly:
		return 53
	}
	return 0
}

// weekdays are in the order of time.Weekday.
var weekdays = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// DayName is how a Rule names the weekday of t.
func DayName(t time.Time) string { return weekdays[t.Weekday()] }

// splitDay reads -1MO; a day without a number has the number 0.
func splitDay(text string) (number int, name string, ok bool) {
	if len(text) < 2 {
		return 0, "", false
	}
	digits, name := text[:len(text)-2], text[len(text)-2:]
	if digits == "" {
		return 0, name, true
	}
	number, err := strconv.Atoi(digits)
	return number, name, err == nil && number != 0
}
