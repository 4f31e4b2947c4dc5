package egress_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onevent/onevent/egress"
)

// countingServer counts the connections that its clients open.
func countingServer(t *testing.T, h http.HandlerFunc) (*httptest.Server, *atomic.Int32) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(h)
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server, &opened
}

func TestAConnectionIsUsedAgainAfterABodyOfAtMost64KiB(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]int32{0: 1, 1: 1, 5000: 1, 64 << 10: 1, 64<<10 + 2: 3} {
		body := strings.Repeat("x", size)
		server, opened := countingServer(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(body)) })
		client := newClient(t)
		for range 3 {
			if answer, err := client.Post(t.Context(), egress.Request{URL: server.URL, Body: []byte("a=b")}); err != nil || answer.Status != 200 {
				t.Fatalf("got %d and %v", answer.Status, err)
			}
		}
		if opened.Load() != want {
			t.Errorf("%d bytes: %d connections, want %d", size, opened.Load(), want)
		}
	}
}

func TestABodyWithoutEndIsHungUpOnAndTheStatusStands(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	server, _ := countingServer(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(ended)
		for chunk := make([]byte, 32<<10); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	answer, err := newClient(t).Post(t.Context(), egress.Request{URL: server.URL})
	if err != nil || answer.Status != 200 {
		t.Fatalf("got %d and %v, want 200", answer.Status, err)
	}
	<-ended
}

// A receiver that sends headers and then takes its time has answered.
func TestASlowBodyNeitherChangesTheStatusNorHoldsTheAttempt(t *testing.T) {
	t.Parallel()
	server, _ := countingServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("x"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	for timeout, most := range map[time.Duration]time.Duration{
		20 * time.Millisecond: time.Second,
		time.Minute:           20 * time.Second,
	} {
		answer, err := newClient(t).Post(t.Context(), egress.Request{URL: server.URL, Timeout: timeout})
		if err != nil || answer.Status != 200 || answer.Duration > most {
			t.Errorf("timeout %v: got %+v and %v, want 200 within %v", timeout, answer, err, most)
		}
	}
}

func TestABodyCutShortLeavesTheStatus(t *testing.T) {
	t.Parallel()
	address := listen(t, func(c net.Conn) {
		readRequest(c)
		c.Write([]byte("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nx"))
	})
	answer, err := newClient(t).Post(t.Context(), egress.Request{URL: "http://" + address})
	if err != nil || answer.Status != 202 {
		t.Errorf("got %d and %v, want 202", answer.Status, err)
	}
}

func TestCloseIdleClosesKeptConnections(t *testing.T) {
	t.Parallel()
	server, opened := countingServer(t, func(http.ResponseWriter, *http.Request) {})
	client := newClient(t)
	for range 2 {
		if _, err := client.Post(t.Context(), egress.Request{URL: server.URL}); err != nil {
			t.Fatal(err)
		}
		client.CloseIdle()
	}
	if opened.Load() != 2 {
		t.Errorf("%d connections, want 2", opened.Load())
	}
}
