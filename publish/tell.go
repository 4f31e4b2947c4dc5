package publish

import (
	"log/slog"

	"github.com/onevent/onevent"
)

// follow begins the span of an event, below which its attempts are, and ends it
// once the event is stored. That of one that is not stored is forgotten.
func (p *Publisher) follow(tx onevent.Tx, e *onevent.Event, below onevent.Trace, deliveries int) {
	if p.Tracer == nil {
		return
	}
	span := p.Tracer.Begin(onevent.SpanEvent, "event "+e.Code, below, p.Clock.Now())
	e.Trace = span.Trace()
	tx.OnCommit(func() {
		span.End(p.Clock.Now(), "",
			slog.Int64("event", int64(e.ID)),
			slog.String("event_code", e.Code),
			slog.String("object_type", e.Object.Type),
			slog.String("object", e.Object.ID),
			slog.Int("deliveries", deliveries),
			slog.Int("unserved", len(e.Verdicts)))
	})
}
