package egress_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/egress"
)

// pause is how long a receiver takes its time here: long beside what everything else takes.
const pause = 50 * time.Millisecond

func wantPart(t *testing.T, name string, got, least time.Duration) {
	t.Helper()
	if got < least || least == 0 && got >= pause {
		t.Errorf("%s took %v, want %v", name, got, least)
	}
}

// pausing answers each request after a pause, and its body after another.
func pausing(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	<-time.After(pause)
	w.WriteHeader(200)
	w.(http.Flusher).Flush()
	<-time.After(pause)
	io.WriteString(w, "ok")
}

func TestThePartsOfAnAttemptAreMeasured(t *testing.T) {
	t.Parallel()
	plain, _ := countingServer(t, pausing)
	http2, _ := http2Server(t, pausing)
	http1 := httptest.NewTLSServer(http.HandlerFunc(pausing))
	t.Cleanup(http1.Close)
	for name, url := range map[string]string{"plain": plain.URL, "HTTP/2": http2.URL, "TLS": http1.URL} {
		client := newClient(t, trusting, func(c *egress.Config) { c.Resolver = newNames("host.test", "127.0.0.1").resolver(t) })
		_, port, _ := net.SplitHostPort(strings.TrimPrefix(strings.TrimPrefix(url, "http://"), "https://"))
		if name == "plain" {
			url = "http://host.test:" + port
		}
		for i := range 2 {
			answer, err := client.Post(t.Context(), egress.Request{URL: url, Body: []byte("a=b")})
			if err != nil || answer.Beginning != "ok" {
				t.Fatalf("%s: got %+v and %v", name, answer, err)
			}
			p := answer.Phases
			wantPart(t, name+": answer", p.Answer, pause)
			wantPart(t, name+": body", p.Body, pause/2)
			if first := i == 0; (p.Connect > 0) != first || (p.TLS > 0) != (first && name != "plain") || first && name == "plain" && p.Lookup == 0 {
				t.Errorf("%s: request %d: got %+v", name, i, p)
			}
			if all := p.Queue + p.Lookup + p.Connect + p.TLS + p.Answer + p.Body; all > answer.Duration || answer.Duration-all > pause {
				t.Errorf("%s: the parts are %v, the whole %v", name, all, answer.Duration)
			}
		}
	}
}

func TestAFailureHasThePartsKnownSoFar(t *testing.T) {
	t.Parallel()
	for scheme, serve := range map[string]func(net.Conn){"http": silent, "https": silent} {
		client := newClient(t, trusting, func(c *egress.Config) { c.ConnectTimeout = 2 * pause })
		address := listen(t, serve)
		answer, err := client.Post(t.Context(), egress.Request{URL: scheme + "://" + address, Timeout: pause})
		wantError(t, err, egress.ReasonTimeout)
		waited := answer.Phases.Answer
		if scheme == "https" { // silent in the handshake
			waited = answer.Phases.TLS
		}
		if waited < pause/2 || answer.Phases.Connect == 0 {
			t.Errorf("%s: got %+v", scheme, answer)
		}
	}
}

func TestWaitingForAConnectionIsAPartOfTheAttempt(t *testing.T) {
	t.Parallel()
	server, _ := countingServer(t, pausing)
	client := newClient(t, func(c *egress.Config) { c.MaxConnsPerHost = 1 })
	queued := make(chan time.Duration, 2)
	for range 2 {
		go func() {
			answer, _ := client.Post(t.Context(), egress.Request{URL: server.URL})
			queued <- answer.Phases.Queue
		}()
	}
	if longest := max(<-queued, <-queued); longest < pause {
		t.Errorf("waited %v, want %v", longest, pause)
	}
}

func TestHowAnAnswerBeginsIsKept(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 20_000)
	say := func(body string, flush bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; flush && i < len(body); i += 100 {
				io.WriteString(w, body[i:min(i+100, len(body))])
				w.(http.Flusher).Flush()
			}
			if !flush {
				io.WriteString(w, body)
			}
		}
	}
	for _, body := range []string{"", "ok", long[:onevent.AnswerBytes], long[:onevent.AnswerBytes+1], long[:9000], long} {
		for _, flush := range []bool{false, true} {
			plain, _ := countingServer(t, say(body, flush))
			http2, _ := http2Server(t, say(body, flush))
			for _, url := range []string{plain.URL, http2.URL} {
				answer, err := newClient(t, trusting).Post(t.Context(), egress.Request{URL: url})
				if want := body[:min(len(body), onevent.AnswerBytes)]; err != nil || answer.Beginning != want {
					t.Errorf("%d bytes, chunks %v, %s: got %q and %v", len(body), flush, url, answer.Beginning, err)
				}
			}
		}
	}
}

func TestABodyCutShortIsKeptAsFarAsItCame(t *testing.T) {
	t.Parallel()
	for _, head := range []string{"Content-Length: 100\r\n\r\nx", "Transfer-Encoding: chunked\r\n\r\n5\r\nx", "\r\nx"} {
		address := listen(t, func(c net.Conn) { readRequest(c); io.WriteString(c, "HTTP/1.1 500 No\r\n"+head) })
		answer, err := newClient(t).Post(t.Context(), egress.Request{URL: "http://" + address})
		if err != nil || answer.Beginning != "x" {
			t.Errorf("%q: got %+v and %v", head, answer, err)
		}
	}
}
