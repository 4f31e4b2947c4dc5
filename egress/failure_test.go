package egress_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/egress"
)

const secret = "S3CRET"

// scenario is a receiver that gives no answer, and the reason that its sender is told.
type scenario struct {
	name, reason string
	scheme       string
	serve        func(net.Conn)
	config       func(*egress.Config)
	address      string // instead of serve
}

func scenarios() []scenario {
	echo := func(c net.Conn) { b := make([]byte, 512); n, _ := c.Read(b); c.Write(b[:n]); silent(c) }
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) { readRequest(c); io.WriteString(c, text) }
	}
	quick := func(c *egress.Config) { c.Timeout, c.ConnectTimeout = 50*time.Millisecond, 50*time.Millisecond }
	return []scenario{
		{name: "address inside", reason: egress.ReasonRefused, address: "10.0.0.1"},
		{name: "unknown name", reason: egress.ReasonDNS, address: "nowhere.example"},
		{name: "nobody listens", reason: egress.ReasonConnect, address: "127.0.0.1:1"},
		{name: "silence", reason: egress.ReasonTimeout, serve: silent, config: quick},
		{name: "silence after half the headers", reason: egress.ReasonTimeout, config: quick,
			serve: func(c net.Conn) { readRequest(c); io.WriteString(c, "HTTP/1.1 200 OK\r\nA: b\r\n"); silent(c) }},
		{name: "silence in the handshake", reason: egress.ReasonTimeout, scheme: "https", serve: silent,
			config: func(c *egress.Config) { c.ConnectTimeout = 50 * time.Millisecond }},
		{name: "plain HTTP where TLS is expected", reason: egress.ReasonTLS, scheme: "https", serve: say("HTTP/1.1 400 Bad Request\r\n\r\n")},
		{name: "hung up in the handshake", reason: egress.ReasonTLS, scheme: "https", serve: func(net.Conn) {}},
		{name: "hung up", reason: egress.ReasonReset, serve: func(c net.Conn) { readRequest(c) }},
		{name: "reset", reason: egress.ReasonReset, serve: func(c net.Conn) { readRequest(c); c.(*net.TCPConn).SetLinger(0) }},
		{name: "hung up after half the headers", reason: egress.ReasonReset, serve: say("HTTP/1.1 200 OK\r\nA: b")},
		{name: "another protocol", reason: egress.ReasonNotHTTP, serve: say("220 mail.example ESMTP ready, " + secret + "\r\n")},
		{name: "the request comes back", reason: egress.ReasonNotHTTP, serve: echo},
		{name: "a status that is no number", reason: egress.ReasonNotHTTP, serve: say("HTTP/1.1 abc " + secret + "\r\n\r\n")},
		{name: "endless headers", reason: egress.ReasonNotHTTP, serve: say("HTTP/1.1 200 OK\r\nA: " + strings.Repeat("b", 1<<17) + "\r\n\r\n")},
	}
}

// Whatever goes wrong, neither the error nor anything it wraps shows more of the request than its host.
func TestAFailureIsNamedAndShowsNoSecret(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if s.serve != nil {
				s.address = listen(t, s.serve)
			}
			client := newClient(t, func(c *egress.Config) { c.Resolver = names{}.resolver(t) }, orNothing(s.config))
			answer, err := client.Post(t.Context(), secretRequest(s.scheme, s.address))
			e := wantError(t, err, s.reason)
			if answer.Status != 0 || answer.Duration <= 0 {
				t.Errorf("got %+v beside the error", answer)
			}
			if !strings.Contains(err.Error(), s.address) || e.Host != s.address {
				t.Errorf("the host is missing: %v", err)
			}
			wantNoSecret(t, err)
		})
	}
}

func orNothing(f func(*egress.Config)) func(*egress.Config) {
	if f == nil {
		return func(*egress.Config) {}
	}
	return f
}

func secretRequest(scheme, address string) egress.Request {
	if scheme == "" {
		scheme = "http"
	}
	return egress.Request{
		URL:         scheme + "://" + secret + ":" + secret + "@" + address + "/" + secret + "?token=" + secret + "#" + secret,
		ContentType: "text/plain; x=" + secret,
		Header:      [][2]string{{"X-Secret", secret}},
		Body:        []byte(secret),
	}
}

func wantNoSecret(t *testing.T, err error) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, secret) {
			t.Errorf("the error shows a secret: %s", text)
		}
	}
}

func TestARequestThatCannotBeSentIsNamedAndShowsNoSecret(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the receiver was reached")
	}))
	t.Cleanup(receiver.Close)
	for _, r := range []egress.Request{
		{URL: ""},
		{URL: "http://" + secret + "@exa mple/" + secret},
		{URL: "ftp://" + secret + "@example.com/" + secret},
		{URL: "http://example.com:99999/" + secret},
		{URL: receiver.URL, Header: [][2]string{{"X-Secret", secret + "\r\nX-Other: " + secret}}},
		{URL: receiver.URL, Header: [][2]string{{"X Secret", secret}}},
		{URL: receiver.URL, ContentType: "text/plain\n" + secret},
	} {
		_, err := newClient(t).Post(t.Context(), r)
		wantError(t, err, egress.ReasonInvalid)
		wantNoSecret(t, err)
	}
}

