package devportal

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// authNames are the hosts that official clients have built in for the
// authorisation server; docs/protocol/clients.md section 2 item 2.
var authNames = []string{"oauth.bitrix.info", "oauth.bitrix24.tech"}

var hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$`)

const maxHostName = 253 // characters

// parseDomain gives a host in the form in which requests are compared with it:
// lower case, an IPv6 address without brackets.
func parseDomain(raw string) (string, error) {
	text := strings.ToLower(raw)
	if addr, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil && addr.Zone() == "" {
		return addr.Unmap().String(), nil
	}
	switch {
	case len(text) > maxHostName || !hostName.MatchString(text):
		return "", invalid("--domain %q must be a host name or an address, without scheme and port", raw)
	case slices.Contains(authNames, text):
		return "", invalid("--domain %s is a name of the authorisation server", text)
	}
	return text, nil
}

// hosts are the names to which a dev portal answers: its domain and what always
// means this machine or a test.
type hosts struct{ domain string }

// auth says whether a host is the authorisation server's.
func (h hosts) auth(host string) bool {
	return slices.Contains(h.authNames(), host)
}

// authNames has no oauth.DOMAIN for a domain that is an address.
func (h hosts) authNames() []string {
	if isAddress(h.domain) {
		return authNames
	}
	return append([]string{"oauth." + h.domain}, authNames...)
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// known says whether a host is answered at all; the host is in lower case.
func (h hosts) known(host string) bool {
	switch {
	case host == h.domain, host == "localhost", host == "127.0.0.1", host == "::1":
		return true
	}
	return below(host, ".localhost") || below(host, ".test") || h.auth(host)
}

func below(host, suffix string) bool {
	return len(host) > len(suffix) && strings.HasSuffix(host, suffix)
}

// certificateNames are all of them.
func (h hosts) certificateNames() []string {
	names := []string{h.domain, "localhost", "127.0.0.1", "::1", "*.localhost", "*.test"}
	names = append(names, h.authNames()...)
	slices.Sort(names)
	return slices.Compact(names)
}

// splitHost splits a Host header; the port is empty when it has none.
func splitHost(hostport string) (host, port string) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		host, port = strings.Trim(hostport, "[]"), ""
	}
	return strings.ToLower(strings.TrimSuffix(host, ".")), port
}

// inURL brackets an IPv6 address.
func inURL(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}
