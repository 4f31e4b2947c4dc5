package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

// TestNoSecretReachesTheLog runs a server at its most talkative, with a handler
// that sends the request it got back behind its answer, and with refused calls
// that carry secrets.
func TestNoSecretReachesTheLog(t *testing.T) {
	o := newOperator(t, t.TempDir(), "log: debug\n")
	echo := newEcho(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n%s")
	if status, text := o.rest("event.bind", url.Values{"event": {"ONCRMACTIVITYUPDATE"}, "handler": {"http://" + echo.address + "/"}}); status != 200 {
		t.Fatalf("event.bind: %d %s", status, text)
	}
	for seq := range 5 {
		if status, text := o.rest("crm.activity.add", activity()); status != 200 {
			t.Fatalf("crm.activity.add: %d %s", status, text)
		}
		o.must("POST", "/portals/"+o.member+"/events", event(1, seq, ""), 202)
	}
	o.untilSettled(e2e.Patience)
	for _, params := range []url.Values{{"auth": {o.token + "0"}}, {"id": {"none"}}, {"fields": {o.token}}} {
		o.rest("crm.activity.update", params)
	}
	secrets := append(echo.secrets(t), o.token, operatorToken)
	testkit.Eventually(t, e2e.Patience, "the log tells of the calls", func() bool {
		return strings.Contains(o.Stderr.String(), "crm.activity.update")
	})
	for _, secret := range secrets {
		if strings.Contains(o.Stderr.String(), secret) {
			t.Errorf("the log holds the secret %.12s...", secret)
		}
	}
}

// TestNoTokenThatAHandlerAnswersIsStored has a handler answer with the request it
// got: what is kept of the answer holds no token, neither on disk nor in the API.
func TestNoTokenThatAHandlerAnswersIsStored(t *testing.T) {
	dir := t.TempDir()
	o := newOperator(t, dir, "")
	succeeding := newEcho(t, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%.120s")
	failing := newEcho(t, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n%s")
	for _, e := range []*echo{succeeding, failing} {
		if status, text := o.rest("event.bind", url.Values{"event": {"ONCRMACTIVITYUPDATE"}, "handler": {"http://" + e.address + "/"}, "options[retry]": {"none"}}); status != 200 {
			t.Fatalf("event.bind: %d %s", status, text)
		}
	}
	published := o.must("POST", "/portals/"+o.member+"/events", event(1, 1, ""), 202)["events"].([]any)
	o.untilSettled(e2e.Patience)
	_, shown, err := o.admin("GET", fmt.Sprintf("/deliveries?event_id=%v", published[0].(map[string]any)["id"]), nil)
	if err != nil || !strings.Contains(shown, "auth%5Baccess_token%5D=***") {
		t.Errorf("got %s and %v", shown, err)
	}
	for _, secret := range append(succeeding.secrets(t), failing.secrets(t)...) {
		for _, in := range append(contents(t, dir), shown) {
			if strings.Contains(in, secret) {
				t.Errorf("the secret %.12s... is kept", secret)
			}
		}
	}
}

// contents are those of a directory's files.
func contents(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all = append(all, string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// echo is a handler that breaks the rules.
type echo struct {
	address string
	answer  string // with the request's body in it
	got     chan string
}

func newEcho(t *testing.T, answer string) *echo {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	e := &echo{address: l.Addr().String(), answer: answer, got: make(chan string, 100)}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go e.serve(conn)
		}
	}()
	return e
}

func (e *echo) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		e.got <- string(body)
		fmt.Fprintf(conn, e.answer, body)
	}
}

// secrets are what the handler was sent.
func (e *echo) secrets(t *testing.T) []string {
	t.Helper()
	form, err := url.ParseQuery(<-e.got)
	if err != nil {
		t.Fatal(err)
	}
	return []string{form.Get("auth[access_token]"), form.Get("auth[application_token]")}
}
