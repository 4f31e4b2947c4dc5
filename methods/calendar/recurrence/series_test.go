package recurrence_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/methods/calendar/recurrence"
)

func day(text string) time.Time {
	t, err := time.Parse("2006-01-02T15:04", text+"T10:30")
	if err != nil {
		panic(err)
	}
	return t
}

func days(s recurrence.Series, from, to string) string {
	var out []string
	for t := range s.Between(day(from), day(to)) {
		out = append(out, t.Format("2006-01-02"))
	}
	return strings.Join(out, " ")
}

func TestInstancesOfRules(t *testing.T) {
	t.Parallel()
	const far = "9999-12-31"
	for _, tc := range []struct {
		rule              recurrence.Rule
		start, from, to   string
		want, last, first string
	}{
		{rule: recurrence.Rule{Freq: "DAILY", Interval: 1, Count: 3}, start: "2026-03-28", to: far, want: "2026-03-28 2026-03-29 2026-03-30", last: "2026-03-30"},
		{rule: recurrence.Rule{Freq: "DAILY", Interval: 1, Until: "2026-03-29"}, start: "2026-03-28", to: far, want: "2026-03-28 2026-03-29", last: "2026-03-29"},
		{rule: recurrence.Rule{Freq: "DAILY", Interval: 1, Count: 9, Until: "2026-03-29"}, start: "2026-03-28", to: far, want: "2026-03-28 2026-03-29", last: "2026-03-29"},
		{rule: recurrence.Rule{Freq: "DAILY", Interval: 1, Count: 1}, start: "2026-03-28", to: far, want: "2026-03-28", last: "2026-03-28"},
		{rule: recurrence.Rule{Freq: "DAILY", Interval: 3}, start: "2026-03-28", from: "2026-04-04", to: "2026-04-09", want: "2026-04-06 2026-04-09"},
		{rule: recurrence.Rule{Freq: "DAILY", Interval: 1, Days: []string{"SA", "SU"}}, start: "2026-03-26", to: "2026-04-04", want: "2026-03-28 2026-03-29 2026-04-04", first: "2026-03-28"},
		{rule: recurrence.Rule{Freq: "WEEKLY", Interval: 1}, start: "2026-03-25", to: "2026-04-08", want: "2026-03-25 2026-04-01 2026-04-08"},
		{rule: recurrence.Rule{Freq: "WEEKLY", Interval: 1, Days: []string{"MO", "WE"}}, start: "2026-03-25", to: "2026-04-01", want: "2026-03-25 2026-03-30 2026-04-01"},
		{rule: recurrence.Rule{Freq: "WEEKLY", Interval: 2, Days: []string{"SU", "MO"}}, start: "2026-03-25", to: "2026-04-30", want: "2026-03-29 2026-04-06 2026-04-12 2026-04-20 2026-04-26", first: "2026-03-29"},
		{rule: recurrence.Rule{Freq: "WEEKLY", Interval: 2, Days: []string{"SU", "MO"}}, start: "2026-03-25", from: "2026-04-13", to: "2026-04-20", want: "2026-04-20", first: "2026-03-29"},
		{rule: recurrence.Rule{Freq: "MONTHLY", Interval: 1}, start: "2026-01-31", to: "2026-06-01", want: "2026-01-31 2026-03-31 2026-05-31"},
		{rule: recurrence.Rule{Freq: "MONTHLY", Interval: 1, Days: []string{"2TU", "-1FR"}}, start: "2026-03-10", to: "2026-04-30", want: "2026-03-10 2026-03-27 2026-04-14 2026-04-24"},
		{rule: recurrence.Rule{Freq: "MONTHLY", Interval: 1, Days: []string{"5MO", "-5MO"}}, start: "2026-01-01", from: "2026-02-01", to: "2026-06-30", want: "2026-03-02 2026-03-30 2026-06-01 2026-06-29", first: "2026-03-02"},
		{rule: recurrence.Rule{Freq: "YEARLY", Interval: 1}, start: "2024-02-29", from: "2025-01-01", to: "2033-01-01", want: "2028-02-29 2032-02-29"},
		{rule: recurrence.Rule{Freq: "YEARLY", Interval: 2, Days: []string{"1MO"}}, start: "2026-03-01", to: "2031-01-01", want: "2028-01-03 2030-01-07", first: "2028-01-03"},
		{rule: recurrence.Rule{Freq: "YEARLY", Interval: 1_000}, start: "2026-03-01", from: "3026-03-02", to: far, want: "4026-03-01 5026-03-01 6026-03-01 7026-03-01 8026-03-01 9026-03-01"},
		{rule: recurrence.Rule{Freq: "YEARLY", Interval: 1, Days: []string{"53WE", "-53TH"}}, start: "2026-01-01", to: "2030-01-01", want: "2026-01-01"},
		{rule: recurrence.Rule{Freq: "DAILY", Interval: 1}, start: "9999-12-30", to: far, want: "9999-12-30 9999-12-31"},
	} {
		name := fmt.Sprint(tc.rule, tc.start)
		if !tc.rule.Valid() {
			t.Errorf("%s is not valid", name)
			continue
		}
		s, ok := recurrence.New(tc.rule, day(tc.start))
		if tc.from == "" {
			tc.from = tc.start
		}
		if tc.first == "" {
			tc.first = tc.start
		}
		if !ok || s.Start != day(tc.first) || s.Last != tc.last {
			t.Errorf("%s: begins %v, ends %q, %v", name, s.Start, s.Last, ok)
		}
		if got := days(s, tc.from, tc.to); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestRulesWithoutAnyInstanceAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		rule  recurrence.Rule
		start string
	}{
		{recurrence.Rule{Freq: "DAILY", Interval: 1, Until: "2026-03-27"}, "2026-03-28"},
		{recurrence.Rule{Freq: "DAILY", Interval: 7, Days: []string{"MO"}}, "2026-03-28"},
		{recurrence.Rule{Freq: "WEEKLY", Interval: 1, Days: []string{"FR"}, Until: "2026-04-02"}, "2026-03-28"},
		{recurrence.Rule{Freq: "WEEKLY", Interval: recurrence.MaxInterval, Days: []string{"FR"}}, "9990-03-31"},
		{recurrence.Rule{Freq: "DAILY", Interval: 1}, "0001-01-01"},
	} {
		if s, ok := recurrence.New(tc.rule, day(tc.start)); ok {
			t.Errorf("%v: %v", tc, s)
		}
	}
}

