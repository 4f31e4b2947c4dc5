// Package server composes one running server out of the rooms: it knows them
// all, and decides nothing that one of them could decide.
package server

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"slices"
	"sync"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/admin"
	"github.com/onevent/onevent/bind"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/methods/app"
	"github.com/onevent/onevent/methods/calendar"
	"github.com/onevent/onevent/methods/confirm"
	"github.com/onevent/onevent/methods/crm"
	"github.com/onevent/onevent/methods/event"
	"github.com/onevent/onevent/methods/option"
	"github.com/onevent/onevent/methods/user"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/operator"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/replay"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/retention"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/session"
	"github.com/onevent/onevent/signature"
	"github.com/onevent/onevent/static"
	"github.com/onevent/onevent/tail"
	"github.com/onevent/onevent/watch"
)

// Config is what a server is made of. Store, Ring, Sites, Clock and Logger must
// be set.
type Config struct {
	Store      onevent.Store
	Ring       *seal.Ring
	AdminToken onevent.Secret
	// Sites is given the directory, which is loaded by then.
	Sites   func(*directory.Directory) Sites
	Clock   onevent.Clock
	Logger  *slog.Logger
	Egress  egress.Policy
	RootCAs *x509.CertPool // of handlers; nil: the system's
	Version string         // of onevent: what handlers see as User-Agent
	// KnownHostsOnly refuses other hosts for the management API and health too.
	KnownHostsOnly bool
	// RequireDot refuses handler URLs whose host has no dot;
	// docs/protocol/events.md section 4.1.
	RequireDot bool
	// OpenSignIn lets anybody sign in as a user who has no password: on a laptop.
	OpenSignIn bool
	// AllowHTTPWebhooks lets incoming webhooks be called over plain http.
	AllowHTTPWebhooks bool
	// Observe is told of every attempt.
	Observe func(dispatch.Observed)
	// Tell is told, beside the log, what the operator should hear of. It returns at
	// once; nil: the log alone.
	Tell func(onevent.OperatorEvent)
	// OperatorURL is where operator events are sent, signed with OperatorSecret;
	// empty: they are lines of the log alone.
	OperatorURL    string
	OperatorSecret onevent.Secret
	Limits         dispatch.Limits
	// Delivery is the default of every destination.
	Delivery onevent.DeliveryOptions
	// Tracer follows events from the call that publishes them to their attempts; nil:
	// nothing does.
	Tracer onevent.Tracer
	// Retention is how long the log remembers; zero: for good.
	Retention retention.Policy
}

// Server is a composed server. Its rooms are open to those who seed it.
type Server struct {
	Directory *directory.Directory
	Authority *oauth.Authority
	Publisher *publish.Publisher
	Engine    *dispatch.Engine
	Manager   *lifecycle.Manager
	Registry  *rest.Registry
	Replays   *replay.Manager
	Confirms  *confirm.Keeper

	binder   *bind.Binder
	teller   *operator.Teller
	hub      tail.Hub
	store    onevent.Store
	sites    Sites
	strict   bool
	rest     *rest.Server
	oauth    oauth.HTTP
	files    *static.Keeper
	door     session.Door
	admin    http.Handler
	keeper   retention.Keeper
	numbers  http.Handler
	monitor  *monitor
	payments payments

	running sync.WaitGroup
	end     context.CancelFunc // of what runs
}

