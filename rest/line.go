package rest

import (
	"context"
	"log/slog"
	"strings"

	"github.com/onevent/onevent"
)

// tally is what a call did, as its line tells it.
type tally struct {
	commands int // of a batch
	failed   int // of them
	events   int // raised and stored
}

// follow begins the span of a call.
func (x *exchange) follow() {
	if x.server.Tracer != nil {
		x.span = x.server.Tracer.Begin(onevent.SpanCall, strings.TrimSpace("rest "+x.loggedName()), onevent.Trace{}, x.start)
	}
}

// trace is where what a call does belongs.
func (x *exchange) trace() onevent.Trace {
	if x == nil || x.span == nil {
		return onevent.Trace{}
	}
	return x.span.Trace()
}

// log writes the one line of a call, and ends its span with the same. It holds
// neither tokens nor parameters.
func (x *exchange) log(ctx context.Context, status int) {
	logged := x.server.Logger.Enabled(ctx, slog.LevelDebug)
	if !logged && x.span == nil {
		return
	}
	facts := x.facts(status)
	if logged {
		x.server.Logger.LogAttrs(ctx, slog.LevelDebug, "rest call", facts...)
	}
	if x.span != nil {
		x.span.End(x.server.Clock.Now(), x.code, facts...)
	}
}

// facts are all that one may want to know of a call after it ended.
func (x *exchange) facts(status int) []slog.Attr {
	attrs := append(x.attrs(),
		slog.Int("status", status),
		slog.String("code", x.code),
		slog.Duration("duration", x.server.Clock.Now().Sub(x.start)),
		slog.Int("events", x.tally.events))
	if x.tally.commands > 0 {
		attrs = append(attrs, slog.Int("commands", x.tally.commands), slog.Int("failed", x.tally.failed))
	}
	return attrs
}

// attrs say which call it is, and whose. An incoming webhook is a number: its code
// is a secret.
func (x *exchange) attrs() []slog.Attr {
	attrs := append(make([]slog.Attr, 0, 12), slog.String("method", x.loggedName()), slog.String("portal", x.portal.MemberID))
	if inst := x.access.Installation; inst != nil {
		attrs = append(attrs, slog.Int64("installation", int64(inst.ID)))
		if app := x.server.Authority.Directory.Application(inst.Application); app != nil {
			attrs = append(attrs, slog.String("client_id", app.ClientID))
		}
	}
	if x.access.Webhook != nil {
		attrs = append(attrs, slog.Int64("webhook", int64(x.access.Webhook.ID)))
	}
	if x.access.User != nil {
		attrs = append(attrs, slog.Int64("user", int64(x.access.User.ID)))
	}
	return attrs
}

// loggedName is a method's name as a log shows it. Of a name that is no method's
// only the form of one is shown, and not too much: a webhook's code or a token in
// the wrong place of a path has no dot.
func (x *exchange) loggedName() string {
	name := x.route.method
	switch {
	case x.server.Registry.Lookup(name) != nil:
		return name
	case !strings.Contains(name, "."):
		return ""
	}
	return name[:min(len(name), longestName)]
}

// longestName bounds what a log shows of a name that a stranger made up.
const longestName = 64
