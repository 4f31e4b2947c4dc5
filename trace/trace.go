// Package trace follows events from the call that publishes them to the attempts
// that deliver them, and sends what it saw to a collector of the operator by
// OpenTelemetry's protocol, OTLP over HTTP.
package trace

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/onevent/onevent"
)

// Config says where to send spans. All fields must be set.
type Config struct {
	// URL of the collector, to which /v1/traces is added where it has no path.
	URL     string
	Version string // of onevent
	Logger  *slog.Logger
}

// What is not sent yet: spans beyond that are dropped, so that a collector that is
// slow or gone costs no more than this memory.
const (
	longestQueue = 16_384
	longestBatch = 1024
)

// Tracer implements onevent.Tracer. New makes one, Stop ends it.
type Tracer struct {
	provider  *sdk.TracerProvider
	tracer    trace.Tracer
	collector *collector
}

// New begins to send what it is told of, in batches every few seconds. Which
// traces are kept can be said by OpenTelemetry's variables OTEL_TRACES_SAMPLER and
// OTEL_TRACES_SAMPLER_ARG; all are by default.
func New(c Config) (*Tracer, error) {
	to := newCollector(c)
	exporter, err := otlptrace.New(context.Background(), to)
	if err != nil {
		return nil, err
	}
	provider := sdk.NewTracerProvider(
		sdk.WithBatcher(exporter, sdk.WithMaxQueueSize(longestQueue), sdk.WithMaxExportBatchSize(longestBatch)),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "onevent"), attribute.String("service.version", c.Version))),
	)
	return &Tracer{provider, provider.Tracer("github.com/onevent/onevent"), to}, nil
}

// Stop sends what is left, until ctx ends.
func (t *Tracer) Stop(ctx context.Context) {
	t.provider.Shutdown(ctx) // what fails is logged by the collector
	t.collector.close()
}

var kinds = map[onevent.SpanKind]trace.SpanKind{
	onevent.SpanCall: trace.SpanKindServer, onevent.SpanEvent: trace.SpanKindProducer, onevent.SpanAttempt: trace.SpanKindClient,
}

// Begin implements onevent.Tracer.
func (t *Tracer) Begin(kind onevent.SpanKind, name string, below onevent.Trace, at time.Time) onevent.Span {
	ctx := context.Background()
	if below.ID != [16]byte{} {
		ctx = trace.ContextWithSpanContext(ctx, contextOf(below))
	}
	_, s := t.tracer.Start(ctx, name, trace.WithTimestamp(at), trace.WithSpanKind(kinds[kind]))
	return span{s}
}

func contextOf(at onevent.Trace) trace.SpanContext {
	var flags trace.TraceFlags
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: at.ID, SpanID: at.Span, TraceFlags: flags.WithSampled(at.Sampled), Remote: true,
	})
}

type span struct{ trace.Span }

func (s span) Trace() onevent.Trace {
	c := s.SpanContext()
	return onevent.Trace{ID: c.TraceID(), Span: c.SpanID(), Sampled: c.IsSampled()}
}

func (s span) End(at time.Time, failure string, attrs ...slog.Attr) {
	if s.IsRecording() {
		s.SetAttributes(appendAttrs(make([]attribute.KeyValue, 0, len(attrs)), "onevent.", attrs)...)
		if failure != "" {
			s.SetStatus(codes.Error, failure)
		}
	}
	s.Span.End(trace.WithTimestamp(at))
}

// appendAttrs takes over what a line of the log says; durations in seconds.
func appendAttrs(to []attribute.KeyValue, prefix string, attrs []slog.Attr) []attribute.KeyValue {
	for _, a := range attrs {
		key, v := prefix+a.Key, a.Value.Resolve()
		switch v.Kind() {
		case slog.KindInt64:
			to = append(to, attribute.Int64(key, v.Int64()))
		case slog.KindBool:
			to = append(to, attribute.Bool(key, v.Bool()))
		case slog.KindFloat64:
			to = append(to, attribute.Float64(key, v.Float64()))
		case slog.KindDuration:
			to = append(to, attribute.Float64(key, v.Duration().Seconds()))
		case slog.KindTime:
			to = append(to, attribute.String(key, v.Time().UTC().Format(time.RFC3339Nano)))
		case slog.KindGroup:
			to = appendAttrs(to, key+".", v.Group())
		default:
			to = append(to, attribute.String(key, v.String()))
		}
	}
	return to
}
