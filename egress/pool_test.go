package egress_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/internal/testkit"
)

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func wantOK(t *testing.T, client *egress.Client, url string) {
	t.Helper()
	if answer, err := client.Post(t.Context(), egress.Request{URL: url, Body: []byte("a=b")}); err != nil || answer.Status != 200 {
		t.Errorf("got %d and %v", answer.Status, err)
	}
}

func TestAnIdleConnectionThatWasClosedIsNotUsed(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		closed := make(chan struct{}, 1)
		address := listenWith(t, secureFor(scheme), func(c net.Conn) {
			readRequest(c)
			io.WriteString(c, okAnswer)
			c.Close()
			closed <- struct{}{}
		})
		client := newClient(t, trusting)
		for range 20 {
			wantOK(t, client, scheme+"://"+address)
			<-closed
		}
	}
}

// An answer that nobody asked for must not become the next request's.
func TestASecondAnswerOnAnIdleConnectionIsNotTakenForTheNextOne(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		more, sent := make(chan struct{}), make(chan struct{})
		serve, opened := onceThenHealthy(then(text(okAnswer), func(c net.Conn) {
			<-more
			io.WriteString(c, "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")
			close(sent)
		}))
		url := scheme + "://" + listenWith(t, secureFor(scheme), serve)
		client := newClient(t, trusting)
		wantOK(t, client, url)
		close(more)
		<-sent
		wantOK(t, client, url)
		if opened.Load() != 2 {
			t.Errorf("%s: %d connections, want 2", scheme, opened.Load())
		}
	}
}

// corked holds back what is written while it is closed.
type corked struct {
	net.Conn
	held   bytes.Buffer
	closed bool
}

func (c *corked) Write(p []byte) (int, error) {
	if c.closed {
		return c.held.Write(p)
	}
	return c.Conn.Write(p)
}

// What TLS has read beyond the answer is seen too: two records come as one piece.
func TestASecondAnswerThatTLSHoldsIsNotTakenForTheNextOne(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	url := "https://" + listenWith(t, nil, func(raw net.Conn) {
		opened.Add(1)
		below := &corked{Conn: raw}
		c := tls.Server(below, secureFor("https"))
		for readRequest(c) != "" {
			below.closed = true
			io.WriteString(c, okAnswer)
			io.WriteString(c, "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")
			below.closed = false
			below.held.WriteTo(raw)
		}
	})
	client := newClient(t, trusting)
	for range 3 {
		wantOK(t, client, url)
	}
	if opened.Load() != 3 {
		t.Errorf("%d connections, want 3", opened.Load())
	}
}

// Not a byte could be written, so the request can't have been seen.
func TestARequestThatCouldNotBeWrittenGoesOutOnAnotherConnection(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	serve, opened := onceThenHealthy(then(text(okAnswer), func(net.Conn) { <-ended }))
	url := "http://" + listenWith(t, nil, serve)
	defer close(ended)
	client := newClient(t)
	wantOK(t, client, url)
	client.BreakIdle()
	wantOK(t, client, url)
	if opened.Load() != 2 {
		t.Errorf("%d connections, want 2", opened.Load())
	}
}

func TestARequestThatMayHaveBeenSeenIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		var requests atomic.Int32
		url := scheme + "://" + listenWith(t, secureFor(scheme), func(c net.Conn) {
			for readRequest(c) != "" {
				if requests.Add(1) == 2 {
					return
				}
				io.WriteString(c, okAnswer)
			}
		})
		client := newClient(t, trusting)
		wantOK(t, client, url)
		_, err := client.Post(t.Context(), egress.Request{URL: url, Body: []byte("a=b")})
		wantError(t, err, egress.ReasonReset)
		if requests.Load() != 2 {
			t.Errorf("%s: the receiver got %d requests, want 2", scheme, requests.Load())
		}
	}
}

