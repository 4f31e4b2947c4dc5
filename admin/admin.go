// Package admin is the management API under /admin/v1: JSON over HTTP for the
// operator, his scripts and the product that runs onevent. openapi.json
// describes it, and the server serves that file.
package admin

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/bind"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/methods/confirm"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/replay"
	"github.com/onevent/onevent/static"
	"github.com/onevent/onevent/tail"
)

// MaxBody is the longest body of a request, in bytes.
const MaxBody = 16 << 20

// Config is what the API works with. All fields but InFlight, Condition, Waiting,
// Preview, Hub and Tracer must be set.
type Config struct {
	Token     onevent.Secret // of the operator; without one every request is refused
	Manager   *lifecycle.Manager
	Store     onevent.Store
	Directory *directory.Directory
	Publisher *publish.Publisher
	Replays   *replay.Manager
	Binder    *bind.Binder
	Confirms  *confirm.Keeper
	Files     *static.Keeper
	Clock     onevent.Clock // a MovableClock can be moved by the API
	Logger    *slog.Logger
	InFlight  func() int // attempts that run now; nil: none
	// Condition is how a destination does; nil: nobody knows.
	Condition func(onevent.DestinationID) dispatch.Condition
	// Waiting is what a delivery waits for; nil: nobody knows.
	Waiting func(onevent.DestinationID, onevent.DeliveryID) dispatch.Wait
	// Preview renders the request of a delivery without its tokens; nil: none is shown.
	Preview func(*onevent.Event, *onevent.Delivery, time.Time) (egress.Request, bool)
	// Hub has what happens; nil: there is no stream.
	Hub *tail.Hub
	// Tracer follows calls that publish, below the place that their header
	// traceparent names; nil: nothing does.
	Tracer onevent.Tracer
}

type server struct {
	Config
	mux *http.ServeMux
}

// New returns the handler of every path under /admin/v1. It expects a path that
// has been cleaned already, and answers under any host.
func New(c Config) http.Handler {
	s := &server{Config: c, mux: http.NewServeMux()}
	for _, r := range s.routes() {
		s.mux.Handle(r.pattern, s.answering(r.serve))
	}
	s.mux.HandleFunc("/", s.unknown)
	return s
}

// serve answers one request, or returns the error that is to be answered.
type serve func(w http.ResponseWriter, r *http.Request) error

type route struct {
	pattern string
	serve   serve
}

const openAPIPath = "/admin/v1/openapi.json"

