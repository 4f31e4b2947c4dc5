package listener

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The bounds of one connection. A request's body may be some megabytes over a
// slow line; an answer is small, unless the client is too slow to take it.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 120 * time.Second
	idleTimeout       = 120 * time.Second
	maxHeaderBytes    = 256 << 10 // long calls come as a query string
)

// Server serves one handler on any number of listeners.
type Server struct {
	Handler http.Handler
	Logger  *slog.Logger
	// Stopping is called when Stop begins: it ends answers that would go on for ever;
	// nil: there are none.
	Stopping func()

	servers []*http.Server
	serving sync.WaitGroup
	failed  chan error
	once    sync.Once
}

// Serve answers on a listener, over TLS when config is not nil, until Stop.
func (s *Server) Serve(l net.Listener, config *tls.Config) {
	s.once.Do(func() { s.failed = make(chan error, 1) })
	h := &http.Server{
		Handler:           s.Handler,
		TLSConfig:         config,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          log.New(complaints{s.Logger}, "", 0),
	}
	s.servers = append(s.servers, h)
	s.serving.Go(func() { s.run(h, l) })
}

func (s *Server) run(h *http.Server, l net.Listener) {
	var err error
	if h.TLSConfig != nil {
		err = h.ServeTLS(l, "", "")
	} else {
		err = h.Serve(l)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		select {
		case s.failed <- err:
		default: // the first failure ends the server
		}
	}
}

// complaints are what package net/http logs: panics of handlers, and clients that
// refused the certificate, which is not this server's failure.
type complaints struct{ logger *slog.Logger }

// Write logs one complaint.
func (c complaints) Write(line []byte) (int, error) {
	level := slog.LevelError
	if bytes.Contains(line, []byte("TLS handshake error")) {
		level = slog.LevelDebug
	}
	c.logger.Log(context.Background(), level, "http server", "says", strings.TrimSpace(string(line)))
	return len(line), nil
}

// Failed tells of a listener that ended by itself.
func (s *Server) Failed() <-chan error { return s.failed }

// Stop takes no further connection, lets running requests end until ctx does,
// then closes what is left.
func (s *Server) Stop(ctx context.Context) {
	if s.Stopping != nil {
		s.Stopping()
	}
	var stopping sync.WaitGroup
	for _, h := range s.servers {
		stopping.Go(func() {
			if h.Shutdown(ctx) != nil {
				h.Close()
			}
		})
	}
	stopping.Wait()
	s.serving.Wait()
}
