package answer_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/wire"
)

// docs/protocol/rest.md section 5.
func TestTimesPrintMicrosecondsAndOffsets(t *testing.T) {
	t.Parallel()
	start := time.Date(2025, 9, 9, 13, 31, 11, 509725123, time.UTC)
	zone := time.FixedZone("", 3*60*60)
	got, err := json.Marshal(answer.Times{Start: start, Began: start.Add(20 * time.Millisecond), Finish: start.Add(694180 * time.Microsecond), Zone: zone})
	want := `{"start":1757424671.509725,"finish":1757424672.203905,"duration":0.694180,"processing":0.674180,` +
		`"date_start":"2025-09-09T16:31:11+03:00","date_finish":"2025-09-09T16:31:12+03:00","operating_reset_at":1757425271,"operating":0}`
	if err != nil || string(got) != want {
		t.Errorf("got %s %v, want %s", got, err, want)
	}
	if got := answer.Date(start, time.UTC); got != "2025-09-09T13:31:11+00:00" {
		t.Errorf("in UTC: %s", got)
	}
}

// docs/protocol/rest.md section 5.
func TestXMLHasAnElementForEachKeyAndItem(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"result":{"ID":"1","NAME":"a & <b>"},"total":2}`:       `<result><ID>1</ID><NAME>a &amp; &lt;b&gt;</NAME></result><total>2</total>`,
		`{"result":["a",{"b":1.50}]}`:                            `<result><item>a</item><item><b>1.50</b></item></result>`,
		`{"result":[]}`:                                          `<result></result>`,
		`{"a":true,"b":false,"c":null,"d":""}`:                   `<a>1</a><b></b><c></c><d></d>`,
		`{"0":"x","7":"y","~X":1,"a b":2,"":3,"Xml":4,"ключ":5}`: `<item>x</item><item>y</item><item>1</item><item>2</item><item>3</item><item>4</item><item>5</item>`,
		`{"a-b.c_1":"\u0001\n"}`:                                 "<a-b.c_1>\uFFFD&#xA;</a-b.c_1>",
	} {
		v, err := wire.ParseJSON([]byte(in), wire.Limits{})
		if got := string(answer.XML(v)); err != nil || got != "<response>"+want+"</response>" {
			t.Errorf("%s: got %s %v, want %s", in, got, err, want)
		}
	}
}
