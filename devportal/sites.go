package devportal

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/server"
)

// sites answers by what a client called the portal. A base is scheme, host and
// port; without a port it means that of the listener, whichever it is at the
// time. So what a handler keeps of its base outlives a change of the
// listener's port, and a port by which a client came through something in
// between is kept.
type sites struct {
	hosts
	directory *directory.Directory
	plain     uint16 // port of the listener; 0: off
	tls       uint16
}

var _ server.Sites = (*sites)(nil)

// Site gives the portal that has the host as its domain, and else the one that
// is there from the start, even if it was given another domain meanwhile.
func (s *sites) Site(r *http.Request) (server.Site, bool) {
	host, port := splitHost(r.Host)
	base, ok := s.base(r.TLS != nil, host, port)
	if !ok || !s.known(host) {
		return server.Site{}, false
	}
	portal := cmp.Or(
		s.directory.PortalByDomain(host),
		s.directory.PortalByDomain(s.domain),
		s.directory.PortalByFormerDomain(s.domain))
	return server.Site{Portal: portal, Base: base, OAuth: s.auth(host)}, portal != nil
}

// base leaves the listener's own port out, and writes any other, 80 and 443
// too.
func (s *sites) base(overTLS bool, host, port string) (string, bool) {
	scheme := schemeOf(overTLS)
	number := defaultPort(scheme)
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return "", false
		}
		number = uint16(n)
	}
	base := scheme + "://" + inURL(host)
	if number != s.port(scheme) {
		base += ":" + strconv.Itoa(int(number))
	}
	return base, true
}

// only refuses every path under other hosts, the management API too: a page of
// another site, whose name was led to this machine, must not reach it.
func (s *sites) only(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := s.Site(r); !ok {
			server.Misdirected(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Endpoints answers a client in his own terms. Under the authorisation
// server's names he is told the portal's own address.
func (s *sites) Endpoints(p *onevent.Portal, base string) onevent.Endpoints {
	u, err := url.Parse(base)
	if base == "" || err != nil {
		return ownEndpoints(p.PublicURL)
	}
	here := s.resolve(u)
	if s.auth(u.Hostname()) {
		return onevent.Endpoints{Client: s.home(p, u.Scheme) + "/rest/", Server: here + "/rest/"}
	}
	return ownEndpoints(here)
}

func ownEndpoints(base string) onevent.Endpoints {
	return onevent.Endpoints{Client: base + "/rest/", Server: base + "/" + server.OAuthPath + "/rest/"}
}

// resolve gives a base its port of now. One whose listener is off is that of
// the other.
func (s *sites) resolve(u *url.URL) string {
	if u.Port() != "" {
		return u.Scheme + "://" + onevent.TrimDefaultPort(u.Scheme, u.Host)
	}
	return s.at(u.Scheme, u.Hostname())
}

// home is the portal's address with a scheme.
func (s *sites) home(p *onevent.Portal, scheme string) string {
	if p.Domain == s.domain {
		return s.at(scheme, s.domain)
	}
	return p.PublicURL
}

// at is the address of a host on the listener of a scheme, or on the only one
// that is on.
func (s *sites) at(scheme, host string) string {
	if s.port(scheme) == 0 {
		scheme = schemeOf(scheme == "http")
	}
	return s.address(scheme, host)
}

// address is empty when the scheme's listener is off.
func (s *sites) address(scheme, host string) string {
	port := s.port(scheme)
	if port == 0 {
		return ""
	}
	return scheme + "://" + onevent.TrimDefaultPort(scheme, inURL(host)+":"+strconv.Itoa(int(port)))
}

func (s *sites) port(scheme string) uint16 {
	if scheme == "https" {
		return s.tls
	}
	return s.plain
}

func schemeOf(overTLS bool) string {
	if overTLS {
		return "https"
	}
	return "http"
}

func defaultPort(scheme string) uint16 {
	if scheme == "https" {
		return 443
	}
	return 80
}
