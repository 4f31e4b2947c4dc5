package egress

import (
	"net"
	"net/netip"
	"slices"
)

// Verdict names why an address may or may not be dialled. It feeds the delivery's record, the log line, the
// metric's label and the console's text alike.
type Verdict string

// The verdicts. All but Public and Allowed refuse.
const (
	Public        Verdict = "public"        // globally reachable unicast
	Allowed       Verdict = "allowed"       // named by the operator in egress.allow
	Self          Verdict = "self"          // a listener of this server; refused whatever the operator allows
	Private       Verdict = "private"       // RFC 1918, and the site-local range of IPv6
	Loopback      Verdict = "loopback"      // 127.0.0.0/8, ::1
	LinkLocal     Verdict = "link_local"    // 169.254.0.0/16, fe80::/10
	CGNAT         Verdict = "cgnat"         // 100.64.0.0/10
	Metadata      Verdict = "metadata"      // a cloud's instance metadata or credentials service
	Multicast     Verdict = "multicast"     // 224.0.0.0/4, ff00::/8
	Unspecified   Verdict = "unspecified"   // 0.0.0.0/8, ::
	Broadcast     Verdict = "broadcast"     // 255.255.255.255
	Embedded      Verdict = "embedded"      // holds an IPv4 address at a place that only the local network knows
	Documentation Verdict = "documentation" // TEST-NET-1 to 3, 2001:db8::/32, 3fff::/20
	Benchmark     Verdict = "benchmark"     // 198.18.0.0/15, 2001:2::/48
	Reserved      Verdict = "reserved"      // set aside by IANA, or not assigned to global unicast
	UniqueLocal   Verdict = "unique_local"  // fc00::/7
	Invalid       Verdict = "invalid"       // not an IP address
)

// Refused reports whether an address with this verdict must not be dialled. The zero Verdict refuses.
func (v Verdict) Refused() bool { return v != Public && v != Allowed }

// Policy decides which addresses may be dialled. The zero Policy allows public addresses only.
type Policy struct {
	// Allow opens these networks whatever they are, the server's own listeners excepted. An IPv6 address that
	// embeds an IPv4 one is allowed when either of the two is.
	Allow []netip.Prefix

	// Self returns the addresses and ports on which this server listens; nil means none. It is asked at every
	// judgement, so that listeners with a port chosen by the system can be named once they are open.
	Self func() []netip.AddrPort

	// Local reports whether an address belongs to this machine, for which a listener on all addresses answers.
	// Loopback always counts. New sets it to IsLocal when nil.
	Local func(netip.Addr) bool
}

// Judge returns the verdict for one address and port. It does no I/O of its own.
func (p Policy) Judge(to netip.AddrPort) Verdict {
	// A zone would keep an address out of every prefix that contains it.
	addr := to.Addr().WithZone("").Unmap()
	if !addr.IsValid() {
		return Invalid
	}
	carried := embedded(addr)
	switch {
	case p.isSelf(to.Port(), append(carried, addr)):
		return Self
	case p.allows(to.Addr().WithZone("")) || p.allows(addr):
		return Allowed
	}
	if len(carried) == 0 {
		return classify(addr)
	}
	return p.judgeCarried(carried, to.Port())
}

// judgeCarried judges an IPv6 address by the IPv4 addresses in it, all of which must pass.
func (p Policy) judgeCarried(carried []netip.Addr, port uint16) Verdict {
	verdict := Public
	for _, inner := range carried {
		switch v := p.Judge(netip.AddrPortFrom(inner, port)); {
		case v.Refused():
			return v
		case v == Allowed:
			verdict = Allowed
		}
	}
	return verdict
}

func (p Policy) allows(addr netip.Addr) bool {
	for _, prefix := range p.Allow {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// isSelf reports whether a listener of this server answers at the port of one of the addresses.
func (p Policy) isSelf(port uint16, addresses []netip.Addr) bool {
	if p.Self == nil {
		return false
	}
	for _, listener := range p.Self() {
		at := listener.Addr().WithZone("").Unmap()
		if listener.Port() == port && slices.ContainsFunc(addresses, func(to netip.Addr) bool { return p.answers(at, to) }) {
			return true
		}
	}
	return false
}

// answers reports whether a listener at the first address gets what is sent to the second. The kernel takes a
// connection to the unspecified address for one to this machine.
func (p Policy) answers(listener, addr netip.Addr) bool {
	if listener == addr || addr.IsUnspecified() {
		return true
	}
	return listener.IsUnspecified() && (addr.IsLoopback() || p.Local != nil && p.Local(addr))
}

// IsLocal reports whether an address is one of this machine's interfaces'. When they can't be listed it says yes,
// since a wrong no would let a request reach the server itself.
func IsLocal(addr netip.Addr) bool {
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		return true
	}
	for _, a := range interfaces {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().WithZone("").Unmap() == addr {
			return true
		}
	}
	return false
}
