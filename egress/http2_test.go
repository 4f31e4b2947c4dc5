package egress_test

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/internal/testkit"
)

// http2Server is an httptest receiver that offers HTTP/2; it counts its connections.
func http2Server(t *testing.T, h http.HandlerFunc, change ...func(*http.Server)) (*httptest.Server, *connCount) {
	t.Helper()
	count := &connCount{}
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = count.changed
	for _, f := range change {
		f(server.Config)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, count
}

type connCount struct{ opened, open atomic.Int32 }

func (c *connCount) changed(_ net.Conn, s http.ConnState) {
	switch s {
	case http.StateNew:
		c.opened.Add(1)
		c.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.open.Add(-1)
	}
}

func trusting(c *egress.Config) { c.RootCAs = testRoots() }

func TestHTTP2IsSpokenWhereItIsOffered(t *testing.T) {
	t.Parallel()
	var proto, path, body, custom atomic.Value
	server, count := http2Server(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		proto.Store(r.Proto)
		path.Store(r.RequestURI)
		body.Store(string(b))
		custom.Store(r.Header.Get("Webhook-Id"))
		w.Header().Set("Retry-After", "77")
		w.WriteHeader(410)
		io.WriteString(w, "gone")
	})
	client := newClient(t, trusting)
	for range 3 {
		answer, err := client.Post(t.Context(), egress.Request{
			URL: server.URL + "//x/%2F%2f?a//b", Body: []byte("a=b"), Header: [][2]string{{"webhook-id", "msg_1"}},
		})
		if err != nil || answer.Status != 410 || answer.RetryAfter != "77" {
			t.Fatalf("got %+v and %v", answer, err)
		}
	}
	if proto.Load() != "HTTP/2.0" || path.Load() != "//x/%2F%2f?a//b" || body.Load() != "a=b" || custom.Load() != "msg_1" {
		t.Errorf("got %v %v, the body %v, the header %v", proto.Load(), path.Load(), body.Load(), custom.Load())
	}
	if count.opened.Load() != 1 {
		t.Errorf("%d connections, want 1", count.opened.Load())
	}
}

func TestAReceiverWithoutHTTP2IsAskedOnceAndItsConnectionKept(t *testing.T) {
	t.Parallel()
	count := &connCount{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Proto != "HTTP/1.1" {
			t.Errorf("got %s", r.Proto)
		}
	}))
	server.Config.ConnState = count.changed
	server.StartTLS()
	t.Cleanup(server.Close)
	client := newClient(t, trusting)
	for range 3 {
		if _, err := client.Post(t.Context(), egress.Request{URL: server.URL}); err != nil {
			t.Fatal(err)
		}
	}
	if count.opened.Load() != 1 {
		t.Errorf("%d connections, want 1", count.opened.Load())
	}
}

// A host that begins to offer HTTP/2, or ends to, is followed.
func TestAHostThatTurnsToHTTP2IsFollowedWithinAMinute(t *testing.T) {
	t.Parallel()
	var offered atomic.Bool
	proto := make(chan string, 1)
	server, _ := http2Server(t, func(_ http.ResponseWriter, r *http.Request) { proto <- r.Proto })
	server.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		config := server.TLS.Clone()
		config.GetConfigForClient = nil
		if !offered.Load() {
			config.NextProtos = []string{"http/1.1"}
		}
		return config, nil
	}
	inBubble(t, func(t *testing.T) {
		client := newClient(t, trusting)
		post := func(want string) {
			t.Helper()
			if _, err := client.Post(t.Context(), egress.Request{URL: server.URL}); err != nil {
				t.Fatal(err)
			}
			if got := <-proto; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		post("HTTP/1.1")
		offered.Store(true)
		post("HTTP/1.1")
		<-time.After(time.Minute)
		post("HTTP/2.0")
		client.CloseIdle()
		offered.Store(false)
		post("HTTP/1.1")
		client.CloseIdle()
	})
}

func TestAnAddressInsideIsRefusedBeforeHTTP2(t *testing.T) {
	t.Parallel()
	server, count := http2Server(t, func(http.ResponseWriter, *http.Request) {})
	client := newClient(t, trusting, func(c *egress.Config) { c.Policy = egress.Policy{} })
	_, err := client.Post(t.Context(), egress.Request{URL: server.URL})
	if e := wantError(t, err, egress.ReasonRefused); e.Verdict != egress.Loopback || count.opened.Load() != 0 {
		t.Errorf("got the verdict %q and %d connections", e.Verdict, count.opened.Load())
	}
}

func TestHTTP2ConnectionsThatIdleAreClosed(t *testing.T) {
	t.Parallel()
	server, count := http2Server(t, func(http.ResponseWriter, *http.Request) {})
	client := newClient(t, trusting)
	if _, err := client.Post(t.Context(), egress.Request{URL: server.URL}); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, 20*time.Second, "closed", func() bool { return count.open.Load() == 0 })
}

// One connection with room for two requests must not make the third wait.
func TestRequestsBeyondAConnectionsStreamsOpenAnother(t *testing.T) {
	t.Parallel()
	const together = 5
	var arrived sync.WaitGroup
	arrived.Add(together)
	server, count := http2Server(t, func(http.ResponseWriter, *http.Request) { arrived.Done(); arrived.Wait() }, func(s *http.Server) {
		s.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 2}
	})
	client := newClient(t, trusting)
	var senders sync.WaitGroup
	for range together {
		senders.Go(func() {
			if _, err := client.Post(t.Context(), egress.Request{URL: server.URL, Body: []byte("a=b")}); err != nil {
				t.Error(err)
			}
		})
	}
	senders.Wait()
	if n := count.opened.Load(); n < 3 {
		t.Errorf("%d connections, want at least 3", n)
	}
}