func TestBoundsOfRules(t *testing.T) {
	t.Parallel()
	many := slices.Repeat([]string{"MO"}, 32)
	for _, tc := range []struct {
		rule recurrence.Rule
		ok   bool
	}{
		{recurrence.Rule{Freq: "DAILY", Interval: 1}, true},
		{recurrence.Rule{Freq: "daily", Interval: 1}, false},
		{recurrence.Rule{Freq: "HOURLY", Interval: 1}, false},
		{recurrence.Rule{Interval: 1}, false},
		{recurrence.Rule{Freq: "DAILY"}, false},
		{recurrence.Rule{Freq: "DAILY", Interval: 1_000}, true},
		{recurrence.Rule{Freq: "DAILY", Interval: 1_001}, false},
		{recurrence.Rule{Freq: "DAILY", Interval: 1, Count: 1000}, true},
		{recurrence.Rule{Freq: "DAILY", Interval: 1, Count: 1001}, false},
		{recurrence.Rule{Freq: "DAILY", Interval: 1, Count: -1}, false},
		{recurrence.Rule{Freq: "DAILY", Interval: 1, Until: "2026-02-28"}, true},
		{recurrence.Rule{Freq: "DAILY", Interval: 1, Until: "2026-02-29"}, false},
		{recurrence.Rule{Freq: "WEEKLY", Interval: 1, Days: many[:31]}, true},
		{recurrence.Rule{Freq: "WEEKLY", Interval: 1, Days: many}, false},
		{recurrence.Rule{Freq: "WEEKLY", Interval: 1, Days: []string{"1MO"}}, false},
		{recurrence.Rule{Freq: "WEEKLY", Interval: 1, Days: []string{"XX"}}, false},
		{recurrence.Rule{Freq: "WEEKLY", Interval: 1, Days: []string{""}}, false},
		{recurrence.Rule{Freq: "MONTHLY", Interval: 1, Days: []string{"5MO", "-5SU"}}, true},
		{recurrence.Rule{Freq: "MONTHLY", Interval: 1, Days: []string{"6MO"}}, false},
		{recurrence.Rule{Freq: "MONTHLY", Interval: 1, Days: []string{"-6MO"}}, false},
		{recurrence.Rule{Freq: "MONTHLY", Interval: 1, Days: []string{"0MO"}}, false},
		{recurrence.Rule{Freq: "MONTHLY", Interval: 1, Days: []string{"1MO", "TU"}}, false},
		{recurrence.Rule{Freq: "YEARLY", Interval: 1, Days: []string{"53MO", "-53SU"}}, true},
		{recurrence.Rule{Freq: "YEARLY", Interval: 1, Days: []string{"54MO"}}, false},
	} {
		if tc.rule.Valid() != tc.ok {
			t.Errorf("%v: %v", tc.rule, !tc.ok)
		}
	}
}

