package listener_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent/listener"
)

// pipes is a listener without a network, whose time can be made up.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	ended chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.ended) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// The figures of docs/operations.md, section "Limits of a request".
func TestSlowClientsAreCutOff(t *testing.T) {
	const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
	for name, tc := range map[string]struct {
		within time.Duration
		talk   func(net.Conn)
	}{
		"a head that trickles":  {10 * time.Second, func(c net.Conn) { trickle(c, "POST / HTTP/1.1\r\nX-Long: ") }},
		"a body that trickles":  {60 * time.Second, func(c net.Conn) { trickle(c, head) }},
		"an answer not read":    {120 * time.Second, func(c net.Conn) { io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") }},
		"nothing more is asked": {120 * time.Second, func(c net.Conn) { io.WriteString(c, "GET /short HTTP/1.1\r\nHost: a\r\n\r\n"); io.Copy(io.Discard, c) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				untilCut(t, tc.talk)
				if took := time.Since(began); took < tc.within || took > tc.within+2*time.Second {
					t.Errorf("it took %v, want %v", took, tc.within)
				}
			})
		})
	}
}

// trickle sends a byte a second after some text until nobody takes it, and
// reads what it is answered.
func trickle(c net.Conn, text string) {
	var reading sync.WaitGroup
	defer reading.Wait()
	reading.Go(func() { io.Copy(io.Discard, c) })
	_, err := io.WriteString(c, text)
	for range time.Tick(time.Second) {
		if err != nil {
			return
		}
		_, err = c.Write([]byte("a"))
	}
}

// untilCut talks to a server until that closes the connection.
func untilCut(t *testing.T, talk func(net.Conn)) {
	t.Helper()
	p := &pipes{conns: make(chan net.Conn), ended: make(chan struct{})}
	s := &listener.Server{Logger: slog.New(slog.DiscardHandler), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		if err == nil && r.URL.Path != "/short" {
			w.Write(make([]byte, 1<<20))
		}
	})}
	s.Serve(p, nil)
	defer s.Stop(context.Background())
	ours, theirs := net.Pipe()
	defer ours.Close()
	closed := &closing{Conn: theirs, closed: make(chan struct{})}
	p.conns <- closed
	talking := make(chan struct{})
	go func() { talk(ours); close(talking) }()
	<-closed.closed
	ours.Close()
	<-talking
}

// closing tells when a connection is closed.
type closing struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
}

func (c *closing) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
