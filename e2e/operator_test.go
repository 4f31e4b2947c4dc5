package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/seal"
)

const (
	operatorToken = "an-operator-token-of-the-test"
	domain        = "portal.example.com"
)

// operator runs `onevent serve` on a folder, kills it and starts it again.
type operator struct {
	*e2e.Process
	t      *testing.T
	dir    string // of the configuration
	base   string
	client *http.Client
	member string
	app    string // its client_id
	token  string // of the application
	sink   *sink
}

// newOperator starts a server with its store in a folder and further lines of
// configuration. Its application has a handler in this process.
func newOperator(t *testing.T, storeDir, lines string) *operator {
	t.Helper()
	o := emptyOperator(t, storeDir, lines)
	o.seed()
	o.listen()
	return o
}

// emptyOperator is newOperator without portal and application.
func emptyOperator(t *testing.T, storeDir, lines string) *operator {
	t.Helper()
	address := e2e.FreeAddress(t)
	o := &operator{t: t, dir: t.TempDir(), base: "http://" + address, client: &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	t.Cleanup(func() { o.client.CloseIdleConnections() })
	o.write("key", seal.FormatKey(seal.NewKey()))
	o.write("serve.yaml", fmt.Sprintf("listen: %q\nstore: %q\nkey_file: key\nadmin_token: %q\noauth_url: https://oauth.example.com\negress.allow: [127.0.0.0/8]\n%s",
		address, "sqlite:"+filepath.Join(storeDir, "onevent.db"), operatorToken, lines))
	o.start()
	return o
}

func (o *operator) write(name, content string) {
	o.t.Helper()
	if err := os.WriteFile(filepath.Join(o.dir, name), []byte(content), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

func (o *operator) start() {
	o.t.Helper()
	o.client.CloseIdleConnections()
	o.Process = e2e.Start(o.t, o.dir, nil, "serve", "--config", "serve.yaml")
	ready := testkit.Soon(e2e.Patience, func() bool {
		answer, err := o.client.Get(o.base + "/healthz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	if !ready {
		o.t.Fatalf("the server did not start: %s", o.Stderr)
	}
}

// seed founds a portal and installs an application.
func (o *operator) seed() {
	o.t.Helper()
	o.member = o.must("POST", "/portals", map[string]any{
		"domain": domain, "public_url": "https://" + domain, "language": "en",
		"admin": map[string]string{"email": "administrator@example.com", "password": "a long enough password"},
	}, 201)["member_id"].(string)
	o.app = o.must("POST", "/applications", map[string]any{"name": "one", "kind": "local"}, 201)["client_id"].(string)
	o.must("POST", "/applications/"+o.app+"/versions", map[string]any{"version": "1.0.0", "scope": "crm"}, 201)
	o.token = o.must("PUT", "/portals/"+o.member+"/installations/"+o.app, map[string]any{"version": "1.0.0"}, 201)["access_token"].(string)
}

// listen binds the sink, the application's only handler.
func (o *operator) listen() {
	o.t.Helper()
	o.sink = newSink(o.t)
	status, text := o.rest("event.bind", url.Values{"event": {"onCrmActivityUpdate"}, "handler": {o.sink.URL}})
	if status != 200 {
		o.t.Fatalf("event.bind: %d %s", status, text)
	}
}

// must calls the management API and wants a status.
func (o *operator) must(method, path string, body any, want int) map[string]any {
	o.t.Helper()
	status, text, err := o.admin(method, path, body)
	if err != nil || status != want {
		o.t.Fatalf("%s %s: %d instead of %d, %v: %s", method, path, status, want, err, text)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		o.t.Fatal(err)
	}
	return out
}

func (o *operator) admin(method, path string, body any) (int, string, error) {
	return o.adminOnce(method, path, "", body)
}

// adminOnce is admin with an Idempotency-Key, unless that is empty.
func (o *operator) adminOnce(method, path, key string, body any) (int, string, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, "", err
	}
	req, err := http.NewRequest(method, o.base+"/admin/v1"+path, bytes.NewReader(raw))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+operatorToken)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	return o.do(req)
}

func (o *operator) rest(method string, params url.Values) (int, string) {
	o.t.Helper()
	params.Set("auth", o.token)
	status, text, err := o.post(domain, "/rest/"+method, params)
	if err != nil {
		o.t.Fatal(err)
	}
	return status, text
}

// post sends a form to a path of a host.
func (o *operator) post(host, path string, params url.Values) (int, string, error) {
	req, err := http.NewRequest("POST", o.base+path, strings.NewReader(params.Encode()))
	if err != nil {
		return 0, "", err
	}
	req.Host = host
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return o.do(req)
}

func (o *operator) do(req *http.Request) (int, string, error) {
	answer, err := o.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

// event about an object; seq counts within the object.
func event(object, seq int, padding string) map[string]any {
	return map[string]any{"event": "ONCRMACTIVITYUPDATE", "user_id": 1, "data": map[string]any{
		"FIELDS": map[string]any{"ID": fmt.Sprint(object), "SEQ": fmt.Sprint(seq), "PADDING": padding}}}
}

// stats reads waiting and in_flight together, and what was delivered.
func (o *operator) stats() (open, delivered int) {
	o.t.Helper()
	s := o.must("GET", "/stats", nil, 200)
	return int(s["waiting"].(float64) + s["in_flight"].(float64)), int(s["delivered"].(float64))
}

func (o *operator) untilSettled(within time.Duration) {
	o.t.Helper()
	testkit.Eventually(o.t, within, "everything is settled", func() bool { open, _ := o.stats(); return open == 0 })
}

// fact is what one event is known by.
type fact struct{ object, seq int }

// sink is the handler: it answers 200 and remembers what came.
type sink struct {
	*httptest.Server
	mu   sync.Mutex
	seen map[fact]bool
}

func newSink(t *testing.T) *sink {
	s := &sink{seen: map[fact]bool{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "no form", http.StatusBadRequest)
		return
	}
	var f fact
	fmt.Sscan(r.PostForm.Get("data[FIELDS][ID]"), &f.object)
	fmt.Sscan(r.PostForm.Get("data[FIELDS][SEQ]"), &f.seq)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[f] = true
}

// missing lists what was acknowledged and never came.
func (s *sink) missing(acknowledged []fact) []fact {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []fact
	for _, f := range acknowledged {
		if !s.seen[f] {
			out = append(out, f)
		}
	}
	return out
}
