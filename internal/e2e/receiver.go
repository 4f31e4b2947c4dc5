package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/onevent/onevent/internal/testkit"
)

// Request is one that a Receiver got.
type Request struct {
	Method      string
	Target      string // path and query as sent
	ContentType string
	Header      http.Header
	Body        string // as sent
}

// Event is the code of the event in the body.
func (r Request) Event() string { return r.Value("event") }

// Value is what the body has under a key, such as auth[access_token].
func (r Request) Value(key string) string {
	form, err := url.ParseQuery(r.Body)
	if err != nil {
		return ""
	}
	return form.Get(key)
}

// Signed has the official library of Standard Webhooks judge the request: an error
// when it was not signed with the secret, or not within the last five minutes.
func (r Request) Signed(secret string) error {
	w, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return err
	}
	return w.Verify([]byte(r.Body), r.Header)
}

// Receiver is a handler URL that keeps what it gets.
type Receiver struct {
	URL string

	mu     sync.Mutex
	got    []Request
	answer func(Request) int
}

// NewReceiver answers 200 to everything until Answer says otherwise. It ends
// with the test.
func NewReceiver(t testing.TB) *Receiver {
	t.Helper()
	r := &Receiver{}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.URL = server.URL + "/handler"
	return r
}

// Answer has f decide the status of further answers. It may block.
func (r *Receiver) Answer(f func(Request) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// ServeHTTP keeps the request and answers it.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return // the sender hung up
	}
	got := Request{Method: q.Method, Target: q.RequestURI, ContentType: q.Header.Get("Content-Type"), Header: q.Header, Body: string(body)}
	r.mu.Lock()
	r.got = append(r.got, got)
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		w.WriteHeader(answer(got))
	}
}

// Got is what has come so far, in its order.
func (r *Receiver) Got() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

// Of are those of one event.
func (r *Receiver) Of(event string) []Request {
	return slices.DeleteFunc(r.Got(), func(q Request) bool { return q.Event() != event })
}

// Wait waits until n requests of an event have come and returns them.
func (r *Receiver) Wait(t testing.TB, event string, n int) []Request {
	t.Helper()
	testkit.Eventually(t, Patience, event+" has come", func() bool { return len(r.Of(event)) >= n })
	return r.Of(event)
}
