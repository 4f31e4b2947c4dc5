package conformance_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"
)

// receiver is the handler of an application. It answers 200 unless answers says
// otherwise for the first requests.
type receiver struct {
	t   *testing.T
	url string

	mu       sync.Mutex
	answers  []int
	reaction func(received) // before each answer
	received []received
	arrived  chan struct{} // closed and replaced at each arrival
}

// received is one request that came.
type received struct {
	t       *testing.T
	raw     string
	fields  url.Values
	headers http.Header
}

func startReceiver(t *testing.T, answers ...int) *receiver {
	r := &receiver{t: t, answers: answers, arrived: make(chan struct{})}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL + "/handler.php?from=portal"
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	raw, err := io.ReadAll(request.Body)
	if err != nil {
		r.t.Error(err)
	}
	fields, err := url.ParseQuery(string(raw))
	if err != nil {
		r.t.Error(err)
	}
	one := received{t: r.t, raw: string(raw), fields: fields, headers: request.Header}
	if r.reaction != nil {
		r.reaction(one)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.answers) > 0 {
		w.WriteHeader(r.answers[0])
		r.answers = r.answers[1:]
	}
	r.received = append(r.received, one)
	close(r.arrived)
	r.arrived = make(chan struct{})
}

// until waits until enough says yes to what came so far.
func (r *receiver) until(what string, enough func([]received) bool) []received {
	r.t.Helper()
	deadline := time.After(patience)
	for {
		r.mu.Lock()
		all, arrived := r.received, r.arrived
		r.mu.Unlock()
		if enough(all) {
			return all
		}
		select {
		case <-arrived:
		case <-deadline:
			r.t.Fatalf("%s did not come; what came: %v", what, codes(all))
		}
	}
}

func codes(all []received) []string {
	var out []string
	for _, one := range all {
		out = append(out, one.fields.Get("event"))
	}
	return out
}

// first waits for an event and returns the first of its code.
func (r *receiver) first(code string) received {
	r.t.Helper()
	var found received
	r.until(code, func(all []received) bool {
		for _, one := range all {
			if one.fields.Get("event") == code {
				found = one
				return true
			}
		}
		return false
	})
	return found
}

func (r received) has(key, want string) {
	r.t.Helper()
	if got := r.fields.Get(key); got != want {
		r.t.Errorf("%s = %q, want %q", key, got, want)
	}
}

// belongsTo checks what the examples leave open: whose event it is, and that its
// times fit together. docs/protocol/events.md sections 2.2 and 3.1.
func (r received) belongsTo(a *application) {
	r.t.Helper()
	r.has("auth[member_id]", a.memberID)
	r.has("auth[application_token]", a.secret)
	ts, err := strconv.ParseInt(r.fields.Get("ts"), 10, 64)
	if err != nil {
		r.t.Error(err)
	}
	if r.fields.Has("auth[access_token]") {
		r.has("auth[expires]", strconv.FormatInt(ts+3600, 10))
	}
	for name, want := range map[string]string{
		"Content-Type":      "application/x-www-form-urlencoded",
		"Webhook-Timestamp": strconv.FormatInt(ts, 10),
	} {
		if got := r.headers.Get(name); got != want {
			r.t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r.headers.Get("Webhook-Id") == "" || r.headers.Get("Onevent-Event-Time") == "" {
		r.t.Error("webhook-id or onevent-event-time is missing")
	}
}
