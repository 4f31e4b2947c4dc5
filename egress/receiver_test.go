package egress_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// onceThenHealthy serves the first connection in its own way, and answers each request that comes after, be it over
// that connection.
func onceThenHealthy(serve func(net.Conn)) (func(net.Conn), *atomic.Int32) {
	var opened atomic.Int32
	return func(c net.Conn) {
		if opened.Add(1) == 1 {
			serve(c)
		}
		for readRequest(c) != "" {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	}, &opened
}

func text(answer string) func(net.Conn) { return func(c net.Conn) { io.WriteString(c, answer) } }

func nothing(net.Conn) {}

func hangUp(c net.Conn) { c.Close() }

func reset(c net.Conn) {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

// then reads the request first.
func then(steps ...func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		readRequest(c)
		for _, step := range steps {
			step(c)
		}
	}
}

// flood repeats a text until the other side hangs up.
func flood(first, forever string) func(net.Conn) {
	lot := []byte(strings.Repeat(forever, 1+(8<<10)/len(forever)))
	return then(text(first), func(c net.Conn) {
		for {
			if _, err := c.Write(lot); err != nil {
				return
			}
		}
	})
}

// drip writes a text slower than the sender's patience.
func drip(first, slowly string) func(net.Conn) {
	return then(text(first), func(c net.Conn) {
		tick := time.NewTicker(patience / 20)
		defer tick.Stop()
		for i := range len(slowly) {
			<-tick.C
			if _, err := io.WriteString(c, slowly[i:i+1]); err != nil {
				return
			}
		}
	})
}

// early answers after the first byte of a request and reads no further.
func early(answer string) func(net.Conn) {
	return func(c net.Conn) {
		c.Read(make([]byte, 1))
		io.WriteString(c, answer)
		<-time.After(2 * patience)
		c.Close()
	}
}

// listenWith serves each connection in a goroutine of its own, over TLS where there is a configuration.
func listenWith(t *testing.T, secure *tls.Config, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	var open sync.Map
	running.Go(func() {
		for {
			raw, err := listener.Accept()
			if err != nil {
				return
			}
			open.Store(raw, nil)
			running.Go(func() {
				defer raw.Close()
				conn := raw
				if secure != nil {
					conn = tls.Server(raw, secure)
				}
				serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		open.Range(func(c, _ any) bool { c.(net.Conn).Close(); return true })
		running.Wait()
	})
	return listener.Addr().String()
}

// A certificate for 127.0.0.1 and who vouches for it: httptest's.
var testServer = sync.OnceValue(func() *httptest.Server {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	server.Close()
	return server
})

// secureFor is how a receiver without HTTP/2 speaks TLS, if the scheme is https.
func secureFor(scheme string) *tls.Config {
	if scheme == "http" {
		return nil
	}
	return &tls.Config{Certificates: []tls.Certificate{testCertificate()}}
}

func testCertificate() tls.Certificate { return testServer().TLS.Certificates[0] }

func testRoots() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(testServer().Certificate())
	return roots
}
