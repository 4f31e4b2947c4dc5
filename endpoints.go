package onevent

import (
	"net"
	"net/url"
	"strings"
)

// Endpoints are the two addresses that authorisation names: where the portal's
// REST answers and where the authorisation server's does. Both end in `/rest/`.
type Endpoints struct {
	Client string // client_endpoint
	Server string // server_endpoint
}

// Domain is the host of Client without its port: `domain` in an auth block and
// in app.info.
func (e Endpoints) Domain() string { return hostOf(e.Client) }

// ServerDomain is the host of Server without its port: `domain` in an answer of
// the authorisation server.
func (e Endpoints) ServerDomain() string { return hostOf(e.Server) }

// hostOf is asked for each attempt, so a plain address is not taken apart any further.
func hostOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	authority, _, _ := strings.Cut(rest, "/")
	at := &url.URL{Host: authority}
	if strings.ContainsAny(authority, "@%") {
		var err error
		if at, err = url.Parse(address); err != nil {
			return ""
		}
	}
	return at.Hostname()
}

// Addresses tells the endpoints of a portal. A base is the scheme, host and
// port by which a client came ("" for nobody's); only the dev portal answers by
// it, elsewhere a portal has one public address.
type Addresses interface {
	Endpoints(p *Portal, base string) Endpoints
}

// TrimDefaultPort leaves :80 out of an http base and :443 out of an https one.
func TrimDefaultPort(scheme, hostport string) string {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil || scheme+port != "http80" && scheme+port != "https443" {
		return hostport
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
