package server

import (
	"net/http"
	"strings"

	"github.com/onevent/onevent"
)

// operator answers what belongs to no portal: the management API and health.
// A server that answers only to its own hosts refuses others here too.
func (s *Server) operator(w http.ResponseWriter, r *http.Request, path []string, known bool) bool {
	if !known && s.strict {
		return false
	}
	switch {
	case startsWith(path, "admin", "v1"):
		r.URL.Path, r.URL.RawPath = "/"+strings.Join(path, "/"), ""
		s.admin.ServeHTTP(w, r)
	case len(path) == 1 && path[0] == "healthz":
		w.Write([]byte("ok\n"))
	case len(path) == 1 && path[0] == "readyz":
		s.ready(w, r)
	default:
		return false
	}
	return true
}

// ready says whether the store answers.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	err := s.store.View(r.Context(), func(q onevent.Reader) error { _, err := q.Stats(); return err })
	if err != nil {
		http.Error(w, "the store can't be read", http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ok\n"))
}
