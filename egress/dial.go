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
	policy    Policy
	names     *resolver
	net       net.Dialer
	tls       *tls.Config
	connect   time.Duration
	handshake time.Duration
}

func newDialer(c Config) *dialer {
	if c.Policy.Local == nil {
		c.Policy.Local = IsLocal
	}
	d := &dialer{
		policy:    c.Policy,
		names:     newResolver(c.Resolver),
		connect:   cmp.Or(c.ConnectTimeout, connectTime),
		handshake: cmp.Or(c.ConnectTimeout, handshakeTime),
		tls: &tls.Config{
			RootCAs:            c.RootCAs,
			MinVersion:         tls.VersionTLS12,
			ClientSessionCache: tls.NewLRUClientSessionCache(0),
		},
	}
	// No connection lives long enough idle for the kernel's probes to matter.
	d.net = net.Dialer{KeepAlive: -1, ControlContext: d.judge}
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

// dial looks a name up and connects to one of its addresses.
func (d *dialer) dial(ctx context.Context, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.connect)
	defer cancel()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &Error{Reason: ReasonInvalid}
	}
	dialling(ctx, lookingUp)
	addresses, err := d.names.addresses(ctx, host)
	if err != nil {
		return nil, dialError(err)
	}
	dialling(ctx, connecting)
	conn, err := d.first(ctx, port, addresses)
	if err != nil {
		d.names.forget(host)
		return nil, dialError(err)
	}
	return conn, nil
}

// dialTLS connects and shakes hands, offering protocols in the order of preference.
func (d *dialer) dialTLS(ctx context.Context, address string, protocols ...string) (*tls.Conn, error) {
	raw, err := d.dial(ctx, address)
	if err != nil {
		return nil, err
	}
	dialling(ctx, shakingHands)
	conn := tls.Client(raw, d.configFor(address, protocols))
	ctx, cancel := context.WithTimeout(ctx, d.handshake)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, handshakeError(err)
	}
	return conn, nil
}

func (d *dialer) configFor(address string, protocols []string) *tls.Config {
	config := d.tls.Clone()
	config.ServerName, _, _ = net.SplitHostPort(address) // dial has found host and port
	config.NextProtos = protocols
	return config
}
