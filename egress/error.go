package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
)

// The reasons for which a request gets no answer: Error.Reason is always one of them.
const (
	ReasonRefused  = "refused_address" // Error.Verdict says why
	ReasonDNS      = "dns"             // the name can't be looked up
	ReasonConnect  = "connect"         // refused or unreachable
	ReasonTLS      = "tls"             // handshake or certificate
	ReasonTimeout  = "timeout"         // connecting, the handshake or the whole attempt took too long
	ReasonReset    = "reset"           // the connection ended before an answer
	ReasonNotHTTP  = "not_http"        // what came back is not HTTP
	ReasonCanceled = "canceled"        // the caller gave up
	ReasonInvalid  = "invalid_request" // the URL or a header can't be sent; CheckURL refuses such a URL
)

// Error says why a request got no answer. Its text and what it wraps name the host at most: never the URL's path,
// query or user, a header, or anything that was sent or received.
type Error struct {
	Reason  string
	Verdict Verdict // with ReasonRefused only
	Host    string  // host, with the port where the URL has one; empty when the URL has none
	Err     error   // the cause, where it is safe to show
}

var sentences = map[string]string{
	ReasonDNS:      "the host name can't be looked up",
	ReasonConnect:  "no connection",
	ReasonTLS:      "no TLS connection",
	ReasonTimeout:  "no answer in time",
	ReasonReset:    "the connection ended before an answer",
	ReasonNotHTTP:  "the answer is not HTTP",
	ReasonCanceled: "the request was canceled",
	ReasonInvalid:  "the URL or a header can't be sent",
}

func (e *Error) Error() string {
	text := "POST to " + e.Host + ": " + e.sentence()
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) sentence() string {
	if e.Reason == ReasonRefused {
		return "the address is refused (" + string(e.Verdict) + "); egress.allow can open a network"
	}
	return sentences[e.Reason]
}

// at names the host.
func (e *Error) at(to target) *Error {
	e.Host = to.authority
	return e
}

func (e *Error) Unwrap() error { return e.Err }

// errTimeout is the cause with which an attempt is ended when its time is up.
var errTimeout = errors.New("egress: attempt timed out")

// exchangeError names what went wrong between sending a request and the answer's headers. An error made while
// dialling knows its reason already. What net/http says about a malformed answer quotes it, and an answer may echo
// the request, so only errors of the operating system are kept.
func exchangeError(ctx context.Context, err error) *Error {
	var known *Error
	var errno syscall.Errno
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errTimeout), errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(cause, context.DeadlineExceeded):
		return &Error{Reason: ReasonTimeout}
	case cause != nil:
		return &Error{Reason: ReasonCanceled}
	case errors.As(err, &known):
		return &Error{Reason: known.Reason, Verdict: known.Verdict, Err: known.Err}
	case isTimeout(err):
		return &Error{Reason: ReasonTimeout}
	case errors.As(err, &errno):
		return &Error{Reason: ReasonReset, Err: errno}
	case isClosed(err):
		return &Error{Reason: ReasonReset}
	case isTLS(err):
		return &Error{Reason: ReasonTLS}
	case strings.Contains(err.Error(), "invalid Host header"):
		return &Error{Reason: ReasonInvalid}
	}
	return &Error{Reason: ReasonNotHTTP}
}

// isClosed tells whether the other side hung up, on the connection or on the request's stream of one. For some of
// the ways net/http has a text only.
func isClosed(err error) bool {
	var stream http2StreamError
	if errors.As(err, &stream) {
		return stream.Cause != nil && strings.Contains(stream.Cause.Error(), "received from peer")
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, errRefused) || strings.HasPrefix(err.Error(), "http2: server sent GOAWAY") ||
		strings.HasPrefix(err.Error(), "http2: client conn")
}

// isTLS tells whether TLS ended the connection after the handshake, which is when TLS 1.3 refuses a client without a
// certificate.
func isTLS(err error) bool {
	var record tls.RecordHeaderError
	var alert *net.OpError
	return errors.As(err, &record) || errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error")
}

// http2StreamError is what net/http's error of one stream lets itself be read as: the fields' names count.
type http2StreamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (e http2StreamError) Error() string { return "egress: HTTP/2 stream error" }

// dialError names what went wrong while connecting.
func dialError(err error) *Error {
	var known *Error
	var dns *net.DNSError
	var errno syscall.Errno
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &dns):
		return &Error{Reason: ReasonDNS, Err: errors.New(dnsCause(dns))}
	case isTimeout(err):
		return &Error{Reason: ReasonTimeout}
	case errors.As(err, &errno):
		return &Error{Reason: ReasonConnect, Err: errno}
	}
	return &Error{Reason: ReasonConnect}
}

// dnsCause leaves out the name server's address, which DNSError's own text has.
func dnsCause(err *net.DNSError) string {
	switch {
	case err.IsNotFound:
		return "no such host"
	case err.IsTimeout:
		return "the name server does not answer"
	}
	return "the name server failed"
}

// handshakeError names what went wrong between connecting and the first request. A certificate's fault is told
// in full: it names what the certificate is for and nothing that was sent.
func handshakeError(err error) *Error {
	var certificate *tls.CertificateVerificationError
	var alert tls.AlertError
	switch {
	case isTimeout(err):
		return &Error{Reason: ReasonTimeout}
	case errors.As(err, &certificate):
		return &Error{Reason: ReasonTLS, Err: certificate}
	case errors.As(err, &alert):
		return &Error{Reason: ReasonTLS, Err: alert}
	}
	return &Error{Reason: ReasonTLS}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
