package egress

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// conn is a connection that an http1Sender keeps. One goroutine at a time uses it: whoever sends over it.
type conn struct {
	net.Conn
	socket    net.Conn // what lies below TLS, or the same
	kept      bool     // an answer has come over it
	idleSince time.Time

	raw    syscall.RawConn // nil where the system can't be asked without waiting
	answer *bufio.Reader   // what the present answer is read through, from its first byte on
	in     input
	glance [1]byte
	stirs  bool // what look found

	// RawConn takes functions, which are made once a connection.
	look, arrive func(fd uintptr) bool
}

// newConn takes a new connection into use, until a deadline at first.
func newConn(over net.Conn, deadline time.Time) *conn {
	over.SetDeadline(deadline)
	c := &conn{Conn: over, socket: over}
	if secure, ok := over.(*tls.Conn); ok {
		c.socket = secure.NetConn()
	}
	if s, ok := c.socket.(syscall.Conn); ok && canAsk {
		c.raw, _ = s.SyscallConn()
	}
	c.look = func(fd uintptr) bool { c.stirs = hasInput(fd, c.glance[:]); return true }
	c.arrive = c.firstBytes
	return c
}

// Close hangs up at once. The farewell of TLS would wait for a receiver that does not read, and says nothing that
// the lengths in request and answer don't.
func (c *conn) Close() error { return c.socket.Close() }

// isTLS tells that bytes may have been read that are not taken yet.
func (c *conn) isTLS() bool { return c.socket != c.Conn }

// isStirred reports whether something is there to be read: bytes, an end or an error. Where it can't be asked it is
// taken to be quiet.
func (c *conn) isStirred() bool { return c.raw != nil && (c.raw.Read(c.look) != nil || c.stirs) }

// usable tells whether an idle connection may carry another request, until a deadline: it has not idled too long,
// and nothing has come over it, neither its end nor an answer that nobody asked for.
func (c *conn) usable(deadline time.Time) bool {
	return time.Since(c.idleSince) < idleTime && c.isDrained() && c.SetDeadline(deadline) == nil && !c.isStirred()
}

// isDrained tells whether TLS holds nothing back. With its time over a read gets what is there and waits for nothing.
func (c *conn) isDrained() bool {
	if !c.isTLS() {
		return true
	}
	c.hangUp()
	_, err := c.Read(c.glance[:])
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// await returns when an answer begins or fails to, with the buffer that it is read through. Without TLS, whose own
// buffers are larger, the buffer is taken only then: an attempt may wait here long, and thousands at once.
func (c *conn) await() (*bufio.Reader, error) {
	if c.raw == nil || c.isTLS() {
		c.answer = takeReader(c.Conn)
	} else if err := c.raw.Read(c.arrive); err != nil {
		return nil, err
	}
	r := c.answer
	c.answer = nil
	return r, nil
}

// firstBytes reads what is there; when nothing is, it gives the buffer back and is called again when there may be.
func (c *conn) firstBytes(fd uintptr) bool {
	c.in = input{Conn: c.Conn, fd: fd, asking: true}
	r := takeReader(&c.in)
	if _, err := r.Peek(1); err == errNoInput {
		giveReader(r)
		return false
	}
	c.in.asking = false
	c.answer = r
	return true
}

// input reads a connection: of what is there at first, and then as any reader does.
type input struct {
	net.Conn
	fd     uintptr
	asking bool
	failed error // what the first read met, which a later one could miss
}

func (i *input) Read(p []byte) (n int, err error) {
	switch {
	case i.failed != nil:
		return 0, i.failed
	case !i.asking:
		return i.Conn.Read(p)
	}
	if n, err = readInput(i.fd, p); err != errNoInput {
		i.failed = err
	}
	return n, err
}

// errNoInput is what reading without waiting says while there is nothing.
var errNoInput = errors.New("egress: nothing there yet")

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, bufferSize) }}

func takeReader(from io.Reader) *bufio.Reader {
	r := readers.Get().(*bufio.Reader)
	r.Reset(from)
	return r
}

func giveReader(r *bufio.Reader) {
	r.Reset(nil)
	readers.Put(r)
}

// hangUp ends what is being read or written.
func (c *conn) hangUp() { c.SetDeadline(time.Unix(1, 0)) }

// read takes in an answer and what follows of its body; reuse tells whether the connection can carry another.
func (c *conn) read(ctx context.Context, deadline time.Time) (a answer, reuse bool, err error) {
	r, err := c.await()
	if err != nil {
		return answer{}, false, err
	}
	defer giveReader(r)
	a, err = readAnswer(r)
	a.came = time.Now()
	if err != nil || a.status == 101 {
		return a, false, err
	}
	all := c.rest(ctx, r, &a, deadline)
	return a, all && !a.hangUp && r.Buffered() == 0, nil
}

// rest reads a body that may still be on its way.
func (c *conn) rest(ctx context.Context, r *bufio.Reader, a *answer, deadline time.Time) bool {
	if a.chunked || a.length == unknown || a.length > int64(r.Buffered()) {
		defer func() { a.took = time.Since(a.came) }()
		if end := a.came.Add(drainTime); end.Before(deadline) {
			deadline = end
		}
		c.SetReadDeadline(deadline)
		if ctx.Err() != nil { // the deadline just set may have undone hangUp
			return false
		}
	}
	return a.readBody(r)
}
