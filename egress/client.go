package egress

import (
	"cmp"
	"context"
	"crypto/x509"
	"net"
	"strings"
	"time"
)

// Config says how a Client connects. The zero Config is ready for use and reaches public addresses only.
type Config struct {
	Policy Policy

	// ConnectTimeout is for looking up and connecting, again for the TLS handshake, and for each of the two waits
	// after which a silent HTTP/2 connection is given up; 0 means 5 s.
	ConnectTimeout time.Duration
	Timeout        time.Duration // for the whole attempt; 0 means 20 s

	MaxConnsPerHost     int // scheme, host and port; further requests wait within their timeout; 0 means 256
	MaxIdleConnsPerHost int // kept between requests; 0 means MaxConnsPerHost

	UserAgent string         // empty means "onevent"
	RootCAs   *x509.CertPool // nil means the system's
	Resolver  *net.Resolver  // nil means the system's
}

// Client sends POSTs over connections that it keeps and shares. It is safe for concurrent use.
type Client struct {
	plain     *http1Sender
	secure    *secureSender
	timeout   time.Duration
	userAgent string
}

var _ Poster = (*Client)(nil)

// sender takes one request to its receiver and brings back the answer, until a deadline.
type sender interface {
	send(ctx context.Context, r outgoing, deadline time.Time) (Response, *Error)
	closeIdle()
}

// outgoing is a request with where it goes and the headers that it goes out with.
type outgoing struct {
	to     target
	fields []field
	body   []byte
}

// New returns a Client. It opens nothing until the first Post.
func New(c Config) *Client {
	c.MaxConnsPerHost = cmp.Or(c.MaxConnsPerHost, defaultConnsPerHost)
	c.MaxIdleConnsPerHost = cmp.Or(c.MaxIdleConnsPerHost, c.MaxConnsPerHost)
	d := newDialer(c)
	return &Client{
		plain:     newHTTP1Sender(c, d.dial),
		secure:    newSecureSender(c, d.dialTLS),
		timeout:   cmp.Or(c.Timeout, attemptTime),
		userAgent: cmp.Or(c.UserAgent, "onevent"),
	}
}

// CloseIdle closes the connections that no request is using.
func (c *Client) CloseIdle() {
	c.plain.closeIdle()
	c.secure.closeIdle()
}

// Post sends one request and returns the answer's status; any status is an answer, not an error. Errors are always
// an *Error.
//
// It sends at most once, with two exceptions. A request of which not a byte could be written to a kept connection
// goes out on another. And a receiver that says in HTTP/2 that it has not looked at a request gets it again, five times
// in all at most.
//
// The outcome is known with the answer's headers. What follows of the body can't change it: Post reads up to 64 KiB
// for up to one second, within the attempt's timeout, to keep the connection, and hangs up on what is longer.
func (c *Client) Post(ctx context.Context, r Request) (Response, error) {
	start := time.Now() // how long the network took, which no movable clock may change
	out, ok := c.outgoing(r)
	if !ok {
		return Response{}, &Error{Reason: ReasonInvalid}
	}
	if ctx.Err() != nil {
		return Response{}, exchangeError(ctx, ctx.Err()).at(out.to)
	}
	answer, failure := c.senderFor(out.to).send(ctx, out, start.Add(cmp.Or(r.Timeout, c.timeout)))
	answer.Duration = time.Since(start)
	if failure != nil {
		return answer, failure.at(out.to)
	}
	return answer, nil
}

func (c *Client) senderFor(to target) sender {
	if to.scheme == "http" {
		return c.plain
	}
	return c.secure
}

// outgoing takes a request apart; ok is false for what can't be sent.
func (c *Client) outgoing(r Request) (out outgoing, ok bool) {
	to, ok := parse(r.URL)
	if !ok || !to.supported() || strings.ContainsFunc(to.path, breaksTheLine) || strings.ContainsFunc(to.query, breaksTheLine) {
		return outgoing{}, false
	}
	fields := c.fields(r, to.user)
	return outgoing{to: to, fields: fields, body: r.Body}, validFields(fields)
}
