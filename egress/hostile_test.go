package egress_test

import (
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/egress"
)

// hostile is a receiver that means ill, or is broken, and what its sender makes of it.
type hostile struct {
	name   string
	serve  func(net.Conn) // the first connection; all others are healthy
	status int            // or
	reason string
	body   int    // bytes of the request's body
	kept   bool   // the connection may be used again
	raw    string // instead of serve: the answer to a request
}

const patience = 150 * time.Millisecond // the timeout of each attempt here

var hostiles = []hostile{
	{name: "endless headers", reason: egress.ReasonNotHTTP, serve: flood("HTTP/1.1 200 OK\r\n", "A: b\r\n")},
	{name: "a header without end", reason: egress.ReasonNotHTTP, serve: flood("HTTP/1.1 200 OK\r\nA: ", "bbbbbbbb")},
	{name: "a status line without end", reason: egress.ReasonNotHTTP, serve: flood("HTTP/1.1 200 ", "OKOKOKOK")},
	{name: "garbage without end", reason: egress.ReasonNotHTTP, serve: flood("", "\x00\x01garbage")},
	{name: "interim answers without end", reason: egress.ReasonNotHTTP, serve: flood("", "HTTP/1.1 100 Continue\r\n\r\n")},
	{name: "early hints without end", reason: egress.ReasonNotHTTP, serve: flood("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")},
	{name: "a huge status line", status: 200, kept: true, raw: "HTTP/1.1 200 " + strings.Repeat("O", 10<<10) + "\r\nContent-Length: 0\r\n\r\n"},
	{name: "a huge header", status: 200, kept: true, raw: "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("b", 40<<10) + "\r\nContent-Length: 0\r\n\r\n"},
	{name: "two interim answers", status: 201, kept: true, raw: "HTTP/1.1 100 Continue\r\nRetry-After: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n"},

	{name: "an endless body of huge length", status: 200, serve: flood("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n", "xxxxxxxx")},
	{name: "an endless body without length", status: 200, serve: flood("HTTP/1.1 200 OK\r\n\r\n", "xxxxxxxx")},
	{name: "an endless body in chunks", status: 200, serve: flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nxxxx\r\n")},
	{name: "endless chunk extensions", status: 200, serve: flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1;xxxxxxxxxxxxxxxxxxxxxx\r\nx\r\n")},
	{name: "endless trailers", status: 200, serve: flood("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n")},
	{name: "headers by the byte", reason: egress.ReasonTimeout, serve: drip("", "HTTP/1.1 200 OK\r\nA: bcdefghijklmnopqrstuvwxyz\r\n\r\n")},
	{name: "a body by the byte", status: 200, serve: drip("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n", strings.Repeat("x", 50))},
	{name: "a body that never comes", status: 200, raw: "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n"},

	{name: "hung up", reason: egress.ReasonReset, serve: then(nothing, hangUp)},
	{name: "reset", reason: egress.ReasonReset, serve: then(nothing, reset)},
	{name: "hung up within the status line", reason: egress.ReasonReset, serve: then(text("HTTP/1.1 20"), hangUp)},
	{name: "reset within the headers", reason: egress.ReasonReset, serve: then(text("HTTP/1.1 200 OK\r\nA: b\r\n"), reset)},
	{name: "reset within the body", status: 200, serve: then(text("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), reset)},
	{name: "hung up within a chunk", status: 200, serve: then(text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nx"), hangUp)},

	{name: "status 99", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 99 X\r\n\r\n"},
	{name: "status 099", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n"},
	{name: "status 000", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n"},
	{name: "status 1000", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 1000 X\r\n\r\n"},
	{name: "status +20", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 +20 X\r\nContent-Length: 0\r\n\r\n"},
	{name: "status -20", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 -20 X\r\n\r\n"},
	{name: "no status", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1\r\n\r\n"},
	{name: "status 999", status: 999, kept: true, raw: "HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n"},
	{name: "a long version", reason: egress.ReasonNotHTTP, raw: "HTTP/1.10 200 OK\r\n\r\n"},
	{name: "HTTP/1.0", status: 200, raw: "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{name: "HTTP/1.0 that is kept", status: 200, kept: true, raw: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n"},
	{name: "one option of several is close", status: 200, raw: "HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 0\r\n\r\n"},

	{name: "a chunk of strange size", status: 200, raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n0\r\n\r\n"},
	{name: "a chunk of negative size", status: 200, raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n"},
	{name: "a chunk of overflowing size", status: 200, raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\nx\r\n0\r\n\r\n"},
	{name: "a chunk without its end", status: 200, raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n"},
	{name: "chunks with a trailer", status: 200, kept: true, raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\nA: b\r\n\r\n"},
	{name: "chunks that end with a line feed alone", status: 200, raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\n"},
	{name: "another coding", status: 200, raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx"},
	{name: "two codings", status: 200, raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{name: "chunks and a length", status: 200, raw: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
	{name: "a negative length", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"},
	{name: "an overflowing length", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\n"},
	{name: "a length with a sign", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx"},
	{name: "two lengths", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"},
	{name: "one length twice", status: 200, kept: true, raw: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"},
	{name: "204 with a body", status: 204, raw: "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok"},
	{name: "304 with a length", status: 304, kept: true, raw: "HTTP/1.1 304 Not Modified\r\nContent-Length: 200\r\n\r\n"},

	{name: "a control character in a header", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 200 OK\r\nA: b\x00c\r\nContent-Length: 0\r\n\r\n"},
	{name: "a return within a header", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 200 OK\r\nA: b\rContent-Length: 5\r\n\r\n"},
	{name: "a header without colon", reason: egress.ReasonNotHTTP, raw: "HTTP/1.1 200 OK\r\nAb\r\nContent-Length: 0\r\n\r\n"},
	{name: "a space before the colon", status: 200, raw: "HTTP/1.1 200 OK\r\nContent-Length : 9\r\nContent-Length: 0\r\n\r\n"},
	{name: "a folded header", status: 200, raw: "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n"},

	{name: "an answer with another behind it", status: 200, raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"},
	{name: "an answer to a request that was not read", status: 413, body: 16 << 20, serve: early("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")},
	{name: "a redirect inside", status: 302, kept: true, raw: "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"},
	{name: "a redirect to the metadata service", status: 307, kept: true, raw: "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n"},
	{name: "packed headers and body", status: 200, kept: true, raw: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"},
}

// Whatever one connection brings: it has a named outcome in bounded time and memory, it is not used again when its
// state is in doubt, and the next request goes out to a receiver that has recovered.
func TestAHostileReceiverIsAnOutcomeAndNoMore(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		for _, h := range hostiles {
			t.Run(scheme+"/"+h.name, func(t *testing.T) { h.meet(t, scheme) })
		}
	}
}

func (h hostile) meet(t *testing.T, scheme string) {
	if h.raw != "" {
		h.serve = then(text(h.raw))
	}
	serve, opened := onceThenHealthy(h.serve)
	address := listenWith(t, secureFor(scheme), serve)
	client := newClient(t, func(c *egress.Config) { c.Timeout, c.RootCAs = patience, testRoots() })
	request := egress.Request{URL: scheme + "://" + address + "/", Body: make([]byte, h.body)}

	before := allocated()
	answer, err := client.Post(t.Context(), request)
	used := allocated() - before
	h.wantOutcome(t, answer, err)
	if answer.Duration > patience+2*time.Second {
		t.Errorf("took %v", answer.Duration)
	}
	if used > 2<<20 { // the receiver's own TLS is in it
		t.Errorf("took %d KiB of memory", used>>10)
	}

	request.Body, request.Timeout = nil, 10*time.Second
	if answer, err := client.Post(t.Context(), request); err != nil || answer.Status != 200 {
		t.Fatalf("the next request: got %d and %v", answer.Status, err)
	}
	if n := opened.Load(); (n == 1) != h.kept {
		t.Errorf("%d connections, but kept should be %v", n, h.kept)
	}
}

func (h hostile) wantOutcome(t *testing.T, answer egress.Response, err error) {
	t.Helper()
	if h.reason != "" {
		wantError(t, err, h.reason)
	} else if err != nil || answer.Status != h.status {
		t.Errorf("got %d and %v, want %d", answer.Status, err, h.status)
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
