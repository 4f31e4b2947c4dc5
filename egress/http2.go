package egress

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// errNoHTTP2 is a receiver that speaks TLS and did not choose HTTP/2.
var errNoHTTP2 = errors.New("egress: no HTTP/2")

// http2Sender sends HTTP/2, which is net/http's.
type http2Sender struct{ transport *http.Transport }

// newHTTP2Sender takes what connects with TLS; what did not choose HTTP/2 it hands to other and gives errNoHTTP2.
func newHTTP2Sender(c Config, dial dialTLS, other func(address string, conn *tls.Conn)) *http2Sender {
	var protocols http.Protocols
	protocols.SetHTTP2(true)
	ping := cmp.Or(c.ConnectTimeout, pingTime)
	return &http2Sender{&http.Transport{
		Proxy:     nil, // a proxy would dial in our place, unjudged
		Protocols: &protocols,
		DialTLSContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			conn, err := dial(ctx, address, "h2", "http/1.1")
			if err != nil {
				return nil, err
			}
			if conn.ConnectionState().NegotiatedProtocol != "h2" {
				other(address, conn)
				return nil, errNoHTTP2
			}
			return conn, nil
		},
		DisableCompression:     true,
		MaxConnsPerHost:        c.MaxConnsPerHost,
		MaxIdleConnsPerHost:    c.MaxIdleConnsPerHost,
		MaxIdleConns:           maxIdleConns,
		IdleConnTimeout:        idleTime,
		MaxResponseHeaderBytes: maxAnswerHeader,
		HTTP2: &http.HTTP2Config{
			SendPingTimeout:           ping,
			PingTimeout:               ping,
			WriteByteTimeout:          2 * ping,
			MaxReceiveBufferPerStream: maxDrain,
		},
	}}
}

func (s *http2Sender) closeIdle() { s.transport.CloseIdleConnections() }

// send ends the attempt by one timer of its own, which later ends the draining: a context with a deadline could not
// be shortened. spoken is false when the receiver does not speak HTTP/2.
func (s *http2Sender) send(parent context.Context, r outgoing, deadline time.Time) (out Response, spoken bool, failure *Error) {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	ctx, watch := startWatch(ctx, queueing)
	defer func() { out.Phases = watch.end() }()
	timer := time.AfterFunc(time.Until(deadline), func() { cancel(errTimeout) })
	defer timer.Stop()

	got := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { watch.begin(answering) }}
	answer, err := s.transport.RoundTrip(request(httptrace.WithClientTrace(ctx, got), r))
	if errors.Is(err, errNoHTTP2) {
		return Response{}, false, nil
	}
	if err != nil {
		return Response{}, true, exchangeError(ctx, err)
	}
	if answer.Body != http.NoBody {
		watch.begin(readingBody)
		timer.Reset(min(drainTime, time.Until(deadline)))
		out.Beginning, _ = skim(answer.Body)
		answer.Body.Close() // one that was not read to its end costs its stream, not the connection
	}
	if answer.StatusCode < 100 {
		return Response{}, true, &Error{Reason: ReasonNotHTTP}
	}
	out.Status, out.RetryAfter = answer.StatusCode, answer.Header.Get("Retry-After")
	return out, true, nil
}

func request(ctx context.Context, r outgoing) *http.Request {
	header := make(http.Header, len(r.fields))
	for _, f := range r.fields {
		header[f[0]] = []string{f[1]}
	}
	req := &http.Request{
		Method:        http.MethodPost,
		URL:           r.to.url(),
		Header:        header,
		ContentLength: int64(len(r.body)),
		Body:          http.NoBody,
	}
	if len(r.body) > 0 {
		sent := &sendings{}
		req.Body = sent.body(r.body)
		req.GetBody = func() (io.ReadCloser, error) { return sent.again(r.body) }
	}
	return req.WithContext(ctx)
}

// maxSendings is how often a request goes out that its receiver refuses unseen. More than one such refusal is no ill
// will: a burst meets it on each connection whose limit it does not know yet.
const maxSendings = 5

// errRefused ends what a receiver refuses each time that it is sent.
var errRefused = errors.New("egress: refused each time")

// sendings counts how often a body went out. net/http sends it again where a receiver says that it has not looked at
// it, and knows no bound when that is on a new connection each time.
type sendings struct{ begun atomic.Int32 }

func (s *sendings) body(b []byte) io.ReadCloser {
	return &sending{Reader: bytes.NewReader(b), counts: s}
}

func (s *sendings) again(b []byte) (io.ReadCloser, error) {
	if s.begun.Load() >= maxSendings {
		return nil, errRefused
	}
	return s.body(b), nil
}

// sending is a body that counts once it is read.
type sending struct {
	io.Reader
	counts *sendings
	once   sync.Once
}

func (s *sending) Read(p []byte) (int, error) {
	s.once.Do(func() { s.counts.begun.Add(1) })
	return s.Reader.Read(p)
}

func (s *sending) Close() error { return nil }
