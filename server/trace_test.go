package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/server"
	"github.com/onevent/onevent/trace"
)

// collected are the spans of a trace that a collector was sent, by name.
type collected struct {
	mu    sync.Mutex
	spans []*spans.Span
}

func (c *collected) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var data spans.TracesData
	if err == nil {
		err = proto.Unmarshal(body, &data)
	}
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range data.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
}

// below finds a span by its name under another one; nil: under any.
func (c *collected) below(t *testing.T, above *spans.Span, name string) *spans.Span {
	t.Helper()
	i := slices.IndexFunc(c.spans, func(s *spans.Span) bool {
		return s.Name == name && (above == nil || bytes.Equal(s.ParentSpanId, above.SpanId) && bytes.Equal(s.TraceId, above.TraceId))
	})
	if i < 0 {
		t.Fatalf("there is no %q below %v in %v", name, above, c.spans)
	}
	return c.spans[i]
}

// From the call that publishes, over the event, to the attempt, all is one trace:
// the caller's, where he names one.
func TestAnEventIsFollowedFromItsCallToItsAttempt(t *testing.T) {
	t.Parallel()
	c := &collected{}
	at := httptest.NewServer(c)
	defer at.Close()
	tracer, err := trace.New(trace.Config{URL: at.URL, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	handler := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer handler.Close()
	b := newBed(t, func(c *server.Config) {
		c.Tracer = tracer
		c.Egress = egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	})
	for _, event := range []string{"ONCRMDEALADD", "ONAPPTEST"} {
		if code, text := b.rest("event.bind", "event="+event+"&handler="+url.QueryEscape(handler.URL)); code != http.StatusOK {
			t.Fatal(text)
		}
	}
	if code, text := b.do(http.MethodPost, "https://portal.example.com/admin/v1/portals/"+b.Directory.Portals()[0].MemberID+"/events",
		`{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":5}}}`, "Authorization", "Bearer "+adminToken,
		"Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"); code != http.StatusAccepted {
		t.Fatal(text)
	}
	if code, text := b.rest("event.test", ""); code != http.StatusOK {
		t.Fatal(text)
	}
	settled := `onevent_deliveries_settled_total{outcome="delivered",verdict=""} 2`
	testkit.Eventually(t, 10*time.Second, settled, func() bool { return strings.Contains(b.scrape(), settled) })
	tracer.Stop(context.Background())

	call := c.below(t, nil, "publish")
	if want := onevent.ParseTrace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"); !bytes.Equal(call.TraceId, want.ID[:]) || !bytes.Equal(call.ParentSpanId, want.Span[:]) {
		t.Errorf("the call is in trace %x below %x", call.TraceId, call.ParentSpanId)
	}
	c.below(t, c.below(t, call, "event ONCRMDEALADD"), "attempt ONCRMDEALADD")
	c.below(t, c.below(t, nil, "rest event.test"), "event ONAPPTEST")
}
