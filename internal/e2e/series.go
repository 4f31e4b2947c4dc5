package e2e

import (
	"fmt"
	"slices"
)

// Series is a quantity measured again and again, at equal distances.
type Series []float64

// Median is the value in the middle; 0 of nothing.
func (s Series) Median() float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	return sorted[len(sorted)/2]
}

// Growth is what the line of least squares through the series gains from its
// first value to its last.
func (s Series) Growth() float64 {
	if len(s) < 2 {
		return 0
	}
	n := float64(len(s))
	meanX := (n - 1) / 2
	var meanY, xy, xx float64
	for _, y := range s {
		meanY += y / n
	}
	for i, y := range s {
		dx := float64(i) - meanX
		xy += dx * (y - meanY)
		xx += dx * dx
	}
	return xy / xx * (n - 1)
}

// Flat is nil when, after its first third, the series neither gains more than
// room along its line of least squares nor has a value more than twice as much
// above its median.
func (s Series) Flat(room float64) error {
	if len(s) < 9 {
		return fmt.Errorf("%d values are too few to tell", len(s))
	}
	warm := s[len(s)/3:]
	if g := warm.Growth(); g > room {
		return fmt.Errorf("it grows by %.0f, %.0f are allowed", g, room)
	}
	if above := slices.Max(warm) - warm.Median(); above > 2*room {
		return fmt.Errorf("one value is %.0f above the median %.0f, %.0f are allowed", above, warm.Median(), 2*room)
	}
	return nil
}
