package rest

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/rest/limit"
	"github.com/onevent/onevent/wire"
)

// call runs a method whose authorisation holds: the call itself, or one command
// of a batch.
func (x *exchange) call(ctx context.Context, m *Method, params wire.Value) (outcome, *Error) {
	run := m.Func
	if x.route.v3 {
		run = m.V3
	}
	if run == nil {
		return outcome{}, errV3Method
	}
	if failure := x.confirmed(ctx, m); failure != nil {
		return outcome{}, failure
	}
	began := x.server.Clock.Now()
	if x.blocked(m, began) {
		return outcome{}, errOperatingLimit
	}
	if m.Raises && x.server.Publishing != nil {
		run = x.admitted(run)
	}
	c := newCall(x, m, params, began)
	result, err := guarded(ctx, run, c)
	x.tally.events += c.events
	if err != nil {
		return outcome{}, x.failed(ctx, m, err)
	}
	done, err := outcomeOf(result)
	if err != nil {
		return outcome{}, x.failed(ctx, m, fmt.Errorf("the result can't be written: %w", err))
	}
	done.signed = m.Signed
	done.times = x.times(m, began)
	return done, nil
}

// guarded turns a panic into an error: a fault of one method ends one call.
func guarded(ctx context.Context, run Func, c *Call) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the method panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return run(ctx, c)
}

// failed logs what the caller is not told.
func (x *exchange) failed(ctx context.Context, m *Method, err error) *Error {
	failure := errorOf(err)
	if failure == errInternal {
		x.server.Logger.LogAttrs(ctx, slog.LevelError, "rest call failed",
			append(x.attrs(), slog.String("command", m.Name), slog.String("cause", err.Error()))...)
	}
	return failure
}

// caller is whose run time is counted.
func (x *exchange) caller() limit.Caller {
	if x.access.Installation != nil {
		return limit.Caller{Installation: x.access.Installation.ID}
	}
	return limit.Caller{Webhook: x.access.Webhook.ID}
}

// blocked says that the method has run too long for its caller.
func (x *exchange) blocked(m *Method, now time.Time) bool {
	limit := time.Duration(x.portal.Settings.OperatingLimit) * time.Second
	return limit > 0 && x.server.operating.Usage(x.caller(), m.Name, now).Spent > limit
}

// times counts the run of a method and tells its times. A batch does not count,
// its commands do; docs/protocol/rest.md section 8.
func (x *exchange) times(m *Method, began time.Time) answer.Times {
	t := answer.Times{Start: began, Began: began, Finish: x.server.Clock.Now(), Zone: ZoneOf(x.portal)}
	if m.Name != batchName {
		used := x.server.operating.Add(x.caller(), m.Name, began, t.Finish.Sub(began))
		t.Operating, t.ResetAt = used.Spent, used.ResetAt
	}
	return t
}
