package bench

import "fmt"

// Figure is a quantity that has marks to reach.
type Figure struct {
	Line
	AtLeast, Aim float64
	Lower        bool   // the lower, the better
	Met          string // MetAim, MetAtLeast or MetNot
}

// Values of Figure.Met.
const (
	MetAim     = "aim"
	MetAtLeast = "at least"
	MetNot     = "no"
)

// marks of a figure.
type marks struct {
	atLeast, aim float64
	lower        bool
}

// figure prints a line and keeps it for the table.
func (r *Report) figure(m marks, name, unit string, values ...float64) {
	f := Figure{Line: r.line(name, unit, values...), AtLeast: m.atLeast, Aim: m.aim, Lower: m.lower}
	switch {
	case m.reached(f.Median, m.aim):
		f.Met = MetAim
	case m.reached(f.Median, m.atLeast):
		f.Met = MetAtLeast
	default:
		f.Met = MetNot
	}
	r.Figures = append(r.Figures, f)
}

func (m marks) reached(value, mark float64) bool {
	if m.lower {
		return value <= mark
	}
	return value >= mark
}

// row is a line of the table.
func (f Figure) row() string {
	mark := func(v float64) string { return number(v, f.Unit) + " " + f.Unit }
	return fmt.Sprintf("| %s | %s | %s | %s | %s |", f.Name, f.text(), mark(f.AtLeast), mark(f.Aim), f.Met)
}
