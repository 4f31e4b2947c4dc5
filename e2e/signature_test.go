package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

// signedHandler answers each request by a status that is handed to it.
func signedHandler(t *testing.T) (address string, calls chan e2e.Request, statuses chan int) {
	calls, statuses = make(chan e2e.Request, 10), make(chan int, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		calls <- e2e.Request{Header: r.Header, Body: string(body)}
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
	deliver := func(between func()) (one, two e2e.Request) {
		t.Helper()
		seq++
		o.must("POST", "/portals/"+o.member+"/events", event(1, seq, "ü&="), 202)
		one = <-calls
		between()
		statuses <- 500
		two = <-calls
		statuses <- 200
		if id := one.Header.Get("Webhook-Id"); id == "" || id != two.Header.Get("Webhook-Id") {
			t.Errorf("the attempts have the ids %q and %q", id, two.Header.Get("Webhook-Id"))
		}
		o.untilSettled(e2e.Patience)
		return one, two
	}
	want := func(what string, c e2e.Request, secrets map[string]bool) {
		t.Helper()
		for secret, good := range secrets {
			if (c.Signed(secret) == nil) != good {
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
	for _, c := range []e2e.Request{one, two} {
		want("after the overlap", c, map[string]bool{first: false, second: false, third: true})
	}
	one, _ = deliver(func() { o.must("POST", path, map[string]any{"overlap": 0}, 200) })
	want("before one without overlap", one, map[string]bool{third: true})
	fourth := secretIn(o.must("GET", path, nil, 200))
	one, _ = deliver(func() {})
	want("without overlap", one, map[string]bool{third: false, fourth: true})

	again := func(what string, replays int) {
		t.Helper()
		for range replays {
			c := <-calls
			statuses <- 200
			want(what, c, map[string]bool{third: false, fourth: true})
			if of := c.Header.Get("Onevent-Replay-Of"); of == "" || of == c.Header.Get("Webhook-Id") {
				t.Errorf("%s: it is %q and a replay of %q", what, c.Header.Get("Webhook-Id"), of)
			}
		}
		o.untilSettled(e2e.Patience)
	}
	o.must("POST", "/deliveries/"+one.Header.Get("Webhook-Id")+"/replay", nil, 202)
	again("a delivery that is replayed", 1)
	o.must("POST", "/replays", map[string]any{"deliveries": map[string]any{"portal": o.member, "state": "delivered"}}, 202)
	again("many that are", seq)
}

// TestAConsumerDropsRepeatsByTheirID has every third answer lost, and the server killed
// while deliveries wait: whoever remembers each webhook-id takes each event once, and
// misses none.
func TestAConsumerDropsRepeatsByTheirID(t *testing.T) {
	o := newOperator(t, t.TempDir(), "delivery.retry: [1s, 1s, 1s, 1s, 1s, 1s]\n")
	const events = 20
	secret := o.must("GET", "/portals/"+o.member+"/installations/"+o.app+"/signing_secret", nil, 200)["signing_secret"].(string)
	consumer := e2e.NewReceiver(t)
	var mu sync.Mutex
	came, lost := 0, 0
	requests, taken := map[string]int{}, map[string]int{} // by webhook-id, by event
	consumer.Answer(func(r e2e.Request) int {
		mu.Lock()
		defer mu.Unlock()
		id := r.Header.Get("Webhook-Id")
		if err := r.Signed(secret); err != nil {
			t.Error(err)
		}
		if requests[id]++; requests[id] == 1 {
			taken[r.Value("data[FIELDS][ID]")]++
		}
		if came++; came%3 == 0 {
			lost++
			panic(http.ErrAbortHandler) // it did its work, and nobody hears of it
		}
		return http.StatusOK
	})
	if status, text := o.rest("event.bind", url.Values{"event": {"ONCRMACTIVITYUPDATE"}, "handler": {consumer.URL}}); status != 200 {
		t.Fatalf("event.bind: %d %s", status, text)
	}
	for object := range events {
		o.must("POST", "/portals/"+o.member+"/events", event(object+1, 1, ""), 202)
	}
	o.Kill()
	o.start()
	o.untilSettled(e2e.Patience)
	mu.Lock()
	defer mu.Unlock()
	if len(requests) != events || len(taken) != events {
		t.Errorf("%d ids and %d events, want %d", len(requests), len(taken), events)
	}
	if lost == 0 || came < events+lost {
		t.Errorf("%d requests came, and %d answers were lost", came, lost)
	}
	for object, n := range taken {
		if n != 1 {
			t.Errorf("object %s was taken %d times", object, n)
		}
	}
}
