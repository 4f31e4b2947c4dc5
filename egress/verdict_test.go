package egress_test

import (
	"net/netip"
	"testing"

	"github.com/onevent/onevent/egress"
)

// Each range stands with its first and last address and with the neighbours that no longer belong to it.
func TestJudgeNamesTheRangeOfAnAddress(t *testing.T) {
	t.Parallel()
	for verdict, addresses := range map[egress.Verdict][]string{
		egress.Public: {
			"1.0.0.0", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
			"128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255",
			"172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.1.255", "192.0.3.0", "192.88.98.255", "192.88.100.0",
			"192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0",
			"203.0.112.255", "203.0.114.0", "223.255.255.255",
			"2000::", "2001:200::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::", "2003::",
			"2606:4700:4700::1111", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::",
			"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		},
		egress.Unspecified:   {"0.0.0.0", "0.0.0.1", "0.255.255.255", "::"},
		egress.Private:       {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255", "fec0::", "feff:ffff::1"},
		egress.CGNAT:         {"100.64.0.0", "100.100.100.199", "100.100.100.201", "100.127.255.255"},
		egress.Loopback:      {"127.0.0.0", "127.0.0.1", "127.255.255.255", "::1"},
		egress.LinkLocal:     {"169.254.0.0", "169.254.169.253", "169.254.169.255", "169.254.255.255", "fe80::", "fe80::1%eth0", "febf:ffff::1"},
		egress.Metadata:      {"169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42"},
		egress.Multicast:     {"224.0.0.0", "239.255.255.255", "ff00::", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		egress.Broadcast:     {"255.255.255.255"},
		egress.Documentation: {"192.0.2.0", "192.0.2.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255", "2001:db8::", "2001:db8:ffff::1", "3fff::", "3fff:fff:ffff::1"},
		egress.Benchmark:     {"198.18.0.0", "198.19.255.255", "2001:2::", "2001:2:0:ffff::1"},
		egress.UniqueLocal:   {"fc00::", "fd00:ec2::253", "fd00:ec2::255", "fdff:ffff::1"},
		egress.Embedded:      {"64:ff9b:1::", "64:ff9b:1::8.8.8.8", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"},
		egress.Reserved: {
			"192.0.0.0", "192.0.0.191", "192.0.0.193", "192.0.0.255", "192.88.99.0", "192.88.99.255", "240.0.0.0", "255.255.255.254",
			"::2", "::8.8.8.8", "::127.0.0.1", "::ffff:0:8.8.8.8", "::fffe:8.8.8.8", "64:ff9a:ffff::1", "64:ff9b:0:0:0:1::",
			"64:ff9b:2::", "100::1", "1fff:ffff::1", "2001:1::1", "2001:1ff:ffff::1", "2001:2:1::", "4000::", "5f00::1",
			"fbff:ffff::1", "fe00::1", "fe7f:ffff::1",
		},
	} {
		for _, address := range addresses {
			if got := judge(egress.Policy{}, address); got != verdict {
				t.Errorf("%s: got %q, want %q", address, got, verdict)
			}
		}
	}
}

// What a translator or a tunnel would carry to an IPv4 address is judged as that address.
func TestJudgeLooksIntoMappedAndEmbeddedAddresses(t *testing.T) {
	t.Parallel()
	for address, verdict := range map[string]egress.Verdict{
		"::ffff:8.8.8.8":         egress.Public,
		"::ffff:127.0.0.1":       egress.Loopback,
		"::ffff:0.0.0.0":         egress.Unspecified,
		"::ffff:169.254.169.254": egress.Metadata,
		"::ffff:172.32.0.0":      egress.Public,
		"::ffff:172.31.0.0":      egress.Private,
		"::ffff:10.0.0.1%eth0":   egress.Private,

		"64:ff9b::8.8.8.8":         egress.Public,
		"64:ff9b::100.64.0.1":      egress.CGNAT,
		"64:ff9b::169.254.169.254": egress.Metadata,
		"64:ff9b::127.0.0.1":       egress.Loopback,

		"2002:808:808::":    egress.Public,
		"2002:7f00:1::":     egress.Loopback,
		"2002:a9fe:a9fe::1": egress.Metadata,
		"2002:c0a8:1::1":    egress.Private,

		// Server 8.8.8.8 with the clients 8.8.4.4 and 10.0.0.1, then server 10.0.0.1 with the client 8.8.4.4.
		"2001:0:808:808:0:0:f7f7:fbfb": egress.Public,
		"2001:0:808:808:0:0:f5ff:fffe": egress.Private,
		"2001:0:a00:1:0:0:f7f7:fbfb":   egress.Private,
	} {
		if got := judge(egress.Policy{}, address); got != verdict {
			t.Errorf("%s: got %q, want %q", address, got, verdict)
		}
	}
}

func TestAllowOpensWhatTheOperatorNamesAndNothingBeside(t *testing.T) {
	t.Parallel()
	policy := egress.Policy{Allow: []netip.Prefix{
		netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd12::/16"), netip.MustParsePrefix("64:ff9b::c000:200/120"),
	}}
	for address, verdict := range map[string]egress.Verdict{
		"10.0.255.255":            egress.Private,
		"10.1.0.0":                egress.Allowed,
		"10.1.255.255":            egress.Allowed,
		"10.2.0.0":                egress.Private,
		"::ffff:10.1.0.1":         egress.Allowed,
		"::ffff:10.2.0.1":         egress.Private,
		"64:ff9b::10.1.0.1":       egress.Allowed,
		"64:ff9b::10.2.0.1":       egress.Private,
		"64:ff9b::192.0.2.1":      egress.Allowed,
		"192.0.2.1":               egress.Documentation,
		"fd12::1":                 egress.Allowed,
		"fd12::1%eth0":            egress.Allowed,
		"fd13::1":                 egress.UniqueLocal,
		"8.8.8.8":                 egress.Public,
		"2002:0a01:0001::":        egress.Allowed,
		"169.254.169.254":         egress.Metadata,
		"2001:0:a01:1::f7f7:fbfb": egress.Allowed,
	} {
		if got := judge(policy, address); got != verdict {
			t.Errorf("%s: got %q, want %q", address, got, verdict)
		}
	}
}

func TestSelfIsRefusedWhateverIsAllowed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		listener, to string
		want         egress.Verdict
	}{
		{"127.0.0.1:8055", "127.0.0.1:8055", egress.Self},
		{"127.0.0.1:8055", "127.0.0.1:8056", egress.Allowed},
		{"127.0.0.1:8055", "127.0.0.2:8055", egress.Allowed},
		{"127.0.0.1:8055", "0.0.0.0:8055", egress.Self},
		{"127.0.0.1:8055", "[::]:8055", egress.Self},
		{"127.0.0.1:8055", "[::ffff:127.0.0.1]:8055", egress.Self},
		{"127.0.0.1:8055", "[64:ff9b::127.0.0.1]:8055", egress.Self},
		{"[::ffff:127.0.0.1]:8055", "127.0.0.1:8055", egress.Self},
		{"203.0.113.7:443", "203.0.113.7:443", egress.Self},
		{"203.0.113.7:443", "203.0.113.7:444", egress.Allowed},
		// A listener on all addresses answers on loopback and on what Local says, on that port only.
		{"0.0.0.0:443", "127.0.0.9:443", egress.Self},
		{"[::]:443", "127.0.0.1:443", egress.Self},
		{"[::]:443", "[::1]:443", egress.Self},
		{"[::]:443", "198.51.100.7:443", egress.Self},
		{"[::]:443", "198.51.100.7:80", egress.Allowed},
		{"[::]:443", "198.51.100.8:443", egress.Allowed},
		{"[::]:443", "[2002:c633:6407::]:443", egress.Self},
	} {
		policy := egress.Policy{
			Allow: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")},
			Self:  func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort(c.listener)} },
			Local: func(a netip.Addr) bool { return a == netip.MustParseAddr("198.51.100.7") },
		}
		if got := policy.Judge(netip.MustParseAddrPort(c.to)); got != c.want {
			t.Errorf("listening on %s, dialling %s: got %q, want %q", c.listener, c.to, got, c.want)
		}
	}
}

func TestOnlyPublicAndAllowedAreNotRefused(t *testing.T) {
	t.Parallel()
	if egress.Public.Refused() || egress.Allowed.Refused() {
		t.Error("public and allowed must pass")
	}
	for _, v := range []egress.Verdict{"", egress.Self, egress.Invalid, egress.Reserved, egress.Loopback, "another"} {
		if !v.Refused() {
			t.Errorf("%q must be refused", v)
		}
	}
	if got := (egress.Policy{}).Judge(netip.AddrPort{}); got != egress.Invalid {
		t.Errorf("no address: got %q, want %q", got, egress.Invalid)
	}
}

func TestIsLocalKnowsTheInterfaces(t *testing.T) {
	t.Parallel()
	if !egress.IsLocal(netip.MustParseAddr("127.0.0.1")) {
		t.Error("127.0.0.1 is an address of this machine")
	}
	if egress.IsLocal(netip.MustParseAddr("192.0.2.77")) {
		t.Error("192.0.2.77 is no address of this machine")
	}
}

func judge(p egress.Policy, address string) egress.Verdict {
	return p.Judge(netip.AddrPortFrom(netip.MustParseAddr(address), 80))
}
