package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Report is what was measured.
type Report struct {
	Go      string
	System  string // operating system and architecture
	CPUs    int
	Began   time.Time
	Rounds  int
	Seconds float64 // that one run publishes
	Lines   []Line
	Figures []Figure
	// Missing deliveries did not arrive, Repeated ones arrived once more.
	Missing, Repeated int

	part string
	out  io.Writer
}

// Line is one quantity.
type Line struct {
	Part, Name, Unit string
	Median           float64
	Lowest, Highest  float64
	Values           []float64 // in the order of the runs
}

func newReport(c Config, out io.Writer) *Report {
	return &Report{
		Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(),
		Began: time.Now().UTC().Truncate(time.Second), Rounds: c.Runs, Seconds: c.For.Seconds(), out: out,
	}
}

// head prints a line of text with room above it.
func (r *Report) head(format string, values ...any) {
	fmt.Fprintf(r.out, "\n"+format+"\n", values...)
}

// line keeps and prints a quantity.
func (r *Report) line(name, unit string, values ...float64) Line {
	l := Line{Part: r.part, Name: name, Unit: unit, Values: values, Median: median(values), Lowest: slices.Min(values), Highest: slices.Max(values)}
	r.Lines = append(r.Lines, l)
	fmt.Fprintf(r.out, "%-56s %s\n", l.Name, l.text())
	return l
}

func (l Line) text() string {
	text := number(l.Median, l.Unit) + " " + l.Unit
	if len(l.Values) > 1 {
		text += "  [" + number(l.Lowest, l.Unit) + " " + number(l.Highest, l.Unit) + "]"
	}
	return text
}

// number has as many digits as its unit deserves.
func number(v float64, unit string) string {
	digits := 2
	switch unit {
	case "/s", "MB", "KB":
		digits = 0
	case "us":
		digits = 1
	case "R", "of it":
		digits = 3
	}
	return fmt.Sprintf("%.*f", digits, v)
}

// account compares what arrived with what was published.
func (r *Report) account(deliveries int, t Tally) {
	r.Missing += deliveries - t.Distinct
	r.Repeated += t.Repeats
}

// finish prints the table of the figures and whether all arrived.
func (r *Report) finish() {
	if len(r.Figures) > 0 {
		r.head("| figure | measured | at least | aim | met |\n|---|---|---|---|---|")
		for _, f := range r.Figures {
			fmt.Fprintln(r.out, f.row())
		}
	}
	r.head("deliveries: %d missing, %d repeated", r.Missing, r.Repeated)
}

// WriteJSON writes all of it, indented.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(r)
}

// count writes a number with its thousands apart.
func count(n int) string {
	digits := fmt.Sprint(n)
	var groups []string
	for len(digits) > 3 {
		groups = append(groups, digits[len(digits)-3:])
		digits = digits[:len(digits)-3]
	}
	groups = append(groups, digits)
	slices.Reverse(groups)
	return strings.Join(groups, ",")
}
