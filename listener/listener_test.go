package listener_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/listener"
)

func TestATakenAddressSaysSo(t *testing.T) {
	t.Parallel()
	l, err := listener.Open("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	address := listener.Address(l).String()
	_, err = listener.Open(address)
	if !errors.Is(err, &onevent.Error{Code: onevent.CodeConflict}) || !strings.Contains(err.Error(), address+" is taken") {
		t.Errorf("the error is %v", err)
	}
}

func TestWrongAddressesAreInvalid(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "8055", "127.0.0.1", "127.0.0.1:port", "127.0.0.1:65536", "127.0.0.1:-1", "no host:80"} {
		if _, err := listener.Open(address); !errors.Is(err, &onevent.Error{Code: onevent.CodeInvalid}) {
			t.Errorf("%q: the error is %v", address, err)
		}
	}
}

func TestCheckTellsLoopbackFromTheRest(t *testing.T) {
	t.Parallel()
	for address, loopback := range map[string]bool{
		"127.0.0.1:0": true, "127.3.2.1:80": true, "[::1]:80": true, "localhost:80": true,
		":80": false, "0.0.0.0:80": false, "[::]:80": false,
	} {
		at, err := listener.Check(address)
		if err != nil || at.Addr().IsLoopback() != loopback {
			t.Errorf("%q is %v, %v", address, at, err)
		}
	}
}

func serve(t *testing.T, h http.Handler) (*listener.Server, string) {
	t.Helper()
	l, err := listener.Open("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &listener.Server{Handler: h, Logger: slog.New(slog.DiscardHandler)}
	s.Serve(l, nil)
	return s, "http://" + listener.Address(l).String()
}

func TestStopLetsRunningRequestsEnd(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}), make(chan struct{})
	s, url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-goOn
		io.WriteString(w, "done")
	}))
	answer := make(chan string, 1)
	go func() {
		r, err := http.Get(url)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer r.Body.Close()
		body, _ := io.ReadAll(r.Body)
		answer <- string(body)
	}()
	<-begun
	stopped := make(chan struct{})
	go func() { s.Stop(context.Background()); close(stopped) }()
	close(goOn)
	if got := <-answer; got != "done" {
		t.Errorf("the answer is %q", got)
	}
	<-stopped
	if _, err := http.Get(url); err == nil {
		t.Error("it still takes connections")
	}
}

func TestStopClosesWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	s, url := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	}))
	failed := make(chan error, 1)
	go func() {
		r, err := http.Get(url)
		if err == nil {
			r.Body.Close()
		}
		failed <- err
	}()
	<-begun
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	s.Stop(ctx)
	if err := <-failed; err == nil {
		t.Error("the request was answered")
	}
}

func TestOnlyTrustedProxiesSpeakForTheirClients(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	cases := map[string]struct {
		peer, chain, proto string
		remote             string
		https              bool
	}{
		"stranger":               {"192.0.2.1:1", "203.0.113.9", "https", "192.0.2.1:1", false},
		"proxy":                  {"10.1.1.1:1", "203.0.113.9", "https", "203.0.113.9:0", true},
		"proxy, plain":           {"10.1.1.1:1", "203.0.113.9", "http", "203.0.113.9:0", false},
		"two proxies":            {"10.1.1.1:1", "203.0.113.9, 10.2.2.2", "https", "203.0.113.9:0", true},
		"the client made one up": {"10.1.1.1:1", "198.51.100.1, 203.0.113.9", "", "203.0.113.9:0", false},
		"rubbish":                {"10.1.1.1:1", "unknown", "HTTPS", "10.1.1.1:1", true},
		"nothing said":           {"10.1.1.1:1", "", "", "10.1.1.1:1", false},
		"IPv6":                   {"10.1.1.1:1", "2001:db8::1", "", "[2001:db8::1]:0", false},
		"IPv6 in brackets":       {"10.1.1.1:1", "[2001:db8::1]", "", "[2001:db8::1]:0", false},
		"with a port":            {"10.1.1.1:1", "203.0.113.9:4711", "", "203.0.113.9:0", false},
		"IPv6 with a port":       {"10.1.1.1:1", "[2001:db8::1]:4711", "", "[2001:db8::1]:0", false},
		"two proxies, ports":     {"10.1.1.1:1", "203.0.113.9:1, 10.2.2.2:2", "", "203.0.113.9:0", false},
		"rubbish with a port":    {"10.1.1.1:1", "203.0.113.9, unknown:1", "", "10.1.1.1:1", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest("GET", "/", nil)
			r.RemoteAddr = c.peer
			r.Header.Set("X-Forwarded-For", c.chain)
			r.Header.Set("X-Forwarded-Proto", c.proto)
			listener.BehindProxies(trusted, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.RemoteAddr != c.remote || (r.TLS != nil) != c.https {
					t.Errorf("the request shows %s, https %v", r.RemoteAddr, r.TLS != nil)
				}
				if r.Header.Get("X-Forwarded-For") != "" {
					t.Error("X-Forwarded-For is still there")
				}
				trusted := c.peer != "192.0.2.1:1"
				if got := r.Header.Get("X-Forwarded-Proto"); got != "" && !trusted || got != c.proto && trusted {
					t.Errorf("X-Forwarded-Proto is %q", got)
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
}

func TestTLSIsServed(t *testing.T) {
	t.Parallel()
	l, err := listener.Open("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	pair := httptest.NewTLSServer(nil)
	defer pair.Close()
	s := &listener.Server{Logger: slog.New(slog.DiscardHandler), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil {
			t.Error("the request came without TLS")
		}
	})}
	s.Serve(l, &tls.Config{Certificates: pair.TLS.Certificates})
	defer s.Stop(context.Background())
	r, err := pair.Client().Get("https://" + listener.Address(l).String())
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
}

func TestAPanicOfAHandlerIsLogged(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	l, err := listener.Open("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &listener.Server{Logger: slog.New(slog.NewTextHandler(&text, nil)), Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic("a mistake")
	})}
	s.Serve(l, nil)
	if r, err := http.Get("http://" + listener.Address(l).String()); err == nil {
		r.Body.Close()
		t.Error("it was answered")
	}
	s.Stop(context.Background())
	if !strings.Contains(text.String(), "level=ERROR") || !strings.Contains(text.String(), "a mistake") {
		t.Errorf("the log is %q", text.String())
	}
}
