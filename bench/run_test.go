package bench_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/bench"
)

// What each part must tell. The names of figures are also in the table.
var (
	figures = map[string][]string{
		bench.Events: {
			"one event a call, one handler", "arrays of 100, one handler", "one event a call, ten handlers, deliveries",
			"p99 from publish to handler at 40/s, above the bare POST's",
			"CPU a delivery, one event a call, by the bare client's", "CPU a delivery, arrays of 100, by the bare client's",
		},
		bench.REST: nil,
		bench.Scale: {
			"rate with 200 waiting, of that with none", "ready after a restart with 200 waiting",
			"ready after a kill with 200 waiting and a long log", "memory with 200 waiting, idle after a start",
			"memory with 200 waiting, peak of these runs", "rate with 300 handlers on 30 portals, of that with ten",
		},
		bench.Isolation: {"p99 of a healthy destination beside dead and slow ones"},
		bench.Curves:    nil,
	}
	lines = map[string][]string{
		bench.Events: {"R: bare POST, 64 connections", "bare POST p99", "peak memory of the server"},
		bench.REST: {
			"echo: bare JSON server", "profile, of the echo", "crm.activity.update, until delivered", "crm.activity.update, of the echo",
			"crm.activity.get", "a batch's commands, by single ones", "CPU: profile",
		},
		bench.Scale:     {"filling the store of full", "ready with 300 handlers on 30 portals", "length of the log that a killed process left"},
		bench.Isolation: {"p99 of the healthy one, alone", "p99 of the healthy one, beside the others", "all quiet portals, alone", "all quiet portals, beside the loud one", "the loud portal"},
		bench.Curves:    {"backlog 100: CPU a delivery", "handlers 100: rate", "portals 10: rate, of the bare POST's", "backlog 0: rate"},
	}
)

// differs may be below zero: it is measured as a difference.
const differs = "p99 from publish to handler at 40/s, above the bare POST's"

// The whole of it, as small as it goes: what was published arrived once.
func TestTheBenchMeasuresEachPart(t *testing.T) {
	t.Parallel()
	for _, part := range []string{bench.Events, bench.REST, bench.Scale, bench.Isolation, bench.Curves} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			c := quick(t, part)
			if part == bench.Curves {
				c.Plots, c.Profiles = t.TempDir(), t.TempDir()
				defer drawnAndProfiled(t, c)
			}
			r, text := measured(t, c)
			tells(t, r, part)
			heldAgainstMarks(t, r, text)
			if r.Missing != 0 || r.Repeated != 0 || !strings.Contains(text, "0 missing, 0 repeated") {
				t.Errorf("%d deliveries are missing, %d were repeated:\n%s", r.Missing, r.Repeated, text)
			}
			left, err := os.ReadDir(c.Dir)
			if err != nil || len(left) != 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func quick(t *testing.T, parts ...string) bench.Config {
	return bench.Config{
		Parts: parts, Dir: t.TempDir(), Runs: 1, For: 200 * time.Millisecond, Latency: 40, Size: bench.QuickSize(),
		Verb: []string{"verb"}, Server: []string{"verb", "server"},
	}
}

func measured(t *testing.T, c bench.Config) (*bench.Report, string) {
	t.Helper()
	var out strings.Builder
	r, err := bench.Run(t.Context(), c, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	return r, out.String()
}

// tells fails unless the report has what belongs to the part, nothing of others,
// and values that can be.
func tells(t *testing.T, r *bench.Report, part string) {
	t.Helper()
	var named, inTable []string
	for _, l := range r.Lines {
		named = append(named, l.Name)
		if l.Part != part || len(l.Values) == 0 || l.Lowest > l.Median || l.Median > l.Highest || (l.Median <= 0 && l.Name != differs) {
			t.Errorf("got %+v", l)
		}
	}
	for _, f := range r.Figures {
		inTable = append(inTable, f.Name)
	}
	if want := figures[part]; !slices.Equal(slices.Sorted(slices.Values(inTable)), slices.Sorted(slices.Values(want))) {
		t.Errorf("the table has %q, want %q", inTable, want)
	}
	for _, want := range lines[part] {
		if !slices.Contains(named, want) {
			t.Errorf("%q is not told, only %q", want, named)
		}
	}
}

func TestOneDeadDestinationMayHaveTheWholeQueue(t *testing.T) {
	t.Parallel()
	c := quick(t, bench.Scale)
	c.Size.Dead = 1
	tells(t, first(measured(t, c)), bench.Scale)
}

func first(r *bench.Report, _ string) *bench.Report { return r }

func TestTheMedianOfTwoRunsLiesBetweenThem(t *testing.T) {
	t.Parallel()
	c := quick(t, bench.Events)
	c.Runs = 2
	r, _ := measured(t, c)
	for _, l := range r.Lines {
		if between := (l.Lowest + l.Highest) / 2; len(l.Values) == 2 && l.Median != between {
			t.Errorf("got %+v, want the median %v", l, between)
		}
	}
}

func TestTheReportIsWrittenAsJSON(t *testing.T) {
	t.Parallel()
	r, _ := measured(t, quick(t))
	r.Figures = []bench.Figure{{Line: bench.Line{Name: "a", Unit: "R", Median: 0.5, Values: []float64{0.5}}, Met: bench.MetAim}}
	var out bytes.Buffer
	if err := r.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		CPUs    int
		Figures []struct {
			Name   string
			Median float64
			Met    string
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.CPUs < 1 || len(got.Figures) != 1 || got.Figures[0].Median != 0.5 || got.Figures[0].Met != "aim" {
		t.Errorf("%v: %s", err, &out)
	}
}

// drawnAndProfiled fails unless there is a drawing of each curve and a profile
// of each run.
func drawnAndProfiled(t *testing.T, c bench.Config) {
	t.Helper()
	for _, name := range []string{"backlog", "handlers", "portals", "body"} {
		text, err := os.ReadFile(filepath.Join(c.Plots, name+".svg"))
		if err != nil || !strings.Contains(string(text), "<svg") || !strings.Contains(string(text), "CPU a delivery") {
			t.Errorf("%s: %v: %.80s", name, err, text)
		}
	}
	profiles, err := filepath.Glob(filepath.Join(c.Profiles, "*.pprof"))
	if err != nil || len(profiles) != 8 {
		t.Errorf("%d profiles, %v", len(profiles), err)
	}
	for _, p := range profiles {
		if info, err := os.Stat(p); err != nil || info.Size() == 0 {
			t.Errorf("%s is empty, %v", p, err)
		}
	}
}

// heldAgainstMarks fails unless the table says of each figure which mark it meets.
func heldAgainstMarks(t *testing.T, r *bench.Report, text string) {
	t.Helper()
	for _, f := range r.Figures {
		want := bench.MetNot
		if reached(f, f.AtLeast) {
			want = bench.MetAtLeast
		}
		if reached(f, f.Aim) {
			want = bench.MetAim
		}
		if f.Met != want || !strings.Contains(text, "| "+f.Name+" | ") || !strings.Contains(text, " | "+want+" |\n") {
			t.Errorf("got %+v, want %q, in\n%s", f, want, text)
		}
	}
}

func reached(f bench.Figure, mark float64) bool {
	if f.Lower {
		return f.Median <= mark
	}
	return f.Median >= mark
}
