package egress

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// dialTLS connects and shakes hands, offering protocols in the order of preference.
type dialTLS func(ctx context.Context, address string, protocols ...string) (*tls.Conn, error)

// secureSender sends over TLS: HTTP/2 to receivers that choose it, HTTP/1.1 to all others.
type secureSender struct {
	http1 *http1Sender
	http2 *http2Sender

	mu      sync.Mutex
	without map[string]time.Time // hosts that did not choose HTTP/2, and when they are asked again
}

func newSecureSender(c Config, dial dialTLS) *secureSender {
	s := &secureSender{without: map[string]time.Time{}}
	s.http1 = newHTTP1Sender(c, func(ctx context.Context, address string) (net.Conn, error) {
		conn, err := dial(ctx, address, "http/1.1")
		if err != nil {
			s.forget(address)
			return nil, err
		}
		return conn, nil
	})
	s.http2 = newHTTP2Sender(c, dial, s.adopt)
	return s
}

func (s *secureSender) closeIdle() {
	s.http1.closeIdle()
	s.http2.closeIdle()
}

func (s *secureSender) send(ctx context.Context, r outgoing, deadline time.Time) (Response, *Error) {
	_, address, err := r.to.names()
	if err != nil {
		return Response{}, &Error{Reason: ReasonInvalid}
	}
	if !s.asksFor2(address) {
		return s.http1.send(ctx, r, deadline)
	}
	asked, spoken, failure := s.http2.send(ctx, r, deadline)
	if spoken {
		return asked, failure
	}
	out, failure := s.http1.send(ctx, r, deadline)
	out.Phases = sum(asked.Phases, out.Phases)
	return out, failure
}

// asksFor2 tells whether HTTP/2 is to be offered. A host that did not choose it is asked again after protocolTime, by
// one request while the others go on as before.
func (s *secureSender) asksFor2(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.without[address]
	if ok && time.Now().Before(until) {
		return false
	}
	if ok {
		s.without[address] = time.Now().Add(protocolTime)
	}
	return true
}

// adopt keeps a connection on which the other side did not choose HTTP/2, for the request that made it.
func (s *secureSender) adopt(address string, over *tls.Conn) {
	s.remember(address)
	s.http1.pool.add(address, newConn(over, time.Time{}))
}

func (s *secureSender) remember(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.without) >= maxNames {
		clear(s.without) // all are asked again, which costs each one handshake
	}
	s.without[address] = time.Now().Add(protocolTime)
}

func (s *secureSender) forget(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.without, address)
}
