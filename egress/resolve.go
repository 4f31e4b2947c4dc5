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
// same time are one.
type resolver struct {
	net   *net.Resolver
	mu    sync.Mutex
	known map[string]*lookup
}

// lookup is a question to DNS, under way until done is closed, and then its answer.
type lookup struct {
	done      chan struct{}
	addresses []netip.Addr
	err       error
	abandoned bool      // who asked had no more time: others ask for themselves
	until     time.Time // zero while under way
}

func newResolver(r *net.Resolver) *resolver {
	return &resolver{net: cmp.Or(r, net.DefaultResolver), known: map[string]*lookup{}}
}

// addresses returns a host's addresses, best first. The caller must not change them.
func (r *resolver) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address}, nil
	}
	for {
		l, mine := r.join(host)
		if mine {
			r.ask(ctx, host, l)
			return l.addresses, l.err
		}
		select {
		case <-l.done:
		case <-ctx.Done():
			return nil, &net.DNSError{Err: "no answer", Name: host, IsTimeout: true}
		}
		if !l.abandoned {
			return l.addresses, l.err
		}
	}
}

// join returns the look-up to wait for, or a new one that the caller must ask.
func (r *resolver) join(host string) (l *lookup, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if l := r.known[host]; l != nil && !l.isOld(now) {
		return l, false
	}
	if len(r.known) >= maxNames {
		r.dropOld(now)
	}
	l = &lookup{done: make(chan struct{})}
	if len(r.known) < maxNames {
		r.known[host] = l
	}
	return l, true
}

func (l *lookup) isOld(now time.Time) bool { return !l.until.IsZero() && !now.Before(l.until) }

func (r *resolver) dropOld(now time.Time) {
	for host, l := range r.known {
		if l.isOld(now) {
			delete(r.known, host)
		}
	}
}

func (r *resolver) ask(ctx context.Context, host string, l *lookup) {
	l.addresses, l.err = r.net.LookupNetIP(ctx, "ip", host)
	for i, a := range l.addresses {
		l.addresses[i] = a.Unmap()
	}
	l.abandoned = l.err != nil && ctx.Err() != nil
	r.mu.Lock()
	defer r.mu.Unlock()
	l.until = time.Now().Add(nameTime)
	if l.err != nil && r.known[host] == l {
		delete(r.known, host)
	}
	close(l.done)
}

// forget drops an answer that led nowhere, so that the next connection asks anew.
func (r *resolver) forget(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.known[host]; l != nil && !l.until.IsZero() {
		delete(r.known, host)
	}
}
