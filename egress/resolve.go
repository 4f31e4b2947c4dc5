package egress

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// nameTime is how long an answer of DNS is used. It is shorter than the 5 s after which a delivery is tried
	// again, so that no delivery fails twice by one answer, and long enough that a burst to one host asks once.
	nameTime = 2 * time.Second
	// maxNames bounds the answers kept at once.
	maxNames = 4096
)

// resolver looks names up and keeps the answers for a moment. Failures are not kept. Look-ups of one name at the
// same time are one: net.Resolver sees to that.
type resolver struct {
	net   *net.Resolver
	mu    sync.Mutex
	known map[string]found
}

type found struct {
	addresses []netip.Addr
	until     time.Time
}

func newResolver(r *net.Resolver) *resolver {
	return &resolver{net: cmp.Or(r, net.DefaultResolver), known: map[string]found{}}
}

// lookup returns a host's addresses, best first. The caller must not change them.
func (r *resolver) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address}, nil
	}
	if addresses := r.kept(host); addresses != nil {
		return addresses, nil
	}
	addresses, err := r.net.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	for i, a := range addresses {
		addresses[i] = a.Unmap()
	}
	r.keep(host, addresses)
	return addresses, nil
}

func (r *resolver) kept(host string) []netip.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	answer, ok := r.known[host]
	if !ok || !time.Now().Before(answer.until) {
		return nil
	}
	return answer.addresses
}

func (r *resolver) keep(host string, addresses []netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if len(r.known) >= maxNames {
		r.dropOld(now)
	}
	if len(r.known) < maxNames {
		r.known[host] = found{addresses, now.Add(nameTime)}
	}
}

func (r *resolver) dropOld(now time.Time) {
	for host, answer := range r.known {
		if !now.Before(answer.until) {
			delete(r.known, host)
		}
	}
}

// forget drops an answer that led nowhere, so that the next connection asks anew.
func (r *resolver) forget(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, host)
}
