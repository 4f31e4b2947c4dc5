package dispatch

import (
	"log/slog"

	"github.com/onevent/onevent"
)

// log writes the one line of an attempt, or of a delivery that ended without one,
// and the span of an attempt with the same. A failed delivery is told of at the level
// that operators read. What the store brought back is in no trace, and begins one.
func (e *Engine) log(f *flight, o *onevent.Outcome) {
	level, text := slog.LevelDebug, "attempt"
	switch {
	case o.State == onevent.StateFailed:
		level, text = slog.LevelInfo, "delivery failed"
	case o.Attempt.Time.IsZero():
		text = "delivery cancelled"
	}
	logged, followed := e.Logger.Enabled(e.ctx, level), e.Tracer != nil && !o.Attempt.Time.IsZero()
	if !logged && !followed {
		return
	}
	facts := e.facts(f, o)
	if logged {
		e.Logger.LogAttrs(e.ctx, level, text, facts...)
	}
	if followed {
		e.Tracer.Begin(onevent.SpanAttempt, "attempt "+f.event.Code, f.event.Trace, o.Attempt.Time).
			End(e.Clock.Now(), o.Attempt.Class(), facts...)
	}
}

// facts are all that one may want to know of it. URLs may hold secrets, so
// handler and destination are numbers.
func (e *Engine) facts(f *flight, o *onevent.Outcome) []slog.Attr {
	portal := ""
	if p := e.Directory.Portal(f.event.Portal); p != nil {
		portal = p.MemberID
	}
	attrs := append(make([]slog.Attr, 0, 17),
		slog.Int64("delivery", int64(o.Delivery)),
		slog.Int64("event", int64(f.event.ID)),
		slog.String("event_code", f.event.Code),
		slog.String("portal", portal),
		slog.Int64("handler", int64(f.handler)),
		slog.Int64("destination", int64(f.q.id)),
		slog.Int("attempt", o.Attempts),
		slog.Int("retries", o.Retries))
	if f.replayOf != 0 {
		attrs = append(attrs, slog.Int64("replay_of", int64(f.replayOf)))
	}
	if a := &o.Attempt; !a.Time.IsZero() {
		attrs = append(attrs,
			slog.Time("began", a.Time),
			slog.Int("status", a.Status),
			slog.String("class", a.Class()),
			slog.Duration("took", a.Took),
			slog.Bool("probe", f.probe))
	}
	attrs = append(attrs, slog.String("outcome", o.State.String()), slog.String("verdict", string(o.Verdict)))
	if !o.Due.IsZero() {
		attrs = append(attrs, slog.Time("due", o.Due))
	}
	return attrs
}