// New loads the directory and composes the rooms. Nothing is sent before Start.
func New(ctx context.Context, c Config) (*Server, error) {
	dir, err := directory.Load(ctx, c.Store, c.Ring)
	if err != nil {
		return nil, err
	}
	s := &Server{Directory: dir, store: c.Store, sites: c.Sites(dir), strict: c.KnownHostsOnly,
		keeper: retention.Keeper{Store: c.Store, Directory: dir, Policy: c.Retention, Clock: c.Clock, Logger: c.Logger}}
	numbers := watch.New()
	s.Authority = &oauth.Authority{Ring: c.Ring, Directory: dir, Store: c.Store, Clock: c.Clock, Addresses: s.sites}
	signer, err := operatorSigner(c, dir)
	if err != nil {
		return nil, err
	}
	s.teller = operator.New(operator.Config{
		Store: c.Store, Directory: dir, Clock: c.Clock, Logger: c.Logger, Delivery: c.Delivery, Sends: c.OperatorURL != "", Listen: c.Tell,
	})
	s.Engine = dispatch.New(dispatch.Config{
		Store:     c.Store,
		Directory: dir,
		Authority: s.Authority,
		Addresses: s.sites,
		Poster:    egress.New(egress.Config{Policy: c.Egress, RootCAs: c.RootCAs, UserAgent: userAgent(c.Version)}),
		Clock:     c.Clock,
		Logger:    c.Logger,
		Limits:    c.Limits,
		Delivery:  c.Delivery,
		Tell:      s.teller.Tell,
		TellIn:    s.teller.TellIn,
		Operator:  signer,
		Observe:   both(numbers.Attempted, s.observing(c.Observe)),
		Settled:   numbers.Settled,
		Tracer:    c.Tracer,
	})
	s.teller.Queue, s.keeper.Forget = s.Engine, s.Engine.Forget
	s.Publisher = &publish.Publisher{Directory: dir, Clock: c.Clock, Queue: s.Engine, Ring: c.Ring, Guards: guards(), Delivery: c.Delivery,
		Tell: s.teller.Tell, Raised: s.hub.Raised, Watch: publish.Watch{Unserved: numbers.Unserved, Cancelled: numbers.Cancelled}, Tracer: c.Tracer}
	s.Manager = &lifecycle.Manager{Store: c.Store, Directory: dir, Publisher: s.Publisher, Authority: s.Authority, Clock: c.Clock,
		Clean: option.Clean, Ended: confirm.Forget, Reload: s.Engine.Reload,
		IsMethod: func(name string) bool { return s.Registry.Lookup(name) != nil }}
	s.Confirms = &confirm.Keeper{Store: c.Store, Directory: dir, Publisher: s.Publisher, Clock: c.Clock, Ring: c.Ring}
	s.payments = payments{s.Manager, c.Clock, c.Logger}
	s.Replays = &replay.Manager{Store: c.Store, Directory: dir, Publisher: s.Publisher, Queue: s.Engine, Clock: c.Clock, Logger: c.Logger}
	s.binder = &bind.Binder{Store: c.Store, Directory: dir, Publisher: s.Publisher, Clock: c.Clock, RequireDot: c.RequireDot}
	s.Registry = rest.NewRegistry(s.methods(c)...)
	s.rest = rest.New(rest.Config{
		Registry: s.Registry, Authority: s.Authority, Clock: c.Clock, Logger: c.Logger, Publishing: s.Publisher, Confirmations: s.Confirms,
		AllowHTTPWebhooks: c.AllowHTTPWebhooks, Tracer: c.Tracer, Watch: numbers.Called,
	})
	s.door = session.Door{Ring: c.Ring, Directory: dir, Clock: c.Clock, Logger: c.Logger, Open: c.OpenSignIn}
	s.files = &static.Keeper{Store: c.Store, Directory: dir, Clock: c.Clock}
	s.oauth = oauth.HTTP{Authority: s.Authority, Door: &s.door, Logger: c.Logger}
	s.admin = admin.New(admin.Config{
		Token: c.AdminToken, Manager: s.Manager, Store: c.Store, Directory: dir, Publisher: s.Publisher, Replays: s.Replays, Confirms: s.Confirms, Binder: s.binder, Files: s.files,
		Clock: c.Clock, Logger: c.Logger, InFlight: s.Engine.InFlight, Condition: s.Engine.Condition,
		Waiting: s.Engine.Waiting, Preview: s.Engine.Preview, Hub: &s.hub, Tracer: c.Tracer,
	})
	s.watch(numbers, c, s.teller.Tell)
	return s, nil
}

// operatorSigner makes known where operator events go, and gives what signs them;
// nothing when they go nowhere.
func operatorSigner(c Config, dir *directory.Directory) (signature.Signer, error) {
	if c.OperatorURL == "" {
		return signature.Signer{}, nil
	}
	signer, err := signature.Parse(c.OperatorSecret)
	if err != nil {
		return signer, onevent.Errorf(onevent.CodeInvalid, "the operator's secret: %w", err)
	}
	dir.SetOperator(c.OperatorURL)
	return signer, nil
}

// observing tells who listens of every attempt, and whoever else is to be told.
func (s *Server) observing(next func(dispatch.Observed)) func(dispatch.Observed) {
	if next == nil {
		return s.hub.Observe
	}
	return func(o dispatch.Observed) { s.hub.Observe(o); next(o) }
}

// EndStreams ends the answers that would go on for ever. Call it before requests
// are waited for.
func (s *Server) EndStreams() { s.hub.Close() }

func userAgent(version string) string {
	if version == "" {
		return "onevent"
	}
	return "onevent/" + version
}

// methods lists those of every scope: a new scope is a package and a line here.
func (s *Server) methods(c Config) []rest.Method {
	return slices.Concat(
		[]rest.Method{rest.Batch()},
		app.Methods(s.Directory),
		option.Methods(option.Config{Store: c.Store, Directory: s.Directory}),
		user.Methods(user.Config{Store: c.Store, Directory: s.Directory, Publisher: s.Publisher, Manager: s.Manager}),
		event.Methods(event.Config{Store: c.Store, Directory: s.Directory, Publisher: s.Publisher, Binder: s.binder}),
		crm.Methods(crm.Config{Store: c.Store, Publisher: s.Publisher}),
		calendar.Methods(calendar.Config{Store: c.Store, Directory: s.Directory, Publisher: s.Publisher}),
	)
}

// guards are the packages that own the rows of an object type.
func guards() map[string]publish.Guard {
	return map[string]publish.Guard{
		crm.ObjectType: crm.Guard(), calendar.ObjectType: calendar.Guard(), calendar.SectionType: calendar.SectionGuard(),
	}
}

// Start takes over what waits in the store and begins to deliver.
func (s *Server) Start(ctx context.Context) error {
	if err := s.Engine.Start(ctx); err != nil {
		return err
	}
	s.teller.Start()
	running, end := context.WithCancel(context.WithoutCancel(ctx))
	s.end = end
	s.running.Go(func() { s.keeper.Run(running) })
	s.running.Go(func() { s.monitor.run(running) })
	s.running.Go(func() { s.payments.run(running) })
	return s.Replays.Start(ctx)
}

// Stop begins no further attempt and waits for those in flight until ctx ends.
// The caller closes the store afterwards.
func (s *Server) Stop(ctx context.Context) {
	if s.end != nil {
		s.end()
	}
	s.running.Wait()
	s.Replays.Stop()
	s.Engine.Stop(ctx)
	s.teller.Stop()
}
