// Package rest is the frame of the REST protocol: it reads calls, judges their
// authorisation, calls the method and writes the answer. What methods do is in
// the packages under methods/. docs/protocol/rest.md.
package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/rest/request"
	"github.com/onevent/onevent/wire"
)

// Config is what a Server is made of. All fields but the last two must be set.
type Config struct {
	Registry  *Registry
	Authority *oauth.Authority
	Clock     onevent.Clock
	Logger    *slog.Logger
	// Limits of what a request may hold; zero fields stand for wire.DefaultLimits.
	Limits wire.Limits
	// AllowHTTPWebhooks lets incoming webhooks be called over plain http.
	AllowHTTPWebhooks bool
}

// Server answers calls of the REST protocol.
type Server struct{ Config }

// New makes a Server.
func New(cfg Config) *Server { return &Server{Config: cfg} }

// contentType of every answer; docs/protocol/rest.md section 2.
const contentType = "application/json; charset=utf-8"

// Serve answers one call on a portal. base is the scheme, host and port by which
// the caller came, ep the addresses that he is told; path are the segments after
// "rest", each decoded once, without empty ones.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, portal *onevent.Portal, base string, ep onevent.Endpoints, path []string) {
	if answer.Preflight(w, r) {
		return
	}
	x := &exchange{server: s, portal: portal, base: base, endpoints: ep, start: s.Clock.Now(), route: routeOf(path)}
	status, body := x.answer(w, r)
	answer.JSON(w, status, contentType, body)
	x.log(r.Context(), status)
}

// exchange is one call from request to answer.
type exchange struct {
	server    *Server
	portal    *onevent.Portal
	base      string
	endpoints onevent.Endpoints
	route     route
	start     time.Time
	began     time.Time
	access    oauth.Access
	code      string // of the error; empty: success
}

func (x *exchange) answer(w http.ResponseWriter, r *http.Request) (status int, body []byte) {
	result, failure := x.run(w, r)
	if failure == nil {
		body, failure = x.success(r.Context(), result)
	}
	if failure != nil {
		x.code = failure.Code
		return failure.Status, failure.fields().AppendJSON(nil)
	}
	return http.StatusOK, body
}

func (x *exchange) run(w http.ResponseWriter, r *http.Request) (any, *Error) {
	if x.route.method == "" {
		return nil, ErrMethodNotFound
	}
	params, err := request.Params(w, r, x.server.Limits)
	if err != nil {
		return nil, errorOfRequest(err)
	}
	acc, method, failure := x.server.authorize(x.portal, x.base, credentialsOf(r, x.route, params), x.route.method)
	x.access = acc
	if failure != nil {
		return nil, failure
	}
	result, err := x.call(r.Context(), method, params)
	if err != nil {
		return nil, x.failed(r.Context(), err)
	}
	return result, nil
}

func (x *exchange) call(ctx context.Context, m *Method, params wire.Value) (result any, err error) {
	c := newCall(x.access, params)
	c.Method, c.Base, c.Endpoints, c.Registry = m.Name, x.base, x.endpoints, x.server.Registry
	x.began = x.server.Clock.Now()
	c.Now = x.began
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the method panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return m.Func(ctx, c)
}

// failed logs what the caller is not told.
func (x *exchange) failed(ctx context.Context, err error) *Error {
	failure := errorOf(err)
	if failure == ErrInternal {
		x.server.Logger.LogAttrs(ctx, slog.LevelError, "rest call failed", append(x.attrs(), slog.String("cause", err.Error()))...)
	}
	return failure
}

func (x *exchange) success(ctx context.Context, result any) ([]byte, *Error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(x.envelope(result)); err != nil {
		return nil, x.failed(ctx, fmt.Errorf("the result can't be written: %w", err))
	}
	return bytes.TrimSuffix(body.Bytes(), []byte("\n")), nil
}

// envelope is the answer to a success; docs/protocol/rest.md section 5.
type envelope struct {
	Result any          `json:"result"`
	Next   int          `json:"next,omitempty"`
	Total  *int         `json:"total,omitempty"`
	Time   answer.Times `json:"time"`
}

func (x *exchange) envelope(result any) envelope {
	e := envelope{Result: result}
	if list, ok := result.(List); ok {
		e.Result, e.Next, e.Total = list.Items, list.Next, &list.Total
	}
	e.Time = answer.NewTimes(x.start, x.began, x.server.Clock.Now(), ZoneOf(x.portal))
	return e
}

// log writes the one line of a call. It holds neither tokens nor parameters.
func (x *exchange) log(ctx context.Context, status int) {
	if x.server.Logger.Enabled(ctx, slog.LevelDebug) {
		x.server.Logger.LogAttrs(ctx, slog.LevelDebug, "rest call", append(x.attrs(),
			slog.Int("status", status),
			slog.String("code", x.code),
			slog.Duration("duration", x.server.Clock.Now().Sub(x.start)))...)
	}
}

func (x *exchange) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("method", x.route.method), slog.String("portal", x.portal.MemberID)}
	if x.access.Installation != nil {
		attrs = append(attrs, slog.Int64("installation", int64(x.access.Installation.ID)))
	}
	if x.access.User != nil {
		attrs = append(attrs, slog.Int64("user", int64(x.access.User.ID)))
	}
	return attrs
}
