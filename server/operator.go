package server

import (
	"net/http"
	"strings"
)

// operator answers what belongs to no portal: the management API, health and the
// numbers.
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
	case len(path) == 1 && path[0] == "metrics":
		s.numbers.ServeHTTP(w, r)
	default:
		return false
	}
	return true
}
