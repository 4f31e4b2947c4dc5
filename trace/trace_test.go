package trace_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/trace"
)

// Every goroutine has an owner and an end.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// collector takes spans as one does that speaks OTLP over HTTP.
type collector struct {
	*httptest.Server
	mu      sync.Mutex
	status  int
	service string
	spans   []*spans.Span
}

func newCollector(t *testing.T, status int) *collector {
	c := &collector{status: status}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var data spans.TracesData
	if err != nil || proto.Unmarshal(body, &data) != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range data.ResourceSpans {
		c.service = value(resource.Resource.Attributes, "service.name").GetStringValue()
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
	w.WriteHeader(c.status)
}

func value(attrs []*common.KeyValue, key string) *common.AnyValue {
	for _, a := range attrs {
		if a.Key == key {
			return a.Value
		}
	}
	return nil
}

func newTracer(t *testing.T, url string, log io.Writer) *trace.Tracer {
	t.Helper()
	tracer, err := trace.New(trace.Config{URL: url, Version: "1.2.3", Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return tracer
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestSpansReachTheCollector(t *testing.T) {
	t.Parallel()
	c := newCollector(t, http.StatusOK)
	tracer := newTracer(t, c.URL, io.Discard)
	call := tracer.Begin(onevent.SpanCall, "publish", onevent.Trace{}, noon)
	attempt := tracer.Begin(onevent.SpanAttempt, "attempt", call.Trace(), noon.Add(time.Second))
	attempt.End(noon.Add(2*time.Second), "timeout",
		slog.Int64("event", 7), slog.String("code", "X"), slog.Duration("took", 1500*time.Millisecond), slog.Bool("v3", true),
		slog.Time("due", noon), slog.Group("phases", slog.Duration("dns", time.Second)))
	call.End(noon.Add(3*time.Second), "")
	tracer.Begin(onevent.SpanEvent, "never ended", call.Trace(), noon)
	tracer.Stop(context.Background())
	if c.service != "onevent" || len(c.spans) != 2 {
		t.Fatalf("%s: %v", c.service, c.spans)
	}
	got, above := c.spans[0], c.spans[1]
	if !bytes.Equal(got.TraceId, above.TraceId) || !bytes.Equal(got.ParentSpanId, above.SpanId) || len(above.ParentSpanId) != 0 {
		t.Errorf("the attempt is not below the call: %v, %v", got, above)
	}
	if got.StartTimeUnixNano != uint64(noon.Add(time.Second).UnixNano()) || got.EndTimeUnixNano != uint64(noon.Add(2*time.Second).UnixNano()) {
		t.Errorf("from %d to %d", got.StartTimeUnixNano, got.EndTimeUnixNano)
	}
	if got.Kind != spans.Span_SPAN_KIND_CLIENT || above.Kind != spans.Span_SPAN_KIND_SERVER {
		t.Errorf("kinds %s, %s", got.Kind, above.Kind)
	}
	if got.Status.GetCode() != spans.Status_STATUS_CODE_ERROR || got.Status.GetMessage() != "timeout" || above.Status.GetCode() != spans.Status_STATUS_CODE_UNSET {
		t.Errorf("status %v, %v", got.Status, above.Status)
	}
	for key, want := range map[string]*common.AnyValue{
		"onevent.event":      {Value: &common.AnyValue_IntValue{IntValue: 7}},
		"onevent.code":       {Value: &common.AnyValue_StringValue{StringValue: "X"}},
		"onevent.took":       {Value: &common.AnyValue_DoubleValue{DoubleValue: 1.5}},
		"onevent.v3":         {Value: &common.AnyValue_BoolValue{BoolValue: true}},
		"onevent.due":        {Value: &common.AnyValue_StringValue{StringValue: "2026-03-01T12:00:00Z"}},
		"onevent.phases.dns": {Value: &common.AnyValue_DoubleValue{DoubleValue: 1}},
	} {
		if v := value(got.Attributes, key); !proto.Equal(v, want) {
			t.Errorf("%s is %v", key, v)
		}
	}
}

// A trace that its caller does not keep is not kept here.
func TestATraceGoesOnAsItsCallerBeganIt(t *testing.T) {
	t.Parallel()
	c := newCollector(t, http.StatusOK)
	tracer := newTracer(t, c.URL, io.Discard)
	for _, flags := range []string{"00", "01"} {
		above := onevent.ParseTrace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-" + flags)
		s := tracer.Begin(onevent.SpanCall, "call", above, noon)
		if s.Trace().ID != above.ID || s.Trace().Sampled != above.Sampled {
			t.Errorf("%+v goes on as %+v", above, s.Trace())
		}
		s.End(noon, "", slog.Int("n", 1))
	}
	tracer.Stop(context.Background())
	if len(c.spans) != 1 {
		t.Errorf("%d spans were sent", len(c.spans))
	}
}

// A collector that fails is told of once, without its address.
func TestACollectorThatFailsIsLoggedOnce(t *testing.T) {
	t.Parallel()
	c := newCollector(t, http.StatusServiceUnavailable)
	gone := newCollector(t, http.StatusOK)
	gone.Close()
	for url, says := range map[string]string{c.URL: "the collector answers 503", gone.URL: "connection refused"} {
		var log bytes.Buffer
		tracer := newTracer(t, url+"/", &log)
		for range 3000 {
			tracer.Begin(onevent.SpanCall, "call", onevent.Trace{}, noon).End(noon, "")
		}
		tracer.Stop(context.Background())
		if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, says) || strings.Contains(text, "v1/traces") {
			t.Errorf("%s: the log has %s", says, text)
		}
	}
}
