package server

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

// PublicSites serves portals that each have one public address, beside one
// authorisation server. The host of a request names the portal.
type PublicSites struct {
	Directory *directory.Directory
	// OAuthURL is the public address of the authorisation server, without a
	// slash at the end. Empty: each portal's own, under OAuthPath.
	OAuthURL string
}

// cameBy is the portal's address, but by http for a client of whom a trusted
// proxy says that he came so: he is not to send a webhook's code in the clear.
func cameBy(p *onevent.Portal, r *http.Request) string {
	if strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "http") {
		return "http://" + strings.TrimPrefix(strings.TrimPrefix(p.PublicURL, "https://"), "http://")
	}
	return p.PublicURL
}

// Endpoints are a portal's public ones, however a client came.
func (s *PublicSites) Endpoints(p *onevent.Portal, _ string) onevent.Endpoints {
	server := s.OAuthURL
	if server == "" {
		server = p.PublicURL + "/" + OAuthPath
	}
	return onevent.Endpoints{Client: p.PublicURL + "/rest/", Server: server + "/rest/"}
}

// Site finds the portal of the request's host. A portal's own host comes before
// the authorisation server's, which is then found by OAuthPath; last comes one
// that a portal had before.
func (s *PublicSites) Site(r *http.Request) (Site, bool) {
	host := hostname(r.Host)
	if p := s.Directory.PortalByDomain(host); p != nil {
		return Site{Portal: p, Base: cameBy(p, r)}, true
	}
	if u, err := url.Parse(s.OAuthURL); err == nil && host != "" && strings.EqualFold(u.Hostname(), host) {
		return Site{OAuth: true, Base: s.OAuthURL}, true
	}
	if p := s.Directory.PortalByFormerDomain(host); p != nil {
		return Site{Portal: p, Base: p.PublicURL, Moved: true}, true
	}
	return Site{}, false
}

func hostname(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	return strings.ToLower(host)
}
