package conformance_test

import (
	"strconv"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

// receiver is the handler of an application. Its URL has a query string, which
// must come as it is.
type receiver struct {
	*e2e.Receiver
	t   *testing.T
	url string
}

// received is one request that came.
type received struct {
	e2e.Request
	t *testing.T
}

func startReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{Receiver: e2e.NewReceiver(t), t: t}
	r.url = r.URL + ".php?from=portal&again=1"
	return r
}

// all waits until n requests have come.
func (r *receiver) all(n int) []received {
	r.t.Helper()
	testkit.Eventually(r.t, e2e.Patience, strconv.Itoa(n)+" requests have come", func() bool { return len(r.Got()) >= n })
	var out []received
	for _, one := range r.Got() {
		out = append(out, received{Request: one, t: r.t})
	}
	return out
}

// first waits for an event and returns the first of its code.
func (r *receiver) first(code string) received {
	r.t.Helper()
	return received{Request: r.Wait(r.t, code, 1)[0], t: r.t}
}

func (r received) has(key, want string) {
	r.t.Helper()
	if got := r.Value(key); got != want {
		r.t.Errorf("%s = %q, want %q", key, got, want)
	}
}

// belongsTo checks what the examples leave open: whose event it is, and that its
// times fit together. docs/protocol/events.md sections 2.2 and 3.1.
func (r received) belongsTo(a *application) {
	r.t.Helper()
	r.has("auth[member_id]", a.memberID)
	r.has("auth[application_token]", a.secret)
	ts, err := strconv.ParseInt(r.Value("ts"), 10, 64)
	if err != nil {
		r.t.Error(err)
	}
	if r.Value("auth[access_token]") != "" {
		r.has("auth[expires]", strconv.FormatInt(ts+3600, 10))
	}
	if r.Method != "POST" || r.Target != "/handler.php?from=portal&again=1" || r.ContentType != "application/x-www-form-urlencoded" {
		r.t.Errorf("%s %s, %s", r.Method, r.Target, r.ContentType)
	}
	if got := r.Header.Get("Webhook-Timestamp"); got != strconv.FormatInt(ts, 10) {
		r.t.Errorf("webhook-timestamp is %q, ts is %d", got, ts)
	}
	if err := r.Signed(a.signing); err != nil {
		r.t.Error(err)
	}
	if r.Header.Get("Webhook-Id") == "" || r.Header.Get("Onevent-Event-Time") == "" {
		r.t.Error("webhook-id or onevent-event-time is missing")
	}
}