func TestACallerWhoGivesUpIsTold(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	address := listen(t, func(c net.Conn) { cancel(); silent(c) })
	_, err := newClient(t).Post(ctx, secretRequest("http", address))
	wantError(t, err, egress.ReasonCanceled)
	wantNoSecret(t, err)
}

func TestACallerWhoGivesUpEndsTheWaitForAnAnswer(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		ctx, cancel := context.WithCancel(t.Context())
		address := listenWith(t, secureFor(scheme), func(c net.Conn) { readRequest(c); cancel(); silent(c) })
		answer, err := newClient(t, trusting).Post(ctx, egress.Request{URL: scheme + "://" + address, Timeout: time.Minute})
		wantError(t, err, egress.ReasonCanceled)
		if answer.Duration > 30*time.Second {
			t.Errorf("ended after %v", answer.Duration)
		}
	}
}

func TestTheCallersDeadlineIsATimeout(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := newClient(t).Post(ctx, egress.Request{URL: "http://" + listen(t, silent)})
	wantError(t, err, egress.ReasonTimeout)
}

func TestTheRequestsTimeoutGoesBeforeTheClients(t *testing.T) {
	t.Parallel()
	address := listen(t, silent)
	answer, err := newClient(t).Post(t.Context(), egress.Request{URL: "http://" + address, Timeout: 30 * time.Millisecond})
	wantError(t, err, egress.ReasonTimeout)
	if answer.Duration < 30*time.Millisecond || answer.Duration > 5*time.Second {
		t.Errorf("took %v, want about 30 ms", answer.Duration)
	}
}

func TestWaitingForAConnectionCountsAsTheAttempt(t *testing.T) {
	t.Parallel()
	busy := make(chan struct{})
	address := listen(t, func(c net.Conn) { close(busy); silent(c) })
	client := newClient(t, func(c *egress.Config) { c.MaxConnsPerHost = 1 })
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan struct{})
	go func() { defer close(first); client.Post(ctx, egress.Request{URL: "http://" + address}) }()
	<-busy
	_, err := client.Post(t.Context(), egress.Request{URL: "http://" + address, Timeout: 20 * time.Millisecond})
	wantError(t, err, egress.ReasonTimeout)
	cancel()
	<-first
}

func TestCertificatesAreVerified(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }))
	receiver.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains about the clients that hang up here
	receiver.StartTLS()
	t.Cleanup(receiver.Close)
	roots := x509.NewCertPool()
	roots.AddCert(receiver.Certificate())
	trusting := newClient(t, func(c *egress.Config) { c.RootCAs = roots })
	if answer, err := trusting.Post(t.Context(), egress.Request{URL: receiver.URL}); err != nil || answer.Status != 204 {
		t.Errorf("known authority: got %d and %v", answer.Status, err)
	}
	_, err := newClient(t).Post(t.Context(), secretRequest("https", receiver.Listener.Addr().String()))
	wantError(t, err, egress.ReasonTLS)
	wantNoSecret(t, err)

	_, port, _ := net.SplitHostPort(receiver.Listener.Addr().String())
	misnamed := newClient(t, func(c *egress.Config) {
		c.RootCAs, c.Resolver = roots, newNames("other.test", "127.0.0.1").resolver(t)
	})
	_, err = misnamed.Post(t.Context(), egress.Request{URL: "https://other.test:" + port})
	wantError(t, err, egress.ReasonTLS)
}

func TestAnExpiredCertificateIsRefused(t *testing.T) {
	t.Parallel()
	address := listenWith(t, secureFor("https"), hello)
	inBubble(t, func(t *testing.T) {
		client := newClient(t, trusting)
		wantOK(t, client, "https://"+address)
		<-time.After(100 * 365 * 24 * time.Hour) // httptest's certificate ends in 2084
		_, err := client.Post(t.Context(), egress.Request{URL: "https://" + address})
		wantError(t, err, egress.ReasonTLS)
		client.CloseIdle()
	})
}

// TLS 1.3 tells so after the handshake, when the request is on its way.
func TestAReceiverThatAsksForACertificateIsNamed(t *testing.T) {
	t.Parallel()
	config := secureFor("https")
	config.ClientAuth = tls.RequireAnyClientCert
	address := listenWith(t, config, func(c net.Conn) {
		c.(*tls.Conn).Handshake()
		silent(c.(*tls.Conn).NetConn())
	})
	_, err := newClient(t, trusting).Post(t.Context(), egress.Request{URL: "https://" + address, Body: []byte("a=b")})
	wantError(t, err, egress.ReasonTLS)
}
