package egress

import (
	"context"
	"net"
	"time"

	"github.com/onevent/onevent"
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
	o, again := s.attempt(ctx, x)
	if again && ctx.Err() == nil {
		before := o.phases
		o, _ = s.attempt(ctx, x)
		o.phases = sum(before, o.phases)
	}
	if o.err != nil {
		return Response{Phases: o.phases}, exchangeError(ctx, o.err)
	}
	a := &o.answer
	return Response{Status: a.status, RetryAfter: a.retryAfter, Beginning: a.beginning, Phases: o.phases}, nil
}

// attempt sends over one connection. again tells that it was a kept one, over which not a byte went out.
func (s *http1Sender) attempt(ctx context.Context, x exchange) (o outcome, again bool) {
	c, queued, err := s.pool.take(ctx, x.address, x.deadline)
	if err != nil {
		return outcome{err: err, phases: onevent.Phases{Queue: queued}}, false
	}
	var opened onevent.Phases
	if c == nil {
		c, opened, o.err = s.open(ctx, x)
	}
	if c != nil {
		o, again = x.over(ctx, c)
	}
	o.phases = sum(opened, o.phases)
	o.phases.Queue = queued
	if c != nil && !o.reuse {
		c.Close()
		c = nil
	}
	s.pool.give(x.address, c)
	return o, again
}

func (s *http1Sender) open(ctx context.Context, x exchange) (*conn, onevent.Phases, error) {
	ctx, cancel := context.WithDeadline(ctx, x.deadline)
	defer cancel()
	ctx, watch := startWatch(ctx, lookingUp)
	over, err := s.dial(ctx, x.address)
	took := watch.end()
	if err != nil {
		return nil, took, err
	}
	return newConn(over, x.deadline), took, nil
}

// over uses a connection. An answer counts although the request was not read to its end.
func (x exchange) over(ctx context.Context, c *conn) (o outcome, again bool) {
	began := time.Now()
	stop := context.AfterFunc(ctx, c.hangUp)
	kept := c.kept
	c.kept = true
	talk := x.inTurn
	if len(x.body) > maxMessage {
		talk = x.atOnce
	}
	o = talk(ctx, c)
	again = kept && o.err != nil && o.unsent != nil && o.written == 0
	o.reuse = stop() && o.reuse && o.unsent == nil
	o.phases = onevent.Phases{Answer: o.answered().Sub(began), Body: o.answer.took}
	return o, again
}