func TestRequestsBeyondMaxConnsPerHostWaitInTurn(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	came, answer := make(chan string), make(chan struct{})
	address := listenWith(t, nil, func(c net.Conn) {
		opened.Add(1)
		for line := readRequest(c); line != ""; line = readRequest(c) {
			came <- line
			<-answer
			io.WriteString(c, okAnswer)
		}
	})
	client := newClient(t, func(c *egress.Config) { c.MaxConnsPerHost = 1 })
	var senders sync.WaitGroup
	defer senders.Wait()
	for i := range 4 {
		senders.Go(func() { wantOK(t, client, "http://"+address+"/"+strconv.Itoa(i)) })
		if i == 0 {
			<-came
		}
		testkit.Eventually(t, 10*time.Second, "waiting", func() bool { return client.Waiting(address) == i })
	}
	for i := 1; i < 4; i++ {
		answer <- struct{}{}
		if line, want := <-came, fmt.Sprintf("POST /%d HTTP/1.1", i); line != want {
			t.Errorf("got %q, want %q", line, want)
		}
	}
	answer <- struct{}{}
	if opened.Load() != 1 {
		t.Errorf("%d connections, want 1", opened.Load())
	}
}

// Who gives up waiting leaves the turn to the next.
func TestATurnThatIsGivenUpPassesOn(t *testing.T) {
	t.Parallel()
	came, answer := make(chan struct{}), make(chan struct{})
	address := listenWith(t, nil, func(c net.Conn) {
		for readRequest(c) != "" {
			came <- struct{}{}
			<-answer
			io.WriteString(c, okAnswer)
		}
	})
	client := newClient(t, func(c *egress.Config) { c.MaxConnsPerHost = 1 })
	var senders sync.WaitGroup
	defer senders.Wait()
	senders.Go(func() { wantOK(t, client, "http://"+address) })
	<-came
	ctx, cancel := context.WithCancel(t.Context())
	senders.Go(func() {
		_, err := client.Post(ctx, egress.Request{URL: "http://" + address})
		wantError(t, err, egress.ReasonCanceled)
	})
	testkit.Eventually(t, 10*time.Second, "waiting", func() bool { return client.Waiting(address) == 1 })
	cancel()
	testkit.Eventually(t, 10*time.Second, "given up", func() bool { return client.Waiting(address) == 0 })
	senders.Go(func() { wantOK(t, client, "http://"+address) })
	testkit.Eventually(t, 10*time.Second, "waiting", func() bool { return client.Waiting(address) == 1 })
	answer <- struct{}{}
	<-came
	answer <- struct{}{}
}

func TestAConnectionIdlesFourSecondsAndIsThenClosed(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		ended := make(chan struct{}, 1)
		address := listenWith(t, secureFor(scheme), func(c net.Conn) {
			for readRequest(c) != "" {
				io.WriteString(c, okAnswer)
			}
			ended <- struct{}{}
		})
		inBubble(t, func(t *testing.T) {
			client := newClient(t, trusting)
			for range 3 {
				wantOK(t, client, scheme+"://"+address)
				<-time.After(3900 * time.Millisecond)
			}
			if len(ended) > 0 {
				t.Error("closed too early")
			}
			<-time.After(1200 * time.Millisecond)
			<-ended
		})
	}
}

func TestWhatIdledTooLongIsNotUsed(t *testing.T) {
	t.Parallel()
	server, opened := countingServer(t, func(http.ResponseWriter, *http.Request) {})
	inBubble(t, func(t *testing.T) {
		client := newClient(t)
		for range 2 {
			wantOK(t, client, server.URL)
			<-time.After(4 * time.Second)
		}
		client.CloseIdle()
	})
	if opened.Load() != 2 {
		t.Errorf("%d connections, want 2", opened.Load())
	}
}

func TestMaxIdleConnsPerHostBoundsWhatIsKept(t *testing.T) {
	t.Parallel()
	var arrived sync.WaitGroup
	arrived.Add(3)
	var open atomic.Int32
	url := "http://" + listenWith(t, nil, func(c net.Conn) {
		open.Add(1)
		defer open.Add(-1)
		readRequest(c)
		arrived.Done()
		arrived.Wait()
		io.WriteString(c, okAnswer)
		silent(c)
	})
	client := newClient(t, func(c *egress.Config) { c.MaxIdleConnsPerHost = 1 })
	var senders sync.WaitGroup
	for range 3 {
		senders.Go(func() { wantOK(t, client, url) })
	}
	senders.Wait()
	testkit.Eventually(t, 10*time.Second, "two closed", func() bool { return open.Load() == 1 })
}
