package egress

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// conn is a connection that a plainSender keeps. One goroutine at a time uses it: whoever sends over it.
type conn struct {
	net.Conn
	raw       syscall.RawConn // nil where the connection can't be looked at
	kept      bool            // an answer has come over it
	idleSince time.Time
	glance    [1]byte
	arrived   func(fd uintptr) bool
	seen      bool // what look found
	lookOnce  func(fd uintptr) bool
}

func newConn(c net.Conn) *conn {
	out := &conn{Conn: c}
	if canLook {
		if s, ok := c.(syscall.Conn); ok {
			out.raw, _ = s.SyscallConn()
		}
	}
	out.arrived = func(fd uintptr) bool { return peek(fd, out.glance[:]) }
	out.lookOnce = func(fd uintptr) bool { out.seen = peek(fd, out.glance[:]); return true }
	return out
}

// stirs reports whether something is there to be read: bytes, an end or an error. Where it can't look it says no.
func (c *conn) stirs() bool {
	return c.raw != nil && (c.raw.Read(c.lookOnce) != nil || c.seen)
}

// usable tells whether an idle connection may carry another request: it has not idled too long, and nothing has come
// over it, neither its end nor an answer that nobody asked for.
func (c *conn) usable() bool {
	return time.Since(c.idleSince) < idleTime && c.SetDeadline(time.Time{}) == nil && !c.stirs()
}

// await returns when something is there to be read. Nothing is allocated meanwhile, since an attempt may wait here
// long, and thousands at once.
func (c *conn) await() error {
	if c.raw == nil {
		return nil
	}
	return c.raw.Read(c.arrived)
}

// hangUp ends what is being read or written.
func (c *conn) hangUp() { c.SetDeadline(time.Unix(1, 0)) }

// errAnswered ends a write because the answer came before the whole request was read.
var errAnswered = errors.New("egress: answered early")

// write sends a request and returns how much of it went out. It ends early when the other side answers instead of
// reading on.
func (c *conn) write(ctx context.Context, message net.Buffers, deadline time.Time) (n int64, err error) {
	for {
		step, err := c.writeSome(ctx, &message, deadline)
		n += step
		if !errors.Is(err, os.ErrDeadlineExceeded) || ctx.Err() != nil || !time.Now().Before(deadline) {
			return n, err
		}
		if c.stirs() {
			return n, errAnswered
		}
	}
}

func (c *conn) writeSome(ctx context.Context, message *net.Buffers, deadline time.Time) (int64, error) {
	if step := time.Now().Add(writeStep); step.Before(deadline) {
		deadline = step
	}
	c.SetWriteDeadline(deadline)
	if err := ctx.Err(); err != nil { // the deadline just set may have undone hangUp
		return 0, err
	}
	return message.WriteTo(c.Conn)
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, bufferSize) }}

// read takes in an answer and what follows of its body; reuse tells whether the connection can carry another.
func (c *conn) read(ctx context.Context, deadline time.Time) (a answer, reuse bool, err error) {
	if err := c.await(); err != nil {
		return answer{}, false, err
	}
	r := readers.Get().(*bufio.Reader)
	r.Reset(c.Conn)
	defer func() { r.Reset(nil); readers.Put(r) }()
	if a, err = readAnswer(r); err != nil || a.status == 101 {
		return a, false, err
	}
	all := c.rest(ctx, r, a, deadline)
	return a, all && !a.hangUp && r.Buffered() == 0, nil
}

// rest reads a body that may still be on its way.
func (c *conn) rest(ctx context.Context, r *bufio.Reader, a answer, deadline time.Time) bool {
	if a.chunked || a.length == unknown || a.length > int64(r.Buffered()) {
		if end := time.Now().Add(drainTime); end.Before(deadline) {
			deadline = end
		}
		c.SetReadDeadline(deadline)
		if ctx.Err() != nil { // the deadline just set may have undone hangUp
			return false
		}
	}
	return skipBody(r, a)
}
