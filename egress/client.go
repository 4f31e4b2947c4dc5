package egress

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"time"
)

// Config says how a Client connects. The zero Config is ready for use and reaches public addresses only.
type Config struct {
	Policy Policy

	ConnectTimeout time.Duration // for looking up and connecting, and again for the TLS handshake; 0 means 5 s
	Timeout        time.Duration // for the whole attempt; 0 means 20 s

	MaxConnsPerHost     int // scheme, host and port; further requests wait within their timeout; 0 means 256
	MaxIdleConnsPerHost int // kept between requests; 0 means MaxConnsPerHost

	UserAgent string         // 0 means "onevent"
	RootCAs   *x509.CertPool // nil means the system's
	Resolver  *net.Resolver  // nil means the system's
}

const (
	// maxDrain is how much of an answer's body is read, so that its connection can be used again.
	maxDrain = 64 << 10
	// maxAnswerHeader bounds the memory that an answer's headers can take.
	maxAnswerHeader = 64 << 10
	// drainTime is how long a body may take once the status is known.
	drainTime = time.Second
	// idleTime is shorter than the 5 s after which Node, uvicorn and Apache close an idle connection: a request that
	// meets such a close on its way is lost, and only the sender can avoid it.
	idleTime = 4 * time.Second
	// maxIdleConns bounds the memory of idle connections to all hosts together.
	maxIdleConns = 4096
	bufferSize   = 4 << 10
)

// Client sends POSTs over connections that it keeps and shares. It is safe for concurrent use.
type Client struct {
	transport *http.Transport
	timeout   time.Duration
	userAgent string
}

var _ Poster = (*Client)(nil)

// New returns a Client. It opens nothing until the first Post.
func New(c Config) *Client {
	c.MaxConnsPerHost = cmp.Or(c.MaxConnsPerHost, 256)
	d := newDialer(c)
	var http1 http.Protocols
	http1.SetHTTP1(true)
	return &Client{
		timeout:   cmp.Or(c.Timeout, 20*time.Second),
		userAgent: cmp.Or(c.UserAgent, "onevent"),
		transport: &http.Transport{
			Proxy:                  nil, // a proxy would dial in our place, unjudged
			DialContext:            d.dial,
			DialTLSContext:         d.dialTLS,
			Protocols:              &http1,
			DisableCompression:     true,
			MaxConnsPerHost:        c.MaxConnsPerHost,
			MaxIdleConnsPerHost:    cmp.Or(c.MaxIdleConnsPerHost, c.MaxConnsPerHost),
			MaxIdleConns:           maxIdleConns,
			IdleConnTimeout:        idleTime,
			MaxResponseHeaderBytes: maxAnswerHeader,
			WriteBufferSize:        bufferSize,
			ReadBufferSize:         bufferSize,
		},
	}
}

// CloseIdle closes the connections that no request is using.
func (c *Client) CloseIdle() { c.transport.CloseIdleConnections() }

// Post sends one request and returns the answer's status; any status is an answer, not an error. Errors are always
// an *Error. It sends at most once, except that a request of which not a byte could be written to a kept connection
// goes out on another.
//
// The outcome is known with the answer's headers. What follows of the body can't change it: Post reads up to 64 KiB
// for up to one second, within the attempt's timeout, to keep the connection, and hangs up on what is longer.
func (c *Client) Post(ctx context.Context, r Request) (Response, error) {
	start := time.Now() // how long the network took, which no movable clock may change
	to, ok := parse(r.URL)
	if !ok || !to.supported() {
		return Response{}, &Error{Reason: ReasonInvalid}
	}
	out, failure := c.exchange(ctx, r, to)
	out.Duration = time.Since(start)
	if failure != nil {
		failure.Host = to.authority
		return out, failure
	}
	return out, nil
}

// exchange ends the attempt by one timer of its own, which later ends the draining: a context with a deadline
// could not be shortened.
func (c *Client) exchange(parent context.Context, r Request, to target) (Response, *Error) {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	deadline := time.Now().Add(cmp.Or(r.Timeout, c.timeout))
	timer := time.AfterFunc(time.Until(deadline), func() { cancel(errTimeout) })
	defer timer.Stop()

	answer, err := c.transport.RoundTrip(c.request(ctx, r, to))
	if err != nil {
		return Response{}, exchangeError(ctx, err)
	}
	if answer.Body != http.NoBody {
		timer.Reset(min(drainTime, time.Until(deadline)))
		drain(answer)
	}
	return Response{Status: answer.StatusCode, RetryAfter: answer.Header.Get("Retry-After")}, nil
}

func (c *Client) request(ctx context.Context, r Request, to target) *http.Request {
	req := &http.Request{
		Method:        http.MethodPost,
		URL:           to.url(),
		Header:        c.header(r, to.user),
		ContentLength: int64(len(r.Body)),
		Body:          http.NoBody,
	}
	if len(r.Body) > 0 {
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.Body)), nil }
		req.Body = io.NopCloser(bytes.NewReader(r.Body))
	}
	return req.WithContext(ctx)
}

func (c *Client) header(r Request, user *url.Userinfo) http.Header {
	h := make(http.Header, len(r.Header)+3)
	h["User-Agent"] = []string{c.userAgent}
	if r.ContentType != "" {
		h["Content-Type"] = []string{r.ContentType}
	}
	if user != nil {
		h["Authorization"] = []string{"Basic " + credentials(user)}
	}
	for _, field := range r.Header {
		h[textproto.CanonicalMIMEHeaderKey(field[0])] = []string{field[1]}
	}
	return h
}

func credentials(user *url.Userinfo) string {
	password, _ := user.Password()
	return base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
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
