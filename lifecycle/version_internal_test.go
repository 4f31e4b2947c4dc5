package lifecycle

import "testing"

func TestVersionsAreComparedNumberByNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lower, higher string
		same          bool
	}{
		{"1", "2", false},
		{"2.9", "2.10", false},
		{"2.0.3", "2.1.0", false},
		{"9", "10", false},
		{"1.9.9", "2", false},
		{"1", "1.0.1", false},
		{"99999999999999999998", "99999999999999999999", false},
		{"1", "1.0", true},
		{"01.2", "1.02.0", true},
		{"0", "0.0", true},
	} {
		forth, back := compareVersions(c.lower, c.higher), compareVersions(c.higher, c.lower)
		if c.same != (forth == 0 && back == 0) || !c.same && (forth >= 0 || back <= 0) {
			t.Errorf("%s and %s compare as %d and %d", c.lower, c.higher, forth, back)
		}
	}
}
