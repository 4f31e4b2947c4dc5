package egress

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// dialer opens connections to addresses that the policy lets pass.
type dialer struct {
	policy  Policy
	net     net.Dialer
	tls     *tls.Config
	timeout time.Duration
}

func newDialer(c Config) *dialer {
	if c.Policy.Local == nil {
		c.Policy.Local = IsLocal
	}
	d := &dialer{
		policy:  c.Policy,
		timeout: cmp.Or(c.ConnectTimeout, 5*time.Second),
		tls: &tls.Config{
			RootCAs:            c.RootCAs,
			MinVersion:         tls.VersionTLS12,
			ClientSessionCache: tls.NewLRUClientSessionCache(0),
		},
	}
	// No connection lives long enough idle for the kernel's probes to matter.
	d.net = net.Dialer{Timeout: d.timeout, KeepAlive: -1, Resolver: c.Resolver, ControlContext: d.judge}
	return d
}

// judge runs after the name was looked up and before the connection is made, once for every address that is tried:
// what it sees is what is dialled.
func (d *dialer) judge(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, _ := netip.ParseAddrPort(address) // what can't be read is the zero address, which is refused
	if verdict := d.policy.Judge(to); verdict.Refused() {
		return &Error{Reason: ReasonRefused, Verdict: verdict}
	}
	return nil
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.net.DialContext(ctx, network, address)
	if err != nil {
		return nil, dialError(err)
	}
	return conn, nil
}

func (d *dialer) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := d.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conn := tls.Client(raw, d.configFor(address))
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, handshakeError(err)
	}
	return conn, nil
}

func (d *dialer) configFor(address string) *tls.Config {
	config := d.tls.Clone()
	config.ServerName, _, _ = net.SplitHostPort(address) // net/http always gives host and port
	return config
}
