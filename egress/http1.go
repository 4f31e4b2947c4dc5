package egress

import (
	"context"
	"net"
	"time"
)

// http1Sender sends HTTP/1.1, with TLS or without. The caller's goroutine does all of it: it writes the request in one
// piece and reads the answer, with nothing handed from one goroutine to another.
type http1Sender struct {
	dial func(ctx context.Context, address string) (net.Conn, error)
	pool *pool
}

func newHTTP1Sender(c Config, dial func(context.Context, string) (net.Conn, error)) *http1Sender {
	return &http1Sender{dial: dial, pool: newPool(c.MaxConnsPerHost, c.MaxIdleConnsPerHost)}
}

func (s *http1Sender) closeIdle() { s.pool.closeIdle() }

// exchange is a request with all that an attempt needs.
type exchange struct {
	outgoing
	host, address string
	deadline      time.Time
}

func (s *http1Sender) send(ctx context.Context, r outgoing, deadline time.Time) (Response, *Error) {
	host, address, err := r.to.names()
	if err != nil {
		return Response{}, &Error{Reason: ReasonInvalid}
	}
	if given, ok := ctx.Deadline(); ok && given.Before(deadline) {
		deadline = given
	}
	x := exchange{r, host, address, deadline}
	a, again, err := s.attempt(ctx, x)
	if again && ctx.Err() == nil {
		a, _, err = s.attempt(ctx, x)
	}
	if err != nil {
		return Response{}, exchangeError(ctx, err)
	}
	return Response{Status: a.status, RetryAfter: a.retryAfter}, nil
}

// attempt sends over one connection. again tells that it was a kept one, over which not a byte went out.
func (s *http1Sender) attempt(ctx context.Context, x exchange) (a answer, again bool, err error) {
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

func (s *http1Sender) open(ctx context.Context, x exchange) (*conn, error) {
	ctx, cancel := context.WithDeadline(ctx, x.deadline)
	defer cancel()
	over, err := s.dial(ctx, x.address)
	if err != nil {
		return nil, err
	}
	return newConn(over, x.deadline), nil
}

// over uses a connection. An answer counts although the request was not read to its end.
func (x exchange) over(ctx context.Context, c *conn) (a answer, reuse, again bool, err error) {
	stop := context.AfterFunc(ctx, c.hangUp)
	kept := c.kept
	c.kept = true
	talk := x.inTurn
	if len(x.body) > maxMessage {
		talk = x.atOnce
	}
	o := talk(ctx, c)
	again = kept && o.err != nil && o.unsent != nil && o.written == 0
	return o.answer, stop() && o.reuse && o.unsent == nil, again, o.err
}
