package answer_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/onevent/onevent/rest/answer"
)

// docs/protocol/rest.md section 5.
func TestTimesPrintMicrosecondsAndOffsets(t *testing.T) {
	t.Parallel()
	start := time.Date(2025, 9, 9, 13, 31, 11, 509725123, time.UTC)
	zone := time.FixedZone("", 3*60*60)
	got, err := json.Marshal(answer.NewTimes(start, start.Add(20*time.Millisecond), start.Add(694180*time.Microsecond), zone))
	want := `{"start":1757424671.509725,"finish":1757424672.203905,"duration":0.694180,"processing":0.674180,` +
		`"date_start":"2025-09-09T16:31:11+03:00","date_finish":"2025-09-09T16:31:12+03:00","operating_reset_at":1757425271,"operating":0}`
	if err != nil || string(got) != want {
		t.Errorf("got %s %v, want %s", got, err, want)
	}
	if got := answer.Date(start, time.UTC); got != "2025-09-09T13:31:11+00:00" {
		t.Errorf("in UTC: %s", got)
	}
}
