// Package service runs a server for real portals by its configuration: one
// listener, one store, until it is told to end.
package service

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/config"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/listener"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/server"
	"github.com/onevent/onevent/sqlite"
	"github.com/onevent/onevent/trace"
)

// How long requests and attempts that run may take to end, after the signal;
// together less than the 10 s that the service promises.
const (
	endRequests = 2 * time.Second
	endAttempts = 6 * time.Second
	endTraces   = time.Second
)

// Service is a server that is about to run.
type Service struct {
	Config  *config.Config
	Logger  *slog.Logger
	Version string
}

// parts are what is open; what is not yet is nil.
type parts struct {
	store  *sqlite.DB
	listen net.Listener
	tracer *trace.Tracer
	server *server.Server
	web    *listener.Server
	ready  time.Time // since when it answers
	flying int       // attempts that ran when the end began
}

// Run serves until ctx ends. An error has CodeInvalid when the configuration is
// at fault, CodeConflict when the address is taken or the store in use.
func (s *Service) Run(ctx context.Context) error {
	p := &parts{}
	err := s.run(ctx, p)
	if ctx.Err() != nil {
		err = nil // it was told to end while it was starting: steps fail by that
	}
	told := onevent.SystemClock{}.Now()
	err = errors.Join(err, p.end())
	s.logEnd(p, told, err)
	return err
}

func (s *Service) run(ctx context.Context, p *parts) error {
	for _, sentence := range s.Config.Warnings {
		s.Logger.Warn(sentence)
	}
	secure, err := s.tls()
	if err != nil {
		return err
	}
	if err := s.open(ctx, p); err != nil {
		return err
	}
	// What loading left is as much as what it brought: with a million handlers the
	// collector would take a second of CPU soon after the first requests have come.
	runtime.GC()
	if err := p.server.Start(ctx); err != nil {
		return err
	}
	p.web = &listener.Server{Logger: s.Logger, Handler: s.handler(p.server), Stopping: p.server.EndStreams}
	p.web.Serve(p.listen, secure)
	s.logReady(p, secure != nil)
	select {
	case <-ctx.Done():
		return nil
	case err := <-p.web.Failed():
		return err
	case err := <-p.store.Damaged():
		return err
	}
}

func (s *Service) tls() (*tls.Config, error) {
	if s.Config.TLSCert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(s.Config.TLSCert, s.Config.TLSKey)
	if err != nil {
		return nil, onevent.Errorf(onevent.CodeInvalid, "tls.cert and tls.key: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

func (s *Service) open(ctx context.Context, p *parts) error {
	ring, err := seal.ReadFile(s.Config.KeyFile)
	if err != nil {
		return onevent.Errorf(onevent.CodeInvalid, "key_file: %w", err)
	}
	if p.store, err = s.openStore(ctx); err != nil {
		return err
	}
	if p.listen, err = listener.Open(s.Config.Listen); err != nil {
		return err
	}
	if err := s.follow(p); err != nil {
		return err
	}
	p.server, err = s.compose(ctx, p, ring)
	return err
}

// follow begins to trace, where a collector is named.
func (s *Service) follow(p *parts) (err error) {
	if s.Config.OTLP != "" {
		p.tracer, err = trace.New(trace.Config{URL: s.Config.OTLP, Version: s.Version, Logger: s.Logger})
	}
	return err
}

func (s *Service) openStore(ctx context.Context) (*sqlite.DB, error) {
	store, err := sqlite.Open(ctx, sqlite.Config{Path: s.Config.Store, Reserve: s.Config.Reserve, Logger: s.Logger})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, onevent.Errorf(onevent.CodeInvalid, "store: %w", err)
	}
	return store, err
}

func (s *Service) compose(ctx context.Context, p *parts, ring *seal.Ring) (*server.Server, error) {
	self := []netip.AddrPort{listener.Address(p.listen)}
	var tracer onevent.Tracer
	if p.tracer != nil {
		tracer = p.tracer
	}
	return server.New(ctx, server.Config{
		Tracer:     tracer,
		Store:      p.store,
		Ring:       ring,
		AdminToken: s.Config.AdminToken,
		Sites: func(d *directory.Directory) server.Sites {
			return &server.PublicSites{Directory: d, OAuthURL: s.Config.OAuthURL}
		},
		Clock:      onevent.SystemClock{},
		Logger:     s.Logger,
		Egress:     egress.Policy{Allow: s.Config.EgressAllow, Self: func() []netip.AddrPort { return self }},
		Version:    s.Version,
		RequireDot: true,
		Delivery:   s.Config.Delivery,
		Retention:  s.Config.Retention,

		OperatorURL: s.Config.OperatorURL, OperatorSecret: s.Config.OperatorSecret,
		Limits: dispatch.Limits{
			Server: s.Config.Limits.Server, Host: s.Config.Limits.Host, Backlog: s.Config.Limits.Backlog,
		},
	})
}

func (s *Service) handler(next http.Handler) http.Handler {
	return listener.BehindProxies(s.Config.TrustedProxies, next)
}

// end ends what runs in the order in which nothing is lost: no new requests, no
// new attempts, then the store.
func (p *parts) end() error {
	if p.web != nil {
		ctx, cancel := context.WithTimeout(context.Background(), endRequests)
		p.web.Stop(ctx)
		cancel()
	} else if p.listen != nil {
		p.listen.Close()
	}
	if p.server != nil {
		p.flying = p.server.Engine.InFlight()
		ctx, cancel := context.WithTimeout(context.Background(), endAttempts)
		p.server.Stop(ctx)
		cancel()
	}
	if p.tracer != nil {
		ctx, cancel := context.WithTimeout(context.Background(), endTraces)
		p.tracer.Stop(ctx)
		cancel()
	}
	if p.store == nil {
		return nil
	}
	return p.store.Close()
}

// Check reads the whole store and opens what is sealed in it.
func (s *Service) Check(ctx context.Context) error {
	ring, err := seal.ReadFile(s.Config.KeyFile)
	if err != nil {
		return onevent.Errorf(onevent.CodeInvalid, "key_file: %w", err)
	}
	if _, err := os.Stat(s.Config.Store); err != nil {
		return onevent.Errorf(onevent.CodeInvalid, "store: %w", err)
	}
	store, err := s.openStore(ctx)
	if err != nil {
		return err
	}
	return errors.Join(check(ctx, store, ring), store.Close())
}

func check(ctx context.Context, store onevent.Store, ring *seal.Ring) error {
	if err := store.Check(ctx); err != nil {
		return err
	}
	if _, err := directory.Load(ctx, store, ring); err != nil {
		return onevent.Errorf(onevent.CodeDamaged, "%w", err)
	}
	return nil
}
