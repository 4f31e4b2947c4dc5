package e2e_test

import (
	"bufio"
	"encoding/json"
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
// that sends the request it got back behind its answer, with one that fails, and
// with refused calls that carry secrets: they are in no line, in no answer that
// refuses something and in no number.
func TestNoSecretReachesTheLog(t *testing.T) {
	o := newOperator(t, t.TempDir(), "log: debug\ntrusted_proxies: [127.0.0.0/8]\n")
	const inURL = "secret-of-a-handlers-address"
	echoing := newEcho(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n%s")
	failing := newEcho(t, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n%s")
	for _, e := range []*echo{echoing, failing} {
		params := url.Values{"event": {"ONCRMACTIVITYUPDATE"}, "handler": {"http://" + e.address + "/?key=" + inURL}, "options[retry]": {"none"}}
		if status, text := o.rest("event.bind", params); status != 200 {
			t.Fatalf("event.bind: %d %s", status, text)
		}
	}
	for seq := range 5 {
		if status, text := o.rest("crm.activity.add", activity()); status != 200 {
			t.Fatalf("crm.activity.add: %d %s", status, text)
		}
		o.must("POST", "/portals/"+o.member+"/events", event(1, seq, ""), 202)
	}
	o.confirmed(t, echoing)
	o.untilSettled(e2e.Patience)
	code, secrets := o.secrets()
	secrets = append(append(secrets, echoing.secrets(t)...), code, inURL)
	secrets = append(secrets, o.fullFlow()...)
	texts := map[string]string{"the numbers": o.text("GET", "/metrics", nil)}
	if !strings.Contains(texts["the numbers"], "onevent_") {
		t.Errorf("there are no numbers: %s", texts["the numbers"])
	}
	for _, params := range []url.Values{{"auth": {o.token + "0"}}, {"id": {"none"}}, {"fields": {o.token}}} {
		_, texts["a refused call"] = o.rest("crm.activity.update", params)
		hideSecrets(t, secrets, texts)
	}
	for _, path := range []string{"/rest/1/" + code + "/crm.activity.update", "/rest/1/" + code, "/rest/" + code + "/crm.activity.update",
		"/rest/crm.activity.update?auth=" + secrets[0], "/oauth/token/?grant_type=refresh_token&refresh_token=" + secrets[0],
		"/admin/v1/" + operatorToken, "/admin/v1/portals/" + operatorToken + "/events", "/" + code} {
		for _, method := range []string{"GET", "POST"} {
			texts[path[:6]] = o.text(method, path, strings.NewReader(`{"event":"`+code+`"}`))
			hideSecrets(t, secrets, texts)
		}
	}
	if code := o.Stop(t); code != 0 {
		t.Errorf("it ended with %d", code)
	}
	log := o.Stderr.String()
	hideSecrets(t, secrets, map[string]string{"the log": log})
	for _, line := range []string{"ready", "rest call", "management call", "attempt", "delivery failed", "signed in", "stopped"} {
		if !strings.Contains(log, `"msg":"`+line+`"`) {
			t.Errorf("the log has no line %q", line)
		}
	}
	if !strings.Contains(log, `"webhook":`) {
		t.Error("no call came by a webhook")
	}
}

func hideSecrets(t *testing.T, secrets []string, texts map[string]string) {
	t.Helper()
	for what, text := range texts {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds the secret %.12s...", what, secret)
			}
		}
	}
}

// secrets are those that the server has given away: the code of a webhook that it
// makes, and all others.
func (o *operator) secrets() (code string, others []string) {
	o.t.Helper()
	made := o.must("POST", "/portals/"+o.member+"/webhooks/incoming", map[string]any{"user_id": 1, "scope": "crm"}, 201)
	path := "/portals/" + o.member + "/installations/" + o.app
	signing := o.must("GET", path+"/signing_secret", nil, 200)
	given := o.must("POST", path+"/tokens", map[string]any{"user_id": 1}, 201)
	others = []string{o.token, operatorToken, signing["signing_secret"].(string), given["access_token"].(string), given["refresh_token"].(string)}
	return made["code"].(string), others
}

// fullFlow has a person sign in, at first with a wrong password, and let an
// application act for him, which exchanges its code and refreshes. It returns what was
// typed and given on the way.
func (o *operator) fullFlow() (secrets []string) {
	o.t.Helper()
	const typed, wrong = "a long enough password", "another long password"
	made := o.must("POST", "/applications", map[string]any{"name": "two", "kind": "local"}, 201)
	app, secret := made["client_id"].(string), made["client_secret"].(string)
	o.must("POST", "/applications/"+app+"/versions", map[string]any{"version": "1", "scope": "crm", "app_url": "https://app.example.com/"}, 201)
	o.must("PUT", "/portals/"+o.member+"/installations/"+app, map[string]any{"version": "1"}, 201)
	outgoing := o.must("POST", "/portals/"+o.member+"/webhooks/outgoing", map[string]any{"url": "https://app.example.com/in", "events": []string{"ONCRMDEALADD"}}, 201)

	browser := *o.client
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	at := "/oauth/authorize/?client_id=" + app
	visit := func(method, password string, cookies []*http.Cookie) *http.Response {
		form := url.Values{"email": {"administrator@example.com"}, "password": {password}}
		req, err := http.NewRequest(method, o.base+at, strings.NewReader(form.Encode()))
		if err != nil {
			o.t.Fatal(err)
		}
		req.Host = domain
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, c := range cookies {
			req.AddCookie(c)
		}
		answer, err := browser.Do(req)
		if err != nil {
			o.t.Fatal(err)
		}
		answer.Body.Close()
		return answer
	}
	visit("POST", wrong, nil)
	cookies := visit("POST", typed, nil).Cookies()
	to, err := visit("GET", "", cookies).Location()
	if err != nil {
		o.t.Fatal(err)
	}
	secrets = []string{typed, wrong, secret, cookies[0].Value, to.Query().Get("code"),
		outgoing["application_token"].(string), outgoing["signing_secret"].(string)}
	given := o.grant(app, secret, "authorization_code", "code", to.Query().Get("code"))
	o.grant(app, secret, "authorization_code", "code", to.Query().Get("code"))
	fresh := o.grant(app, secret, "refresh_token", "refresh_token", given["refresh_token"].(string))
	for _, tokens := range []map[string]any{given, fresh} {
		secrets = append(secrets, tokens["access_token"].(string), tokens["refresh_token"].(string))
	}
	return secrets
}

func (o *operator) grant(app, secret, grant, name, proof string) (tokens map[string]any) {
	o.t.Helper()
	_, text, err := o.post(domain, "/oauth/token/", url.Values{"grant_type": {grant}, "client_id": {app}, "client_secret": {secret}, name: {proof}})
	if err != nil {
		o.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), &tokens); err != nil {
		o.t.Fatal(err)
	}
	return tokens
}