// matches says of one day, by itself, whether a rule names it.
func matches(r recurrence.Rule, start, t time.Time) bool {
	listed := len(r.Days) == 0 || slices.Contains(r.Days, recurrence.DayName(t))
	monday := func(t time.Time) time.Time { return t.AddDate(0, 0, -(int(t.Weekday())+6)%7) }
	switch r.Freq {
	case "DAILY":
		return listed && int(t.Sub(start).Hours()/24)%r.Interval == 0
	case "WEEKLY":
		if len(r.Days) == 0 {
			listed = t.Weekday() == start.Weekday()
		}
		return listed && int(monday(t).Sub(monday(start)).Hours()/24/7)%r.Interval == 0
	case "MONTHLY":
		months := (t.Year()-start.Year())*12 + int(t.Month()) - int(start.Month())
		return listed && months%r.Interval == 0 && (len(r.Days) > 0 || t.Day() == start.Day())
	}
	return listed && (t.Year()-start.Year())%r.Interval == 0 &&
		(len(r.Days) > 0 || t.Day() == start.Day() && t.Month() == start.Month())
}

// Rules, begins and windows drawn at random: what Between yields is what a look
// at every single day finds.
func TestBetweenFindsWhatALookAtEachDayFinds(t *testing.T) {
	t.Parallel()
	draw := rand.New(rand.NewPCG(1, 2))
	names := []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}
	for range 400 {
		rule := recurrence.Rule{
			Freq:     []string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}[draw.IntN(4)],
			Interval: 1 + draw.IntN(5), Count: draw.IntN(2) * draw.IntN(60),
		}
		for _, i := range draw.Perm(7)[:draw.IntN(3)] {
			rule.Days = append(rule.Days, names[i])
		}
		start := day("2024-01-01").AddDate(0, 0, draw.IntN(800))
		if draw.IntN(2) == 0 {
			rule.Until = start.AddDate(0, 0, draw.IntN(2000)).Format("2006-01-02")
		}
		from := start.AddDate(0, 0, draw.IntN(1500)-100)
		to := from.AddDate(0, 0, draw.IntN(400))
		var want []time.Time
		n := 0
		for at := start; !at.After(to); at = at.AddDate(0, 0, 1) {
			if rule.Until != "" && at.Format("2006-01-02") > rule.Until || !matches(rule, start, at) {
				continue
			}
			if n++; rule.Count > 0 && n > rule.Count {
				break
			}
			if !at.Before(from) {
				want = append(want, at)
			}
		}
		s, ok := recurrence.New(rule, start)
		if !ok {
			if len(want) > 0 {
				t.Fatalf("%v from %v has no instance, want %v", rule, start, want)
			}
			continue
		}
		if got := slices.Collect(s.Between(from, to)); !slices.Equal(got, want) {
			t.Fatalf("%v from %v, between %v and %v:\n%v, want\n%v", rule, start, from, to, got, want)
		}
	}
}

func TestOnAndCountBefore(t *testing.T) {
	t.Parallel()
	s, _ := recurrence.New(recurrence.Rule{Freq: "DAILY", Interval: 2, Count: 3}, day("2026-03-28"))
	for text, want := range map[string]int{"2026-03-27": 0, "2026-03-28": 0, "2026-03-30": 1, "2026-04-01": 2, "2027-01-01": 3} {
		if got := s.CountBefore(text); got != want {
			t.Errorf("before %s: %d, want %d", text, got, want)
		}
	}
	for text, want := range map[string]bool{"2026-03-26": false, "2026-03-28": true, "2026-03-29": false, "2026-04-01": true, "2026-04-03": false, "soon": false} {
		at, ok := s.On(text)
		if ok != want || ok && at != day(text) {
			t.Errorf("on %s: %v %v", text, at, ok)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		rule recurrence.Rule
		want string
	}{
		{recurrence.Rule{Freq: "DAILY", Interval: 1}, "every day, from 03/28/2026"},
		{recurrence.Rule{Freq: "WEEKLY", Interval: 2, Until: "2026-05-01"}, "every 2 weeks on: Sat, from 03/28/2026 until 05/01/2026"},
		{recurrence.Rule{Freq: "WEEKLY", Interval: 1, Days: []string{"SA", "MO"}, Count: 2}, "every week on: Sat, Mon, from 03/28/2026 until 03/30/2026"},
		{recurrence.Rule{Freq: "MONTHLY", Interval: 1, Days: []string{"-1SA", "2MO"}}, "every month on: last Sat, 2. Mon, from 03/28/2026"},
		{recurrence.Rule{Freq: "YEARLY", Interval: 3}, "every 3 years, from 03/28/2026"},
	} {
		s, _ := recurrence.New(tc.rule, day("2026-03-28"))
		if got := s.Text("01/02/2006"); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}