func (s *server) routes() []route {
	const (
		portal       = "/admin/v1/portals/{member_id}"
		application  = "/admin/v1/applications/{client_id}"
		files        = application + "/versions/{version}/files"
		installation = portal + "/installations/{client_id}"
		webhooks     = portal + "/webhooks/outgoing"
	)
	return []route{
		{"GET " + openAPIPath, s.openAPI},
		{"GET /admin/v1/stats", s.stats},
		{"GET /admin/v1/clock", s.showClock},
		{"POST /admin/v1/clock", s.moveClock},
		{"GET /admin/v1/deliveries", s.deliveries},
		{"GET /admin/v1/deliveries/{id}", s.showDelivery},
		{"POST /admin/v1/deliveries/{id}/replay", s.replayDelivery},
		{"POST /admin/v1/deliveries/{id}/cancel", s.cancelDelivery},
		{"GET /admin/v1/tail", s.tail},
		{"GET /admin/v1/events", s.listEvents},
		{"GET /admin/v1/events/{id}", s.showEvent},
		{"GET /admin/v1/events/{id}/explain", s.explainEvent},
		{"POST /admin/v1/events/{id}/replay", s.replayEvent},
		{"POST /admin/v1/replays", s.replayMany},
		{"POST /admin/v1/cancellations", s.cancelMany},
		{"GET /admin/v1/jobs", s.listJobs},
		{"GET /admin/v1/jobs/{id}", s.showJob},
		{"POST /admin/v1/jobs/{id}/stop", s.stopJob},

		{"GET /admin/v1/portals", s.listPortals},
		{"POST /admin/v1/portals", s.createPortal},
		{"PATCH " + portal, s.changePortal},
		{"GET " + portal + "/users", s.listUsers},
		{"POST " + portal + "/users", s.createUser},
		{"PATCH " + portal + "/users/{user_id}", s.changeUser},
		{"POST " + portal + "/webhooks/incoming", s.createIncomingWebhook},
		{"GET " + webhooks, s.listOutgoingWebhooks},
		{"POST " + webhooks, s.createOutgoingWebhook},
		{"GET " + webhooks + "/{id}", s.showOutgoingWebhook},
		{"DELETE " + webhooks + "/{id}", s.endOutgoingWebhook},
		{"POST " + webhooks + "/{id}/application_token", s.renewWebhookToken},
		{"GET " + webhooks + "/{id}/signing_secret", s.showWebhookSecret},
		{"POST " + webhooks + "/{id}/signing_secret", s.rotateWebhookSecret},
		{"GET " + portal + "/handlers", s.listHandlers},
		{"POST " + portal + "/handlers", s.bindHandler},
		{"DELETE " + portal + "/handlers/{id}", s.unbindHandler},
		{"POST " + portal + "/handlers/{id}/enable", s.enableHandler},
		{"GET " + portal + "/confirmations", s.listConfirmations},
		{"POST " + portal + "/confirmations/{id}", s.confirm},
		{"GET " + portal + "/destinations", s.listDestinations},
		{"PATCH " + portal + "/destinations/{id}", s.changeDestination},
		{"POST " + portal + "/events", s.publish},
		{"GET " + portal + "/explain", s.explainObject},

		{"GET /admin/v1/applications", s.listApplications},
		{"POST /admin/v1/applications", s.registerApplication},
		{"GET " + application, s.showApplication},
		{"PATCH " + application, s.changeApplication},
		{"POST " + application + "/versions", s.registerVersion},
		{"GET " + files, s.listFiles},
		{"PUT " + files, s.uploadFiles},
		{"DELETE " + files, s.deleteFiles},
		{"POST " + application + "/secret", s.renewSecret},

		{"GET " + portal + "/installations", s.listInstallations},
		{"GET " + installation, s.showInstallation},
		{"PUT " + installation, s.install},
		{"DELETE " + installation, s.uninstall},
		{"POST " + installation + "/finish", s.finish},
		{"POST " + installation + "/payment", s.pay},
		{"POST " + installation + "/tokens", s.issueTokens},
		{"POST " + installation + "/frame", s.openFrame},
		{"GET " + installation + "/signing_secret", s.showSigningSecret},
		{"POST " + installation + "/signing_secret", s.rotateSigningSecret},
	}
}

// ServeHTTP answers one request, writes its line and ends its span.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.Logger.Enabled(r.Context(), slog.LevelDebug) && s.Tracer == nil {
		s.answer(w, r)
		return
	}
	c := &call{ResponseWriter: w, server: s, began: s.Clock.Now()}
	s.answer(c, r)
	c.log(r)
}

// answer asks for the token before it tells which paths there are.
func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != openAPIPath && !s.authorised(r) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		writeError(w, http.StatusUnauthorized, problem{Code: "unauthorized", Message: "the admin token is missing or wrong"})
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *server) authorised(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return s.Token != "" && strings.EqualFold(scheme, "Bearer") && s.Token.Equal(token)
}

func (s *server) answering(serve serve) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := serve(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// unknown tells a path that is not there from a method that it lacks.
func (s *server) unknown(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		asked := r.Clone(context.Background())
		asked.Method = method
		if _, pattern := s.mux.Handler(asked); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if allowed == nil {
		writeError(w, http.StatusNotFound, problem{Code: "not_found", Message: "there is no such path"})
		return
	}
	list := strings.Join(allowed, ", ")
	w.Header().Set("Allow", list)
	writeError(w, http.StatusMethodNotAllowed, problem{Code: "method_not_allowed", Message: "this path takes " + list})
}
