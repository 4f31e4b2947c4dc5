package sqlite

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/onevent/onevent"
	"zombiezen.com/go/sqlite"
)

// readers is how many snapshots can be read at once; more callers wait.
const readers = 8

// pool keeps the connections that read.
type pool struct {
	all    []*connection
	free   chan *connection
	closed chan struct{}
}

func openPool(path string, clock onevent.Clock) (*pool, error) {
	p := &pool{free: make(chan *connection, readers), closed: make(chan struct{})}
	for range readers {
		c, err := openReader(path, clock)
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		p.all = append(p.all, c)
		p.free <- c
	}
	return p, nil
}

func (p *pool) get(ctx context.Context) (*connection, error) {
	select {
	case <-p.closed:
		return nil, onevent.ErrClosed
	case c := <-p.free:
		return c, nil
	case <-ctx.Done():
		return nil, ended(ctx)
	}
}

func (p *pool) put(c *connection) { p.free <- c }

// close waits for the connections that are in use.
func (p *pool) close() error {
	close(p.closed)
	var errs []error
	for range p.all {
		c := <-p.free
		errs = append(errs, c.conn.Close())
	}
	return errors.Join(errs...)
}

// endOld ends the views that are older than d and says how many.
func (p *pool) endOld(d time.Duration) int {
	n := 0
	for _, c := range p.all {
		if c.endOld(d) {
			n++
		}
	}
	return n
}

// connection reads one snapshot at a time.
type connection struct {
	conn  *sqlite.Conn
	clock onevent.Clock

	mu    sync.Mutex
	stop  chan struct{} // closed to end what the connection is doing
	ended bool          // stop is closed
	began time.Time     // of the view; zero: none
}

func openReader(path string, clock onevent.Clock) (*connection, error) {
	conn, err := openConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return nil, err
	}
	err = execScript(conn, "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000")
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	c := &connection{conn: conn, clock: clock}
	c.renew()
	return c, nil
}

// renew makes the connection usable after it was ended.
func (c *connection) renew() {
	c.stop, c.ended = make(chan struct{}), false
	c.conn.SetInterrupt(c.stop)
}

// end ends what the connection is doing since stop was made.
func (c *connection) end(stop chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop == stop && !c.ended {
		c.ended = true
		close(stop)
	}
}

func (c *connection) endOld(d time.Duration) bool {
	c.mu.Lock()
	old := !c.began.IsZero() && !c.ended && c.clock.Now().Sub(c.began) > d
	stop := c.stop
	c.mu.Unlock()
	if old {
		c.end(stop)
	}
	return old
}

// begin watches ctx; the watch ends with the function that it returns.
func (c *connection) begin(ctx context.Context) (unwatch func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.began = c.clock.Now()
	if ctx.Done() == nil {
		return func() bool { return true }
	}
	stop := c.stop
	return context.AfterFunc(ctx, func() { c.end(stop) })
}

// finish readies the connection for the next view. When ctx ended, its watch
// may still be on the way: it must not meet the next view's channel.
func (c *connection) finish(unwatched bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.began = time.Time{}
	if c.ended || !unwatched {
		c.renew()
	}
}

func (c *connection) rollback() error {
	if c.conn.AutocommitEnabled() {
		return nil
	}
	return c.exec("ROLLBACK")
}

func (c *connection) exec(query string) error {
	s := prepare(c.conn, query)
	return translate(s.run())
}
