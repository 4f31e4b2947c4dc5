package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/onevent/onevent"
)

// tooLate is from when the server counts as behind.
const tooLate = time.Minute

// ready says whether the server does its work, and else why not. It writes nothing.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if reason := s.unready(r.Context()); reason != "" {
		http.Error(w, reason, http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ok\n"))
}

// unready is a sentence without secrets; empty: it is ready.
func (s *Server) unready(ctx context.Context) string {
	err := s.store.View(ctx, func(q onevent.Reader) error { _, err := q.Stats(); return err })
	switch {
	case errors.Is(err, onevent.ErrDamaged):
		return "the store is damaged"
	case err != nil:
		return "the store can't be read"
	}
	if reason := s.monitor.unstorable(); reason != "" {
		return reason
	}
	switch late := s.monitor.survey().Lateness; {
	case s.Engine.Stuck():
		return "outcomes can't be stored"
	case late > tooLate:
		return "the oldest due delivery is " + late.Truncate(time.Second).String() + " late"
	}
	return ""
}
