// Package limit counts what callers of the REST protocol use up: requests by
// source address, run time by method, and the memory that bodies take. What it
// counts is kept nowhere: a restart forgets. docs/protocol/rest.md section 9.
package limit

import (
	"net/netip"
	"sync"
	"time"

	"github.com/onevent/onevent"
)

// Rate is a leaky bucket for each portal and source address. It is safe for
// concurrent use.
type Rate struct {
	mu      sync.Mutex
	buckets map[source]bucket
	sweepAt int
}

type source struct {
	portal  onevent.PortalID
	network netip.Prefix
}

// bucket holds level drops at the moment at, and loses perSecond.
type bucket struct {
	level, perSecond float64
	at               time.Time
}

// firstSweep is the number of buckets at which empty ones are first looked for.
const firstSweep = 1024

// NewRate makes a Rate that has counted nothing.
func NewRate() *Rate { return &Rate{buckets: map[source]bucket{}, sweepAt: firstSweep} }

// Allow counts a request and says whether it may pass: burst of them fit into
// the bucket, perSecond leave it in a second. One that may not pass is not
// counted. An IPv6 caller is known by his network of 64 bits, since he chooses
// the rest at will.
func (r *Rate) Allow(portal onevent.PortalID, address string, burst int, perSecond float64, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := source{portal, NetworkOf(address)}
	level := r.buckets[key].levelAt(now)
	if level+1 > float64(burst) {
		return false
	}
	r.buckets[key] = bucket{level + 1, perSecond, now}
	if len(r.buckets) >= r.sweepAt {
		r.sweep(now)
	}
	return true
}

func (b bucket) levelAt(now time.Time) float64 {
	return max(b.level-max(now.Sub(b.at).Seconds(), 0)*b.perSecond, 0)
}

// sweep forgets the buckets that are empty by now.
func (r *Rate) sweep(now time.Time) {
	for key, b := range r.buckets {
		if b.levelAt(now) == 0 {
			delete(r.buckets, key)
		}
	}
	r.sweepAt = max(firstSweep, 2*len(r.buckets))
}

// NetworkOf is the source that an address, as host:port, belongs to. All that is
// no address is one source.
func NetworkOf(address string) netip.Prefix {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.Prefix{}
	}
	ip := ap.Addr().Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	p, _ := ip.Prefix(bits) // both widths fit
	return p
}
