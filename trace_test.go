package onevent_test

import (
	"testing"

	"github.com/onevent/onevent"
)

func TestATraceparentIsReadOrIsNoTrace(t *testing.T) {
	t.Parallel()
	const id, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	for header, want := range map[string]bool{
		"00-" + id + "-" + span + "-01":                       true,
		"00-" + id + "-" + span + "-00":                       true,
		"01-" + id + "-" + span + "-01-more":                  true,
		"":                                                    false,
		"ff-" + id + "-" + span + "-01":                       false,
		"00-" + id + "-" + span:                               false,
		"00-" + id + "-" + span + "-1":                        false,
		"00-" + id[2:] + "-" + span + "-01":                   false,
		"00-" + id + "-0000000000000000-01":                   false,
		"00-00000000000000000000000000000000-" + span + "-01": false,
		"00-" + id + "-zzf067aa0ba902b7-01":                   false,
	} {
		got := onevent.ParseTrace(header)
		if (got != onevent.Trace{}) != want {
			t.Errorf("%q: %+v", header, got)
		}
		if want && (got.ID[0] != 0x4b || got.Span[7] != 0xb7 || got.Sampled != (header[53:55] == "01")) {
			t.Errorf("%q: %+v", header, got)
		}
	}
}