// text is what a path answers to one who came by https through a proxy.
func (o *operator) text(method, path string, body io.Reader) string {
	o.t.Helper()
	req, err := http.NewRequest(method, o.base+path, body)
	if err != nil {
		o.t.Fatal(err)
	}
	req.Host = domain
	req.Header.Set("X-Forwarded-Proto", "https")
	req.Header.Set("X-Forwarded-For", "192.0.2.1")
	if strings.HasPrefix(path, "/admin/") {
		req.Header.Set("Authorization", "Bearer "+operatorToken)
	}
	_, text, err := o.do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	return text
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
	o.confirmed(t, succeeding)
	o.untilSettled(e2e.Patience)
	_, shown, err := o.admin("GET", fmt.Sprintf("/deliveries?event_id=%v", published[0].(map[string]any)["id"]), nil)
	if err != nil || !strings.Contains(shown, "auth%5Baccess_token%5D=***") {
		t.Errorf("got %s and %v", shown, err)
	}
	for _, secret := range append(append(succeeding.secrets(t), failing.secrets(t)...), o.token) {
		for _, in := range append(contents(t, dir), shown) {
			if strings.Contains(in, secret) {
				t.Errorf("the secret %.12s... is kept", secret)
			}
		}
	}
}

// confirmed has a method confirmed to the token, which a handler then is told of.
func (o *operator) confirmed(t *testing.T, to *echo) {
	t.Helper()
	if status, text := o.rest("event.bind", url.Values{"event": {"ONAPPMETHODCONFIRM"}, "handler": {"http://" + to.address + "/"}}); status != 200 {
		t.Fatalf("event.bind: %d %s", status, text)
	}
	o.must("PATCH", "/portals/"+o.member, map[string]any{"settings": map[string]any{"rest.confirm_methods": []string{"server.time"}}}, 200)
	if status, text := o.rest("server.time", url.Values{}); status != 401 || !strings.Contains(text, "METHOD_CONFIRM_WAITING") {
		t.Fatalf("server.time: %d %s", status, text)
	}
	waiting := o.must("GET", "/portals/"+o.member+"/confirmations", nil, 200)["confirmations"].([]any)
	o.must("POST", fmt.Sprintf("/portals/%s/confirmations/%v", o.member, waiting[0].(map[string]any)["id"]), map[string]any{"confirmed": true}, 200)
	if status, text := o.rest("server.time", url.Values{}); status != 200 {
		t.Fatalf("server.time: %d %s", status, text)
	}
	told := func() bool {
		_, text, _ := o.admin("GET", "/deliveries?event=ONAPPMETHODCONFIRM&state=delivered", nil)
		return strings.Contains(text, "ONAPPMETHODCONFIRM")
	}
	testkit.Eventually(t, e2e.Patience, "the decision is told", told)
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
