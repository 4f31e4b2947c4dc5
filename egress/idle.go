package egress

import "time"

// sweepLater sees to it that what idles now is closed. A connection may stay open a quarter longer than idleTime,
// but is not used.
func (p *pool) sweepLater() {
	if p.sweeper == nil {
		p.sweeper = time.AfterFunc(idleTime/4, func() { p.sweep(time.Now().Add(-idleTime)) })
	}
}

// sweep closes the connections that have been idle since before a time.
func (p *pool) sweep(before time.Time) {
	for _, c := range p.expired(before) {
		c.Close()
	}
}

func (p *pool) expired(before time.Time) (out []*conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for address, at := range p.hosts {
		n := 0
		for n < len(at.idle) && at.idle[n].idleSince.Before(before) {
			n++
		}
		if n > 0 {
			out = append(out, at.idle[:n]...)
			at.idle = append([]*conn(nil), at.idle[n:]...)
			p.idle -= n
			p.left(address, at, n)
		}
	}
	p.sweeper = nil
	if p.idle > 0 {
		p.sweepLater()
	}
	return out
}

// closeIdle closes what idles, and what is given back before the next request.
func (p *pool) closeIdle() {
	p.mu.Lock()
	p.closing = true
	if p.sweeper != nil {
		p.sweeper.Stop()
	}
	p.mu.Unlock()
	p.sweep(time.Now().Add(time.Hour))
}
