package egress

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// secureSender sends over TLS: HTTP/2 to receivers that offer it, HTTP/1.1 to all others. Both are net/http's.
type secureSender struct{ transport *http.Transport }

func newSecureSender(c Config, d *dialer) *secureSender {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	return &secureSender{&http.Transport{
		Proxy:                  nil, // a proxy would dial in our place, unjudged
		DialContext:            d.dial,
		DialTLSContext:         d.dialTLS,
		Protocols:              &protocols,
		DisableCompression:     true,
		MaxConnsPerHost:        c.MaxConnsPerHost,
		MaxIdleConnsPerHost:    c.MaxIdleConnsPerHost,
		MaxIdleConns:           maxIdleConns,
		IdleConnTimeout:        idleTime,
		MaxResponseHeaderBytes: maxAnswerHeader,
		WriteBufferSize:        bufferSize,
		ReadBufferSize:         bufferSize,
		HTTP2: &http.HTTP2Config{
			SendPingTimeout:           pingAfter,
			PingTimeout:               pingTime,
			WriteByteTimeout:          pingAfter + pingTime,
			MaxReceiveBufferPerStream: maxDrain,
		},
	}}
}

func (s *secureSender) closeIdle() { s.transport.CloseIdleConnections() }

// send ends the attempt by one timer of its own, which later ends the draining: a context with a deadline could not
// be shortened.
func (s *secureSender) send(parent context.Context, r outgoing, deadline time.Time) (Response, *Error) {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	timer := time.AfterFunc(time.Until(deadline), func() { cancel(errTimeout) })
	defer timer.Stop()

	answer, err := s.transport.RoundTrip(request(ctx, r))
	if err != nil {
		return Response{}, exchangeError(ctx, err)
	}
	if answer.Body != http.NoBody {
		timer.Reset(min(drainTime, time.Until(deadline)))
		drain(answer)
	}
	if answer.StatusCode < 100 {
		return Response{}, &Error{Reason: ReasonNotHTTP}
	}
	return Response{Status: answer.StatusCode, RetryAfter: answer.Header.Get("Retry-After")}, nil
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

// drain reads what a body has at most, then closes it. A body that was read to its end leaves a connection to use
// again, any other is hung up on; neither says anything about the outcome. After 101 the body is the connection
// itself, in another protocol.
func drain(answer *http.Response) {
	if answer.StatusCode != http.StatusSwitchingProtocols {
		io.CopyN(io.Discard, answer.Body, maxDrain+1)
	}
	answer.Body.Close()
}
