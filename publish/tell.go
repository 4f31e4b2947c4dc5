package publish

import (
	"log/slog"

	"github.com/onevent/onevent"
)

// begin begins the span of an event, below which its attempts are; nil when nothing
// is followed. That of an event that is not stored is forgotten.
func (p *Publisher) begin(e *onevent.Event, below onevent.Trace) onevent.Span {
	if p.Tracer == nil {
		return nil
	}
	span := p.Tracer.Begin(onevent.SpanEvent, "event "+e.Code, below, p.Clock.Now())
	e.Trace = span.Trace()
	return span
}

// end ends the span of an event that is stored.
func (p *Publisher) end(span onevent.Span, e *onevent.Event, deliveries int) {
	if span == nil {
		return
	}
	span.End(p.Clock.Now(), "",
		slog.Int64("event", int64(e.ID)),
		slog.String("event_code", e.Code),
		slog.String("object_type", e.Object.Type),
		slog.String("object", e.Object.ID),
		slog.Int("deliveries", deliveries),
		slog.Int("unserved", len(e.Verdicts)))
}
