package egress

import (
	"context"
	"net"
	"sync"
	"time"
)

// plainSender sends HTTP/1.1 without TLS. The caller's goroutine does all of it: it writes the request in one piece
// and reads the answer, with nothing handed from one goroutine to another.
type plainSender struct {
	dial *dialer
	pool *pool
}

func newPlainSender(c Config, d *dialer) *plainSender {
	return &plainSender{dial: d, pool: newPool(c.MaxConnsPerHost, c.MaxIdleConnsPerHost)}
}

func (s *plainSender) closeIdle() { s.pool.closeIdle() }

// exchange is one use of a connection.
type exchange struct {
	outgoing
	host, address string
	deadline      time.Time
}

func (s *plainSender) send(ctx context.Context, r outgoing, deadline time.Time) (Response, *Error) {
	host, address, err := r.to.names()
	if err != nil {
		return Response{}, &Error{Reason: ReasonInvalid}
	}
	if given, ok := ctx.Deadline(); ok && given.Before(deadline) {
		deadline = given
	}
	x := exchange{r, host, address, deadline}
	a, again, err := s.attempt(ctx, x)
	if again {
		a, _, err = s.attempt(ctx, x)
	}
	if err != nil {
		return Response{}, exchangeError(ctx, err)
	}
	return Response{Status: a.status, RetryAfter: a.retryAfter}, nil
}

// attempt sends over one connection. again tells that it was a kept one, over which not a byte went out.
func (s *plainSender) attempt(ctx context.Context, x exchange) (a answer, again bool, err error) {
	c, err := s.pool.take(ctx, x.address, x.deadline)
	if err != nil {
		return answer{}, false, err
	}
	reuse := false
	if c == nil {
		c, err = s.open(ctx, x)
	}
	if err == nil {
		a, reuse, again, err = x.over(ctx, c)
	}
	if c != nil && !reuse {
		c.Close()
		c = nil
	}
	s.pool.give(x.address, c)
	return a, again, err
}

func (s *plainSender) open(ctx context.Context, x exchange) (*conn, error) {
	ctx, cancel := context.WithDeadline(ctx, x.deadline)
	defer cancel()
	raw, err := s.dial.dial(ctx, "tcp", x.address)
	if err != nil {
		return nil, err
	}
	return newConn(raw), nil
}

// over sends and receives. An answer counts although the request was not read to its end.
func (x exchange) over(ctx context.Context, c *conn) (a answer, reuse, again bool, err error) {
	c.SetDeadline(x.deadline)
	stop := context.AfterFunc(ctx, c.hangUp)
	n, failed := x.write(ctx, c)
	if failed != nil && n == 0 && c.kept {
		stop()
		return answer{}, false, true, failed
	}
	a, reuse, err = c.read(ctx, x.deadline)
	if failed != nil && failed != errAnswered && err != nil {
		err = failed // the cause of what could not be read
	}
	c.kept = true
	return a, stop() && reuse && failed == nil, false, err
}

var messages = sync.Pool{New: func() any { return new([]byte) }}

// write sends the request in one piece from a buffer that others use before the answer is there.
func (x exchange) write(ctx context.Context, c *conn) (int64, error) {
	buffer := messages.Get().(*[]byte)
	defer messages.Put(buffer)
	head := appendHead((*buffer)[:0], x.outgoing, x.host)
	*buffer = head
	if len(head)+len(x.body) > maxMessage {
		return c.write(ctx, net.Buffers{head, x.body}, x.deadline)
	}
	*buffer = append(head, x.body...)
	n, err := c.Write(*buffer)
	return int64(n), err
}
