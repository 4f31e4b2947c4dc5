// Package rest is the frame of the REST protocol: it reads calls, judges their
// authorisation and limits, calls the methods and writes the answer. What methods
// do is in the packages under methods/. docs/protocol/rest.md.
package rest

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/rest/limit"
	"github.com/onevent/onevent/wire"
)

// Config is what a Server is made of. All fields but the last seven must be set.
type Config struct {
	Registry  *Registry
	Authority *oauth.Authority
	Clock     onevent.Clock
	Logger    *slog.Logger
	// Publishing limits the events that methods raise; nil: nothing does.
	Publishing Publishing
	// Confirmations are asked about methods that need one; nil: these answer for ever
	// that they wait.
	Confirmations Confirmations
	// Limits of what a request may hold; zero fields stand for wire.DefaultLimits.
	Limits wire.Limits
	// BodyRoom is what the bodies of all requests may hold together, in bytes;
	// 0 stands for DefaultBodyRoom.
	BodyRoom int64
	// AllowHTTPWebhooks lets incoming webhooks be called over plain http.
	AllowHTTPWebhooks bool
	// Watch is told of every call after it was answered: the HTTP status, and how long
	// it took. It returns at once.
	Watch func(status int, took time.Duration)
	// Tracer follows calls; nil: nothing does.
	Tracer onevent.Tracer
}

// Server answers calls of the REST protocol.
type Server struct {
	Config
	rate      *limit.Rate
	operating *limit.Operating
	room      *limit.Room
}

// New makes a Server.
func New(cfg Config) *Server {
	cfg.Limits = cfg.Limits.OrDefault()
	cfg.BodyRoom = cmp.Or(cfg.BodyRoom, DefaultBodyRoom)
	return &Server{Config: cfg, rate: limit.NewRate(), operating: limit.NewOperating(), room: limit.NewRoom(cfg.BodyRoom)}
}

// DefaultBodyRoom takes eight of the longest bodies. While one is understood, it
// needs several times its length.
const DefaultBodyRoom = 128 << 20

// longestCall bounds the time of a request; docs/protocol/rest.md section 9.
const longestCall = 60 * time.Second

// Serve answers one call on a portal. base is the scheme, host and port by which
// the caller came, ep the addresses that he is told; path are the segments after
// "rest", each decoded once, without empty ones.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, portal *onevent.Portal, base string, ep onevent.Endpoints, path []string) {
	if answer.Preflight(w, r) {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), longestCall)
	defer cancel()
	x := &exchange{server: s, portal: portal, base: base, endpoints: ep, start: s.Clock.Now(), route: routeOf(path)}
	r = r.WithContext(ctx)
	x.follow()
	defer s.hold(r)()
	status, body := x.answer(ctx, w, r)
	x.setHeaders(w.Header())
	answer.Write(w, status, x.contentType(), body)
	x.log(ctx, status)
	if s.Watch != nil {
		s.Watch(status, s.Clock.Now().Sub(x.start))
	}
}

// hold counts what is read of a body until the call is answered.
func (s *Server) hold(r *http.Request) (leave func()) {
	if r.Body == nil || r.Body == http.NoBody {
		return func() {}
	}
	counted := s.room.Body(r.Body)
	r.Body = counted
	return counted.Leave
}

// mayPass counts a request against the rate of its portal.
func (s *Server) mayPass(portal *onevent.Portal, address string, now time.Time) bool {
	burst := portal.Settings.RateBurst
	return burst == 0 || s.rate.Allow(portal.ID, address, burst, portal.Settings.RatePerSecond, now)
}
