package server_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/server"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// scrape reads /metrics as a stranger does.
func (b *bed) scrape() string {
	b.t.Helper()
	code, text := b.do(http.MethodGet, "http://127.0.0.1:8055/metrics", "")
	if code != http.StatusOK {
		b.t.Fatalf("%d %s", code, text)
	}
	return text
}

// busy is a server with traffic of every kind behind it, and what must not be told.
func busy(t *testing.T) (b *bed, secrets []string) {
	handler := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone" {
			w.WriteHeader(http.StatusGone)
		}
	}))
	t.Cleanup(handler.Close)
	b = newBed(t, func(c *server.Config) {
		c.Egress = egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
		c.Limits.Backlog = 3
	})
	for event, to := range map[string]string{
		"ONCRMDEALADD": handler.URL + "/secret-path", "ONCRMDEALUPDATE": handler.URL + "/gone",
		"ONCRMLEADADD": "http://10.1.2.3/secret-path", "ONCRMLEADUPDATE": "http://10.1.2.3/other",
	} {
		if code, text := b.rest("event.bind", "event="+event+"&handler="+url.QueryEscape(to)); code != http.StatusOK {
			t.Fatal(text)
		}
	}
	for event, times := range map[string]int{"ONCRMDEALADD": 2, "ONCRMDEALUPDATE": 1, "ONCRMLEADADD": 1, "ONCRMLEADUPDATE": 5} {
		for range times {
			if code, text := b.admin(http.MethodPost, "/events", `{"event":"`+event+`","data":{"FIELDS":{"ID":5}}}`); code != http.StatusAccepted {
				t.Fatal(text)
			}
		}
	}
	if code, _ := b.rest("no.such.method", ""); code != http.StatusNotFound {
		t.Fatal(code)
	}
	return b, []string{adminToken, b.token, "secret-path", handler.URL, "127.0.0.1", "10.1.2.3", "example.com", "administrator",
		"ONCRM", "event.bind", "no.such.method", b.Directory.Portals()[0].MemberID}
}

func TestTheNumbersTellWhatHappened(t *testing.T) {
	t.Parallel()
	b, secrets := busy(t)
	var text string
	testkit.Eventually(t, 10*time.Second, "all is settled", func() bool {
		text = b.scrape()
		return strings.Contains(text, "\nonevent_deliveries_in_flight 0\n") && strings.Contains(text, "\nonevent_handlers_disabled 1\n")
	})
	if code, text := b.rest("event.unbind", "event=ONCRMLEADUPDATE&handler="+url.QueryEscape("http://10.1.2.3/other")); code != http.StatusOK {
		t.Fatal(text)
	}
	text = b.scrape()
	for _, line := range []string{
		`onevent_events_total 10`,
		`onevent_deliveries_total{outcome="delivered"} 2`,
		`onevent_deliveries_total{outcome="failed"} 0`,
		`onevent_deliveries_total{outcome="cancelled"} 3`,
		`onevent_deliveries_settled_total{outcome="delivered",verdict=""} 2`,
		`onevent_deliveries_settled_total{outcome="cancelled",verdict="unbound"} 3`,
		`onevent_unserved_total{verdict="backlog_full"} 2`,
		`onevent_unserved_total{verdict="no_access"} 0`,
		`onevent_deliveries_waiting 2`,
		`onevent_attempts_total{class="success"} 2`,
		`onevent_attempts_total{class="status"} 1`,
		`onevent_attempts_total{class="timeout"} 0`,
		`onevent_egress_refusals_total{verdict="metadata"} 0`,
		`onevent_delivery_seconds_count 2`,
		`onevent_publish_seconds_count 10`,
		`onevent_rest_calls_total{status="2xx"} 5`,
		`onevent_rest_calls_total{status="4xx"} 1`,
		`onevent_rest_call_seconds_count 6`,
		`onevent_portals 1`,
		`onevent_handlers 3`,
		`onevent_handlers_disabled 1`,
		`onevent_oldest_due_seconds 0`,
		`onevent_breakers_open 0`,
		`onevent_disk_reserve_bytes 0`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("%s is not in it", line)
		}
	}
	for _, atLeastOne := range []string{
		`onevent_egress_refusals_total{verdict="private"}`, `onevent_attempts_total{class="egress"}`, `onevent_attempt_seconds_count`,
		`onevent_settle_seconds_count`, `onevent_store_file_bytes`, `onevent_store_log_bytes`, `onevent_disk_free_bytes`,
	} {
		if !strings.Contains(text, "\n"+atLeastOne+" ") || strings.Contains(text, "\n"+atLeastOne+" 0\n") {
			t.Errorf("%s tells nothing", atLeastOne)
		}
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in it", secret)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

var documented = regexp.MustCompile("(?m)^\\| `(onevent_[a-z_]+)` \\|")

func TestTheDocumentedNumbersAreThoseOfTheServer(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, found := range documented.FindAllStringSubmatch(string(page), -1) {
		want = append(want, found[1])
	}
	text := newBed(t).scrape()
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		name, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "# TYPE "), " ")
		if name != lines.Text() && strings.HasPrefix(lines.Text(), "# TYPE ") && !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			got = append(got, name)
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("docs/operations.md has\n%v, the server\n%v", want, got)
	}
	for _, group := range []string{"\ngo_goroutines ", "\nprocess_"} {
		if !strings.Contains(text, group) {
			t.Errorf("there is nothing of %q", group)
		}
	}
	faults, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(faults) > 0 {
		t.Errorf("%v %v", faults, err)
	}
}
