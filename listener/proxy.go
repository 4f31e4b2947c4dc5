package listener

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// BehindProxies lets requests from trusted networks tell their client's address
// (X-Forwarded-For) and scheme (X-Forwarded-Proto): the request then shows them
// as if the client had come directly, with RemoteAddr his and TLS set when he
// came by https. X-Forwarded-Proto stays, for a client who is known to have come
// by plain http. From anybody else the two headers are dropped.
func BehindProxies(trusted []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if contains(trusted, peer(r.RemoteAddr)) {
			r = asForwarded(trusted, r)
		} else {
			r.Header.Del("X-Forwarded-Proto")
		}
		r.Header.Del("X-Forwarded-For")
		next.ServeHTTP(w, r)
	})
}

func asForwarded(trusted []netip.Prefix, r *http.Request) *http.Request {
	out := r.WithContext(r.Context())
	if client := clientOf(trusted, r.Header.Values("X-Forwarded-For")); client.IsValid() {
		out.RemoteAddr = net.JoinHostPort(client.String(), "0")
	}
	switch strings.ToLower(r.Header.Get("X-Forwarded-Proto")) {
	case "https":
		out.TLS = &tls.ConnectionState{}
	case "http":
		out.TLS = nil
	}
	return out
}

// clientOf is the last address of the chain that is not a trusted proxy's: what
// stands before it, anybody can have written.
func clientOf(trusted []netip.Prefix, chain []string) netip.Addr {
	hops := strings.Split(strings.Join(chain, ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr := hopAddr(strings.TrimSpace(hop))
		if !addr.IsValid() || !contains(trusted, addr) {
			return addr
		}
	}
	return netip.Addr{}
}

// hopAddr reads an address as proxies write it: some add the client's port, some
// set brackets around IPv6.
func hopAddr(hop string) netip.Addr {
	if at := peer(hop); at.IsValid() {
		return at
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(hop, "["), "]"))
	if err != nil {
		return netip.Addr{}
	}
	return addr.WithZone("").Unmap()
}

func peer(remote string) netip.Addr {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().WithZone("").Unmap()
}

func contains(networks []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(addr) })
}
