package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/page"
	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/static"
)

// Site is what the host of a request stands for.
type Site struct {
	Portal *onevent.Portal
	// Base is the scheme, host and port by which the client came. Only the dev
	// portal answers by it: there a base without a port means the listener's of
	// now, and any other port is written out.
	Base string
	// OAuth: the host is the authorisation server's.
	OAuth bool
	// Moved: the host is one that the portal had before.
	Moved bool
}

// Sites knows hosts and addresses: those of one dev portal, or those of many
// portals with a public address each.
type Sites interface {
	onevent.Addresses
	// Site judges the host of a request; false: nobody's.
	Site(r *http.Request) (Site, bool)
}

// OAuthPath is where the authorisation server answers on every host.
const OAuthPath = "oauth-server"

// ServeHTTP routes by host and path. Paths are cleaned here, without a redirect,
// since a redirect would turn a client's POST into a GET;
// docs/protocol/rest.md section 1.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ok := segments(r.URL.EscapedPath())
	if !ok {
		refuse(w, http.StatusBadRequest, "the path is not percent-encoded")
		return
	}
	site, known := s.sites.Site(r)
	if s.operator(w, r, path, known) {
		return
	}
	switch {
	case !known:
		Misdirected(w)
	case startsWith(path, OAuthPath):
		s.authorisation(w, r, site, path[1:])
	case site.OAuth || isToken(path):
		s.authorisation(w, r, site, path)
	case site.Moved && startsWith(path, "rest"):
		sendOn(w, r, site.Portal)
	case site.Moved:
		Misdirected(w)
	case startsWith(path, "rest"):
		s.rest.Serve(w, r, site.Portal, site.Base, s.sites.Endpoints(site.Portal, site.Base), path[1:])
	case startsWith(path, static.Path):
		s.files.Serve(w, r, site.Portal, path[1:])
	case isPage(path):
		s.page(w, r, site, path[1])
	default:
		refuse(w, http.StatusNotFound, "there is nothing under this path")
	}
}

// Misdirected refuses a host that is nobody's.
func Misdirected(w http.ResponseWriter) {
	refuse(w, http.StatusMisdirectedRequest, "this host is not served here")
}

// refuse answers what no part of the server takes. Clients of the REST protocol
// read JSON first; docs/protocol/rest.md section 6.
func refuse(w http.ResponseWriter, status int, text string) {
	body, err := json.Marshal(map[string]string{"error": "ERROR_CORE", "error_description": text})
	if err != nil {
		panic(err) // two texts always marshal
	}
	answer.Write(w, status, "application/json; charset=utf-8", body)
}

// sendOn sends a call to the portal's address of now, with path and query as
// they came; docs/protocol/rest.md section 2. Tokens are not asked for in this
// way: a client that kept server_endpoint takes no other from a redirect.
func sendOn(w http.ResponseWriter, r *http.Request, portal *onevent.Portal) {
	if answer.Preflight(w, r) {
		return
	}
	answer.Headers(w)
	w.Header().Set("Location", onPortal(portal, r))
	w.WriteHeader(http.StatusFound)
}

// onPortal is the address of a request at the portal's public URL.
func onPortal(portal *onevent.Portal, r *http.Request) string {
	to := portal.PublicURL + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	return to
}

const usualSegments = 8

// segments splits a path, drops empty segments and decodes each once.
func segments(escaped string) ([]string, bool) {
	out := make([]string, 0, usualSegments)
	for part := range strings.SplitSeq(escaped, "/") {
		if part == "" {
			continue
		}
		text, err := url.PathUnescape(part)
		if err != nil {
			return nil, false
		}
		out = append(out, text)
	}
	return out, true
}

func startsWith(path []string, first ...string) bool {
	if len(path) < len(first) {
		return false
	}
	for i, want := range first {
		if path[i] != want {
			return false
		}
	}
	return true
}

// authorisation answers for the authorisation server.
func (s *Server) authorisation(w http.ResponseWriter, r *http.Request, site Site, path []string) {
	switch {
	case isToken(path):
		s.oauth.Token(w, r, site.Base)
	case isAppInfo(path):
		s.oauth.AppInfo(w, r, site.Base)
	default:
		refuse(w, http.StatusNotFound, "the authorisation server has nothing under this path")
	}
}

// isPage says that a person's browser asks; docs/protocol/oauth.md section 2.
func isPage(path []string) bool {
	return len(path) == 2 && path[0] == "oauth" && (path[1] == "authorize" || path[1] == "sign-out")
}

// page answers a person. Nobody types a password by http on a portal that has
// https.
func (s *Server) page(w http.ResponseWriter, r *http.Request, site Site, name string) {
	switch {
	case strings.HasPrefix(site.Base, "http://") && strings.HasPrefix(site.Portal.PublicURL, "https://"):
		page.Private(w.Header())
		w.Header().Set("Location", onPortal(site.Portal, r))
		w.WriteHeader(http.StatusFound)
	case name == "sign-out":
		s.door.Leave(w, r, site.Portal, site.Base)
	default:
		s.oauth.Authorise(w, r, site.Portal, site.Base)
	}
}

// isToken says that tokens are asked for. Some clients put the path behind
// server_endpoint, which ends in /rest/; docs/protocol/rest.md section 1.
func isToken(path []string) bool {
	if startsWith(path, "rest") {
		path = path[1:]
	}
	return len(path) == 2 && startsWith(path, "oauth", "token")
}

// isAppInfo says that a token is asked about. The PHP SDK, given server_endpoint as
// the authorisation server, puts /rest/app.info behind it.
func isAppInfo(path []string) bool {
	if startsWith(path, "rest", "rest") {
		path = path[1:]
	}
	return len(path) == 2 && path[0] == "rest" && strings.TrimSuffix(strings.ToLower(path[1]), ".json") == "app.info"
}
