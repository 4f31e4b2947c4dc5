package e2e_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/signature"
)

// pager is where operator events go. Its first answer is 500.
type pager struct {
	t      *testing.T
	verify *webhooks.Webhook

	mu   sync.Mutex
	ids  []string
	body string
}

func (p *pager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Error(err)
	}
	if err := p.verify.Verify(body, r.Header); err != nil {
		p.t.Errorf("%v: %s", err, body)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids, p.body = append(p.ids, r.Header.Get("Webhook-Id")), string(body)
	if len(p.ids) == 1 {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func (p *pager) came() (ids []string, body string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ids, p.body
}

// The operator hears of a disabled handler although his own URL was away when it
// happened, the server was killed, and his URL failed at first. Meanwhile nobody
// else waits, and nothing is told of his URL.
func TestTheOperatorHearsOfADisabledHandlerWhateverHappensMeanwhile(t *testing.T) {
	t.Parallel()
	secret, at := signature.New().Reveal(), e2e.FreeAddress(t)
	o := newOperator(t, t.TempDir(), "operator: {url: 'http://"+at+"/page?key=secret', secret: "+secret+"}\ndelivery.retry: "+strings.Repeat("1s,", 20)+"1s\n")
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	defer gone.Close()
	if status, text := o.rest("event.bind", url.Values{"event": {"onCrmActivityUpdate"}, "handler": {gone.URL + "/in?key=secret"}}); status != 200 {
		t.Fatalf("event.bind: %d %s", status, text)
	}
	o.must("POST", "/portals/"+o.member+"/events", event(1, 1, ""), 202)
	testkit.Eventually(t, e2e.Patience, "the handler is disabled, and nobody else disturbed", func() bool {
		_, text, err := o.admin("GET", "/portals/"+o.member+"/handlers", nil)
		return err == nil && strings.Contains(text, `"gone"`) && len(o.sink.missing([]fact{{1, 1}})) == 0
	})
	o.Kill()
	p := startPager(t, at, secret)
	o.start()
	testkit.Eventually(t, e2e.Patience, "the operator hears of it", func() bool { ids, _ := p.came(); return len(ids) >= 2 })
	testkit.Eventually(t, e2e.Patience, "only what the disabled handler should have got waits", func() bool { open, _ := o.stats(); return open == 1 })
	ids, body := p.came()
	if len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("told %d times, as %v", len(ids), ids)
	}
	judgePage(t, body, o.member, gone.URL+"/in")
}

// startPager listens at an address that was free a moment ago.
func startPager(t *testing.T, at, secret string) *pager {
	t.Helper()
	verify, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	p := &pager{t: t, verify: verify}
	server := httptest.NewUnstartedServer(p)
	server.Listener.Close()
	if server.Listener, err = net.Listen("tcp", at); err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(server.Close)
	return p
}

func judgePage(t *testing.T, body, member, handler string) {
	t.Helper()
	var got struct {
		Type, Timestamp string
		Data            map[string]any
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	text, _ := got.Data["text"].(string)
	for what, ok := range map[string]bool{
		"type":    got.Type == "handler.disabled",
		"portal":  got.Data["portal"] == member && got.Data["domain"] == domain,
		"url":     got.Data["url"] == handler,
		"event":   got.Data["event"] == "ONCRMACTIVITYUPDATE",
		"verdict": got.Data["verdict"] == "gone",
		"text":    strings.Contains(text, "410"),
	} {
		if !ok {
			t.Errorf("%s: %s", what, body)
		}
	}
}
