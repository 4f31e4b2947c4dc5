package egress

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
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
			SendPingTimeout:           pingAfter,
			PingTimeout:               pingTime,
			WriteByteTimeout:          pingAfter + pingTime,
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
	timer := time.AfterFunc(time.Until(deadline), func() { cancel(errTimeout) })
	defer timer.Stop()

	answer, err := s.transport.RoundTrip(request(ctx, r))
	if errors.Is(err, errNoHTTP2) {
		return Response{}, false, nil
	}
	if err != nil {
		return Response{}, true, exchangeError(ctx, err)
	}
	if answer.Body != http.NoBody {
		timer.Reset(min(drainTime, time.Until(deadline)))
		drain(answer)
	}
	if answer.StatusCode < 100 {
		return Response{}, true, &Error{Reason: ReasonNotHTTP}
	}
	return Response{Status: answer.StatusCode, RetryAfter: answer.Header.Get("Retry-After")}, true, nil
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
		req.Body = io.NopCloser(bytes.NewReader(r.body))
		req.GetBody = onceMore(r.body)
	}
	return req.WithContext(ctx)
}

// errSentTwice ends what a receiver refuses each time that it is sent.
var errSentTwice = errors.New("egress: refused twice")

// onceMore lets net/http send a body a second time, which it does where the first time can't have counted, and then
// never again.
func onceMore(body []byte) func() (io.ReadCloser, error) {
	again := false
	return func() (io.ReadCloser, error) {
		if again {
			return nil, errSentTwice
		}
		again = true
		return io.NopCloser(bytes.NewReader(body)), nil
	}
}

// drain reads what a body has at most, then closes it. One that was not read to its end costs its stream, not the
// connection.
func drain(answer *http.Response) {
	io.CopyN(io.Discard, answer.Body, maxDrain+1)
	answer.Body.Close()
}
