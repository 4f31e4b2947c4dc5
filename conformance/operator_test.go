package conformance_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// portal is an account on a running server, as its operator and the
// applications on it call it: every request comes under its host name.
type portal struct {
	t        *testing.T
	base     string // scheme, host and port that the server listens on
	domain   string
	token    string // of the operator
	memberID string
}

// admin calls the management API and reads the answer; it fails the test on
// another status than the one that is wanted.
func (p *portal) admin(method, path string, body any, want int) map[string]any {
	p.t.Helper()
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			p.t.Fatal(err)
		}
		reader = bytes.NewReader(raw)
	}
	r := p.request(method, "/admin/v1"+path, reader)
	r.Header.Set("Authorization", "Bearer "+p.token)
	return p.answer(r, want)
}

// rest calls a method with a token and returns the whole answer.
func (p *portal) rest(method, token string, params url.Values, want int) map[string]any {
	p.t.Helper()
	form := url.Values{"auth": {token}}
	for key, values := range params {
		form[key] = values
	}
	r := p.request("POST", "/rest/"+method, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.answer(r, want)
}

func (p *portal) request(method, path string, body io.Reader) *http.Request {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Host = p.domain
	return r
}

func (p *portal) answer(r *http.Request, want int) map[string]any {
	p.t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != want {
		p.t.Fatalf("%s %s: %d instead of %d, %v: %s", r.Method, r.URL.Path, response.StatusCode, want, err, raw)
	}
	if len(raw) == 0 {
		return nil
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		p.t.Fatalf("%s %s: %v: %s", r.Method, r.URL.Path, err, raw)
	}
	return out
}

// found makes a portal on the server.
func found(t *testing.T, base, token, domain, language string) *portal {
	t.Helper()
	p := &portal{t: t, base: base, domain: domain, token: token}
	made := p.admin("POST", "/portals", map[string]any{"domain": domain, "public_url": "https://" + domain, "language": language}, 201)
	p.memberID = made["member_id"].(string)
	return p
}

// publish raises an event with the administrator as its actor and returns how
// many deliveries it has.
func (p *portal) publish(code string, data any) int {
	p.t.Helper()
	answer := p.admin("POST", "/portals/"+p.memberID+"/events", map[string]any{"event": code, "user_id": 1, "data": data}, 202)
	return int(answer["events"].([]any)[0].(map[string]any)["deliveries"].(float64))
}

// application is one on a portal, with its tokens.
type application struct {
	*portal
	clientID string
	path     string // of its installation
	access   string
	secret   string // application_token
	signing  string // the signing secret
}

// register makes an application of a kind without pages.
func (p *portal) register(kind string) *application {
	p.t.Helper()
	made := p.admin("POST", "/applications", map[string]any{"name": "Conformance", "kind": kind}, 201)
	id := made["client_id"].(string)
	return &application{portal: p, clientID: id, path: "/portals/" + p.memberID + "/installations/" + id}
}

// version registers one whose events go to a URL.
func (a *application) version(text, scope, eventURL string) {
	a.t.Helper()
	a.admin("POST", "/applications/"+a.clientID+"/versions", map[string]any{"version": text, "scope": scope, "event_url": eventURL}, 201)
}

// install installs a version or moves to it, and keeps the tokens it gets.
func (a *application) install(version, status string, want int) {
	a.t.Helper()
	body := map[string]any{"version": version}
	if status != "" {
		body["status"] = status
	}
	answer := a.admin("PUT", a.path, body, want)
	a.access, a.secret = answer["access_token"].(string), answer["application_token"].(string)
	a.signing = a.admin("GET", a.path+"/signing_secret", nil, 200)["signing_secret"].(string)
}

func (a *application) bind(event, handler string) {
	a.t.Helper()
	a.rest("event.bind", a.access, url.Values{"event": {event}, "handler": {handler}}, 200)
}
