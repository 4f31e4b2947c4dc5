package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/testportal"
)

// within fails the test when work takes much longer than its size explains. The
// bound leaves room for a machine that is busy and a race detector.
func within(t *testing.T, most time.Duration, work func()) {
	t.Helper()
	began := time.Now()
	work()
	if took := time.Since(began); took > most {
		t.Errorf("it took %v, at most %v are allowed", took, most)
	}
}

func numbered(n int, format string) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, format, i)
	}
	return out.String()
}

func (b *bench) form(t *testing.T, path, body string) testportal.Answer {
	t.Helper()
	return b.do(t, http.MethodPost, path, "application/x-www-form-urlencoded", body, "Authorization", "Bearer "+b.token)
}

// docs/protocol/rest.md section 3.
func TestThousandsOfSDKKeysAreDroppedInOnePass(t *testing.T) {
	b := open(t)
	body := numbered(19_900, "&bx24_%d=1") + "&x=1"
	within(t, time.Second, func() { wantText(t, b.form(t, "/rest/echo", body), 200, `{"result":{"x":"1"},`) })
}
