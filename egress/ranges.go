package egress

import (
	"encoding/binary"
	"net/netip"
)

// span is a network with its verdict.
type span struct {
	network netip.Prefix
	verdict Verdict
}

func spans(verdict Verdict, networks ...string) []span {
	out := make([]span, len(networks))
	for i, n := range networks {
		out[i] = span{netip.MustParsePrefix(n), verdict}
	}
	return out
}

func join(lists ...[]span) (all []span) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// special4 and special6 are read from the top and the first network that contains the address decides, so single
// addresses stand before the ranges that they lie in.
// Sources: IANA's special-purpose address registries, and the clouds' documentation for their metadata addresses.
var special4 = join(
	spans(Metadata,
		"169.254.169.254/32", // nearly every cloud
		"169.254.170.2/32",   // credentials of a container on AWS
		"169.254.170.23/32",  // credentials of a pod on AWS
		"100.100.100.200/32", // Alibaba
		"192.0.0.192/32",     // Oracle
		"168.63.129.16/32",   // Azure: inside a public range
	),
	spans(Unspecified, "0.0.0.0/8"),
	spans(Private, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
	spans(CGNAT, "100.64.0.0/10"),
	spans(Loopback, "127.0.0.0/8"),
	spans(LinkLocal, "169.254.0.0/16"),
	spans(Documentation, "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),
	spans(Benchmark, "198.18.0.0/15"),
	spans(Multicast, "224.0.0.0/4"),
	spans(Broadcast, "255.255.255.255/32"),
	spans(Reserved, "192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4"),
)

var special6 = join(
	spans(Metadata,
		"fd00:ec2::254/128",      // AWS
		"fd00:ec2::23/128",       // credentials of a pod on AWS
		"fd20:ce::254/128",       // Google
		"fd00:c1::a9fe:a9fe/128", // Oracle
		"fd00:42::42/128",        // Scaleway
	),
	spans(Unspecified, "::/128"),
	spans(Loopback, "::1/128"),
	spans(UniqueLocal, "fc00::/7"),
	spans(LinkLocal, "fe80::/10"),
	spans(Private, "fec0::/10"),
	spans(Multicast, "ff00::/8"),
	spans(Documentation, "2001:db8::/32", "3fff::/20"),
	spans(Benchmark, "2001:2::/48"),
	spans(Embedded, "64:ff9b:1::/48"),
	spans(Reserved, "2001::/23"),
	spans(Public, "2000::/3"),
	spans(Reserved, "::/0"),
)

// classify returns the verdict of the range in which the address lies.
func classify(addr netip.Addr) Verdict {
	special := special6
	if addr.Is4() {
		special = special4
	}
	for _, s := range special {
		if s.network.Contains(addr) {
			return s.verdict
		}
	}
	return Public
}

var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4 = netip.MustParsePrefix("2002::/16")
	teredo = netip.MustParsePrefix("2001::/32")
)

// embedded returns the IPv4 addresses to which a translator or a tunnel would carry traffic for an IPv6 address.
// The locally used translation prefix 64:ff9b:1::/48 is left to classify: where it holds the IPv4 address depends
// on the network's own prefix length (RFC 8215), so nobody here can tell where it leads.
func embedded(addr netip.Addr) []netip.Addr {
	b := addr.As16()
	switch {
	case addr.Is4():
		return nil
	case nat64.Contains(addr):
		return []netip.Addr{ipv4(b[12:])}
	case sixTo4.Contains(addr):
		return []netip.Addr{ipv4(b[2:])}
	case teredo.Contains(addr):
		return []netip.Addr{ipv4(b[4:]), inverted4(b[12:])}
	}
	return nil
}

func ipv4(b []byte) netip.Addr { return netip.AddrFrom4([4]byte(b[:4])) }

// inverted4 reads the client address of Teredo, which has every bit flipped (RFC 4380).
func inverted4(b []byte) netip.Addr {
	var out [4]byte
	binary.BigEndian.PutUint32(out[:], ^binary.BigEndian.Uint32(b))
	return netip.AddrFrom4(out)
}
