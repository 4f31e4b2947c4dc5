package egress

import (
	"context"
	"net"
	"net/netip"
	"time"
)

const (
	// headStart is how long the better family of addresses is tried alone, as in net.Dialer. RFC 8305 section 5.
	headStart = 300 * time.Millisecond
	// leastShare is what one of several addresses has at least of the time to connect.
	leastShare = time.Second
)

// first connects to the address that answers first. Where a name has addresses of both families, those of the second
// are tried too when the first fails or has had its head start, since IPv6 that leads nowhere often says nothing.
func (d *dialer) first(ctx context.Context, port string, addresses []netip.Addr) (net.Conn, error) {
	better, other := byFamily(addresses)
	if len(other) == 0 {
		return d.oneByOne(ctx, port, better)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := race{dial: d, port: port, came: make(chan dialled)}
	return r.run(ctx, better, other)
}

// byFamily parts addresses in those of the first one's family and the others.
func byFamily(addresses []netip.Addr) (better, other []netip.Addr) {
	for _, a := range addresses {
		if a.Is4() == addresses[0].Is4() {
			better = append(better, a)
		} else {
			other = append(other, a)
		}
	}
	return better, other
}

// race is two families of addresses tried at once.
type race struct {
	dial *dialer
	port string
	came chan dialled
}

type dialled struct {
	conn net.Conn
	err  error
}

func (r race) run(ctx context.Context, better, other []netip.Addr) (net.Conn, error) {
	late := time.NewTimer(headStart)
	defer late.Stop()
	go r.try(ctx, better)
	var failure error
	for waiting := other; ; {
		select {
		case <-late.C:
		case d := <-r.came:
			if d.err == nil {
				return d.conn, nil
			}
			if failure != nil {
				return nil, failure
			}
			failure = d.err
		}
		if waiting != nil {
			go r.try(ctx, waiting)
			waiting = nil
		}
	}
}

// try ends with the race's context at the latest. A connection that comes too late is closed.
func (r race) try(ctx context.Context, addresses []netip.Addr) {
	conn, err := r.dial.oneByOne(ctx, r.port, addresses)
	select {
	case r.came <- dialled{conn, err}:
	case <-ctx.Done():
		if err == nil {
			conn.Close()
		}
	}
}

// oneByOne tries addresses in turn and returns the first one's failure when none answers.
func (d *dialer) oneByOne(ctx context.Context, port string, addresses []netip.Addr) (net.Conn, error) {
	var failure error
	for i, a := range addresses {
		conn, err := d.within(ctx, share(ctx, len(addresses)-i), net.JoinHostPort(a.String(), port))
		if err == nil {
			return conn, nil
		}
		if failure == nil {
			failure = err
		}
	}
	return nil, failure
}

func (d *dialer) within(ctx context.Context, time time.Duration, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, time)
	defer cancel()
	return d.net.DialContext(ctx, "tcp", address)
}

// share is what an address has of the time that is left, when so many are to be tried.
func share(ctx context.Context, addresses int) time.Duration {
	end, _ := ctx.Deadline() // dial always gives one
	return max(time.Until(end)/time.Duration(addresses), leastShare)
}