func TestHTTP2AttemptsEndWithTheirTimeOrTheirCaller(t *testing.T) {
	t.Parallel()
	came := make(chan struct{}, 1)
	server, _ := http2Server(t, func(_ http.ResponseWriter, r *http.Request) { came <- struct{}{}; <-r.Context().Done() })
	client := newClient(t, trusting)
	_, err := client.Post(t.Context(), egress.Request{URL: server.URL, Timeout: 50 * time.Millisecond})
	wantError(t, err, egress.ReasonTimeout)
	<-came
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-came; cancel() }()
	_, err = client.Post(ctx, egress.Request{URL: server.URL})
	wantError(t, err, egress.ReasonCanceled)
}

func TestAnHTTP2BodyIsBoundedInSizeAndTime(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{}, 2)
	server, count := http2Server(t, func(w http.ResponseWriter, r *http.Request) {
		defer func() { ended <- struct{}{} }()
		w.WriteHeader(200)
		for chunk := make([]byte, 8<<10); r.URL.Path == "/endless"; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	client := newClient(t, trusting)
	for _, path := range []string{"/endless", "/slow"} {
		answer, err := client.Post(t.Context(), egress.Request{URL: server.URL + path})
		if err != nil || answer.Status != 200 || answer.Duration > 10*time.Second {
			t.Errorf("%s: got %+v and %v", path, answer, err)
		}
		<-ended
	}
	if count.opened.Load() != 1 {
		t.Errorf("%d connections, want 1: a body costs its stream", count.opened.Load())
	}
}

// What a receiver refuses unseen goes out again, five times at most, and whatever it may have looked at does not.
func TestAnHTTP2RequestGoesOutAgainOnlyWhenItWasRefusedUnseen(t *testing.T) {
	t.Parallel()
	const refused, internal = 7, 2
	for _, c := range []struct {
		name   string
		serve  func(f frames, stream uint32, nth int32) bool // false ends the connection
		times  int32
		reason string
	}{
		{"answered", func(f frames, s uint32, _ int32) bool { f.ok(s); return true }, 1, ""},
		{"refused once", func(f frames, s uint32, nth int32) bool {
			if nth == 1 {
				f.reset(s, refused)
			} else {
				f.ok(s)
			}
			return true
		}, 2, ""},
		{"refused always", func(f frames, s uint32, _ int32) bool { f.reset(s, refused); return true }, 5, egress.ReasonReset},
		{"reset", func(f frames, s uint32, _ int32) bool { f.reset(s, internal); return true }, 1, egress.ReasonReset},
		{"going away before it", func(f frames, s uint32, nth int32) bool {
			if nth == 1 {
				f.goAway(0)
			} else {
				f.ok(s)
			}
			return true
		}, 2, ""},
		{"going away after it, answered", func(f frames, s uint32, _ int32) bool { f.goAway(s); f.ok(s); return true }, 1, ""},
		{"going away after it, hung up", func(f frames, s uint32, _ int32) bool { f.goAway(s); return false }, 1, egress.ReasonReset},
		{"hung up", func(frames, uint32, int32) bool { return false }, 1, egress.ReasonReset},
		{"not HTTP/2", func(f frames, s uint32, _ int32) bool { f.write(frameHeaders, 5, s, []byte{0xff, 0xff}); return false }, 1, egress.ReasonNotHTTP},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var times atomic.Int32
			url := http2ByHand(t, func(f frames, _ int32) {
				for s := f.request(); s != 0; s = f.request() {
					if !c.serve(f, s, times.Add(1)) {
						return
					}
				}
			})
			answer, err := newClient(t, trusting).Post(t.Context(), egress.Request{URL: url, Body: []byte("a=b"), Timeout: 30 * time.Second})
			if c.reason != "" {
				wantError(t, err, c.reason)
			} else if err != nil || answer.Status != 200 {
				t.Errorf("got %d and %v", answer.Status, err)
			}
			if times.Load() != c.times {
				t.Errorf("went out %d times, want %d", times.Load(), c.times)
			}
		})
	}
}

// A connection that swallows everything is noticed within the attempt's time, and not used for the next.
func TestADeadHTTP2ConnectionIsNoticed(t *testing.T) {
	t.Parallel()
	url := http2ByHand(t, func(f frames, connection int32) {
		if connection == 1 {
			silent(f.Conn)
			return
		}
		for s := f.request(); s != 0; s = f.request() {
			f.ok(s)
		}
	})
	client := newClient(t, trusting, func(c *egress.Config) { c.ConnectTimeout = 300 * time.Millisecond })
	answer, err := client.Post(t.Context(), egress.Request{URL: url, Body: []byte("a=b"), Timeout: time.Minute})
	wantError(t, err, egress.ReasonReset)
	if answer.Duration > 30*time.Second {
		t.Errorf("noticed after %v", answer.Duration)
	}
	if answer, err := client.Post(t.Context(), egress.Request{URL: url}); err != nil || answer.Status != 200 {
		t.Errorf("the next request: got %d and %v", answer.Status, err)
	}
}

func TestHTTP2HeadersAreBounded(t *testing.T) {
	t.Parallel()
	server, _ := http2Server(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 100 {
			w.Header().Set("A"+strings.Repeat("b", i), strings.Repeat("c", 1<<10))
		}
	})
	_, err := newClient(t, trusting).Post(t.Context(), egress.Request{URL: server.URL})
	wantError(t, err, egress.ReasonNotHTTP)
}
