package e2e_test

import (
	"math"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
)

func TestASeriesThatGrowsOrJumpsIsNotFlat(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		series e2e.Series
		flat   bool
	}{
		"level":              {e2e.Series{9, 9, 9, 10, 11, 10, 9, 10, 11, 10, 9, 10}, true},
		"warming up":         {e2e.Series{0, 2, 5, 9, 10, 10, 9, 10, 10, 10, 9, 10}, true},
		"sinking":            {e2e.Series{30, 30, 20, 13, 12, 12, 11, 10, 10, 9, 8, 7}, true},
		"growing":            {e2e.Series{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, false},
		"growing in steps":   {e2e.Series{1, 1, 1, 1, 5, 5, 5, 5, 9, 9, 9, 9}, false},
		"one that is higher": {e2e.Series{9, 9, 9, 9, 9, 9, 9, 19, 9, 9, 9, 9}, false},
		"too few":            {e2e.Series{9, 9, 9, 9, 9, 9, 9, 9}, false},
	} {
		if err := c.series.Flat(4); (err == nil) != c.flat {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGrowthIsThatOfTheLineOfLeastSquares(t *testing.T) {
	t.Parallel()
	if g := (e2e.Series{1, 3, 2, 4}).Growth(); math.Abs(g-2.4) > 1e-9 {
		t.Errorf("got %v, want 2.4", g)
	}
	if g := (e2e.Series{7}).Growth(); g != 0 {
		t.Errorf("one value grows by %v", g)
	}
}
