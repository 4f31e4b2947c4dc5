package conformance_test

import (
	"slices"
	"strings"
	"testing"
)

// example reads the body of an event as a page of docs/protocol shows it.
func example(t *testing.T, page, code string) string {
	t.Helper()
	for line := range strings.Lines(read(t, "../docs/protocol/"+page)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "event="+code+"&") {
			return line
		}
	}
	t.Fatalf("%s shows no body of %s", page, code)
	return ""
}

// varying are what differs between two deliveries of the same event: ids, times
// and tokens. Everything else is compared byte for byte.
var varying = []string{
	"event_handler_id", "ts", "auth%5Baccess_token%5D", "auth%5Bexpires%5D", "auth%5Bmember_id%5D",
	"auth%5Brefresh_token%5D", "auth%5Bapplication_token%5D",
}

// sameButForVarying compares raw bodies: what varies of the example is replaced
// by what was received, key by key, in its place.
func sameButForVarying(t *testing.T, got, example string) {
	t.Helper()
	have, want := strings.Split(got, "&"), strings.Split(example, "&")
	for i := range want {
		key, _, _ := strings.Cut(want[i], "=")
		if i < len(have) && slices.Contains(varying, key) && strings.HasPrefix(have[i], key+"=") {
			want[i] = have[i]
		}
	}
	if joined := strings.Join(want, "&"); got != joined {
		t.Errorf("the body differs from the protocol's example\ngot  %s\nwant %s", got, joined)
	}
}
