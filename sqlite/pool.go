package sqlite

import (
	"context"
	"errors"

	"github.com/onevent/onevent"
	"zombiezen.com/go/sqlite"
)

// readers is how many snapshots can be read at once; more callers wait.
const readers = 8

// pool keeps the connections that read.
type pool struct {
	all  []*connection
	free chan *connection
}

// connection reads one snapshot at a time.
type connection struct {
	conn *sqlite.Conn
	stop chan struct{} // closed to end what the connection is doing
}

func openPool(path string) (*pool, error) {
	p := &pool{free: make(chan *connection, readers)}
	for range readers {
		c, err := openReader(path)
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		p.all = append(p.all, c)
		p.free <- c
	}
	return p, nil
}

func openReader(path string) (*connection, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return nil, err
	}
	c := &connection{conn: conn}
	for _, pragma := range []string{"PRAGMA query_only = ON", "PRAGMA temp_store = MEMORY", "PRAGMA cache_size = -8000"} {
		if err := c.exec(pragma); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	c.renew()
	return c, nil
}

func (c *connection) renew() {
	c.stop = make(chan struct{})
	c.conn.SetInterrupt(c.stop)
}

func (p *pool) get(ctx context.Context) (*connection, error) {
	select {
	case c := <-p.free:
		return c, nil
	default:
	}
	select {
	case c := <-p.free:
		return c, nil
	case <-ctx.Done():
		return nil, ended(ctx)
	}
}

func (p *pool) put(c *connection) { p.free <- c }

// close waits for the connections that are in use.
func (p *pool) close() error {
	var errs []error
	for range p.all {
		c := <-p.free
		errs = append(errs, c.conn.Close())
	}
	return errors.Join(errs...)
}

// view runs fn in a read transaction, which ctx ends.
func (c *connection) view(ctx context.Context, fn func(onevent.Reader) error) (err error) {
	stop := c.stop
	unwatch := context.AfterFunc(ctx, func() { close(stop) })
	r := &reader{session{conn: c.conn}}
	defer func() {
		r.failed = errOver
		if !unwatch() {
			c.renew()
		}
		if e := c.exec("ROLLBACK"); err == nil {
			err = e
		}
	}()
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	err = fn(r)
	if err == nil {
		err = r.failed
	}
	if onevent.CodeOf(err) == onevent.CodeUnavailable && ctx.Err() != nil {
		return ended(ctx)
	}
	return err
}

func (c *connection) exec(query string) error {
	s := prepare(c.conn, query)
	return translate(s.run())
}
