package admin

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/publish"
)

// call is a request on its way, where somebody wants to know how it ended.
type call struct {
	http.ResponseWriter
	server *server
	began  time.Time
	status int
	code   string       // of the error; empty: none
	events int          // raised and stored
	span   onevent.Span // nil: it is not followed
}

// WriteHeader notes the status.
func (c *call) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find the writer that flushes.
func (c *call) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// traced begins the span of a call that publishes, and lets the events be followed
// below it.
func (s *server) traced(w http.ResponseWriter, r *http.Request, events []publish.Raised) {
	c, ok := w.(*call)
	if !ok || s.Tracer == nil {
		return
	}
	c.span = s.Tracer.Begin(onevent.SpanCall, "publish", onevent.ParseTrace(r.Header.Get("Traceparent")), c.began)
	for i := range events {
		events[i].Trace = c.span.Trace()
	}
}

// log writes the one line of a request, and ends its span with the same. It holds
// neither bodies nor tokens, and of the path only what the API knows itself.
func (c *call) log(r *http.Request) {
	logged := c.server.Logger.Enabled(r.Context(), slog.LevelDebug)
	if !logged && c.span == nil {
		return
	}
	facts := c.facts(r)
	if logged {
		c.server.Logger.LogAttrs(r.Context(), slog.LevelDebug, "management call", facts...)
	}
	if c.span != nil {
		c.span.End(c.server.Clock.Now(), c.code, facts...)
	}
}

// facts are all that one may want to know of a request after it ended.
func (c *call) facts(r *http.Request) []slog.Attr {
	attrs := append(make([]slog.Attr, 0, 7), slog.String("route", c.route(r)))
	if p := c.server.Directory.PortalByMember(r.PathValue("member_id")); p != nil {
		attrs = append(attrs, slog.String("portal", p.MemberID))
	}
	if app := c.server.Directory.ApplicationByClientID(r.PathValue("client_id")); app != nil {
		attrs = append(attrs, slog.String("client_id", app.ClientID))
	}
	return append(attrs,
		slog.Int("status", cmp.Or(c.status, http.StatusOK)),
		slog.String("code", c.code),
		slog.Duration("duration", c.server.Clock.Now().Sub(c.began)),
		slog.Int("events", c.events))
}

// route is the pattern that took the request; of a path that none takes nothing
// is shown.
func (c *call) route(r *http.Request) string {
	if r.Pattern == "/" {
		return ""
	}
	return r.Pattern
}
