package egress

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// pool keeps a sender's connections by host and port: it bounds how many are open, lends each to one request at a
// time, and closes those that idle. It has no goroutine: a timer runs while a connection idles.
type pool struct {
	perHost     int // open, idle ones included
	idlePerHost int

	mu      sync.Mutex
	hosts   map[string]*place
	idle    int         // at all hosts
	sweeper *time.Timer // runs while a connection idles
	closing bool        // since closeIdle and until the next request: nothing is kept
}

// place is one host and port.
type place struct {
	open    int       // lent, idle, or being connected
	idle    []*conn   // the one used last at the end
	waiting list.List // of chan *conn, the one who came first at the front
}

func newPool(perHost, idlePerHost int) *pool {
	return &pool{perHost: perHost, idlePerHost: idlePerHost, hosts: map[string]*place{}}
}

// take lends a connection, or nil for the right to open one. It waits for its turn while the host has as many as it
// may have, and says how long. Whoever took gives back.
func (p *pool) take(ctx context.Context, address string, deadline time.Time) (c *conn, queued time.Duration, err error) {
	c, turn := p.enter(address)
	if turn != nil {
		began := time.Now()
		c, err = p.wait(ctx, address, turn, deadline)
		if queued = time.Since(began); err != nil {
			return nil, queued, err
		}
	}
	if c != nil && !c.usable(deadline) {
		c.Close()
		c = nil
	}
	return c, queued, nil
}

func (p *pool) enter(address string) (*conn, *list.Element) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closing = false
	at := p.at(address)
	if last := len(at.idle) - 1; last >= 0 {
		c := at.idle[last]
		at.idle[last], at.idle = nil, at.idle[:last]
		p.idle--
		return c, nil
	}
	if at.open < p.perHost {
		at.open++
		return nil, nil
	}
	return nil, at.waiting.PushBack(make(chan *conn, 1))
}

// add takes in a connection that was opened elsewhere, unless the host has as many as it may have.
func (p *pool) add(address string, c *conn) {
	p.mu.Lock()
	p.closing = false
	at := p.at(address)
	full := at.open >= p.perHost
	if !full {
		at.open++
	}
	p.mu.Unlock()
	if full {
		c.Close()
		return
	}
	p.give(address, c)
}

func (p *pool) at(address string) *place {
	at := p.hosts[address]
	if at == nil {
		at = &place{}
		p.hosts[address] = at
	}
	return at
}

func (p *pool) wait(ctx context.Context, address string, turn *list.Element, deadline time.Time) (*conn, error) {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	err := context.DeadlineExceeded
	select {
	case c := <-turn.Value.(chan *conn):
		return c, nil
	case <-timer.C:
	case <-ctx.Done():
		err = ctx.Err()
	}
	p.leave(address, turn)
	return nil, err
}

// leave gives up a turn. One that has come meanwhile goes to the next.
func (p *pool) leave(address string, turn *list.Element) {
	p.mu.Lock()
	select {
	case c := <-turn.Value.(chan *conn):
		p.mu.Unlock()
		p.give(address, c)
	default:
		p.hosts[address].waiting.Remove(turn)
		p.mu.Unlock()
	}
}

// give returns what take lent: a connection to use again, or nil when there is none any more.
func (p *pool) give(address string, c *conn) {
	if rest := p.place(address, c); rest != nil {
		rest.Close()
	}
}

// place finds a connection its next use, and returns it when there is none.
func (p *pool) place(address string, c *conn) (rest *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.hosts[address]
	if c != nil {
		c.idleSince = time.Now()
	}
	if first := at.waiting.Front(); first != nil {
		at.waiting.Remove(first).(chan *conn) <- c
		return nil
	}
	if c != nil && !p.closing && len(at.idle) < p.idlePerHost && p.idle < maxIdleConns {
		at.idle = append(at.idle, c)
		p.idle++
		p.sweepLater()
		return nil
	}
	p.left(address, at, 1)
	return c
}

// left counts connections that are no more.
func (p *pool) left(address string, at *place, n int) {
	if at.open -= n; at.open == 0 {
		delete(p.hosts, address)
	}
}
