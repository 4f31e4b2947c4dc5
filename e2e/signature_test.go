package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

// signedCall is a request as a handler got it.
type signedCall struct {
	header http.Header
	body   []byte
}

// verifiedBy has the official library judge the request, its time included.
func (c signedCall) verifiedBy(t *testing.T, secret string) bool {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return w.Verify(c.body, c.header) == nil
}

// signedHandler answers each request by a status that is handed to it.
func signedHandler(t *testing.T) (address string, calls chan signedCall, statuses chan int) {
	calls, statuses = make(chan signedCall, 10), make(chan int, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		calls <- signedCall{r.Header, body}
		w.WriteHeader(<-statuses)
	}))
	t.Cleanup(server.Close)
	return server.URL, calls, statuses
}

// TestEveryRequestIsSignedThroughARotation checks what a handler gets with the
// official library of Standard Webhooks: first attempts and retries, before a rotation
// of the secret, during its overlap and after it.
func TestEveryRequestIsSignedThroughARotation(t *testing.T) {
	o := newOperator(t, t.TempDir(), "delivery.retry: [1s, 1s, 1s]\n")
	address, calls, statuses := signedHandler(t)
	if status, text := o.rest("event.bind", url.Values{"event": {"ONCRMACTIVITYUPDATE"}, "handler": {address}}); status != 200 {
		t.Fatalf("event.bind: %d %s", status, text)
	}
	path := "/portals/" + o.member + "/installations/" + o.app + "/signing_secret"
	secretIn := func(answer map[string]any) string { return answer["signing_secret"].(string) }
	first := secretIn(o.must("GET", path, nil, 200))
	seq := 0
	// both attempts of one delivery, the first of which fails
	deliver := func(between func()) (one, two signedCall) {
		t.Helper()
		seq++
		o.must("POST", "/portals/"+o.member+"/events", event(1, seq, "ü&="), 202)
		one = <-calls
		between()
		statuses <- 500
		two = <-calls
		statuses <- 200
		if id := one.header.Get("Webhook-Id"); id == "" || id != two.header.Get("Webhook-Id") {
			t.Errorf("the attempts have the ids %q and %q", id, two.header.Get("Webhook-Id"))
		}
		o.untilSettled(e2e.Patience)
		return one, two
	}
	want := func(what string, c signedCall, secrets map[string]bool) {
		t.Helper()
		for secret, good := range secrets {
			if c.verifiedBy(t, secret) != good {
				t.Errorf("%s: %.12s verifies: %v, want %v", what, secret, !good, good)
			}
		}
	}

	var second, third, until string
	one, two := deliver(func() {
		answer := o.must("POST", path, map[string]any{}, 200)
		second = secretIn(answer)
	})
	want("before the rotation", one, map[string]bool{first: true, second: false})
	want("the retry during the overlap", two, map[string]bool{first: true, second: true})

	answer := o.must("POST", path, map[string]any{"overlap": 2}, 200)
	third, until = secretIn(answer), answer["former_until"].(string)
	end, err := time.Parse(time.RFC3339, until)
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, e2e.Patience, "the overlap ends", func() bool { return time.Now().After(end) })
	one, two = deliver(func() {})
	for _, c := range []signedCall{one, two} {
		want("after the overlap", c, map[string]bool{first: false, second: false, third: true})
	}
	one, _ = deliver(func() { o.must("POST", path, map[string]any{"overlap": 0}, 200) })
	want("before one without overlap", one, map[string]bool{third: true})
	fourth := secretIn(o.must("GET", path, nil, 200))
	one, _ = deliver(func() {})
	want("without overlap", one, map[string]bool{third: false, fourth: true})
}
