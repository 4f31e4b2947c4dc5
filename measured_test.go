package onevent_test

import (
	"testing"

	"github.com/onevent/onevent"
)

func TestADiskIsLowBeforeItIsFull(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		free, reserve int64
		low, full     bool
	}{
		{200, 100, false, false}, {199, 100, true, false}, {100, 100, true, false}, {99, 100, true, true},
		{1, 0, false, false}, {0, 0, false, true}, {1 << 40, 1 << 62, true, true},
	} {
		d := onevent.Disk{Free: test.free, Reserve: test.reserve}
		if d.Low() != test.low || d.Full() != test.full {
			t.Errorf("with %d free and a reserve of %d it is low %v, full %v", test.free, test.reserve, d.Low(), d.Full())
		}
	}
}
