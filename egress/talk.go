package egress

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/onevent/onevent"
)

// outcome is what came of a request and its answer.
type outcome struct {
	written int
	unsent  error // why not all of the request went out
	answer  answer
	reuse   bool
	err     error // why there is no answer
	phases  onevent.Phases
}

// answered is when the answer's head had been read, or was known not to come.
func (o *outcome) answered() time.Time {
	if o.answer.came.IsZero() {
		return time.Now()
	}
	return o.answer.came
}

// inTurn writes a request and then reads the answer. The request is small enough to go out whether or not the
// receiver reads it.
func (x exchange) inTurn(ctx context.Context, c *conn) (o outcome) {
	o.written, o.unsent = x.write(c)
	if o.unsent != nil && o.written == 0 {
		o.err = o.unsent
		return o
	}
	o.answer, o.reuse, o.err = c.read(ctx, x.deadline)
	if o.err != nil && o.unsent != nil {
		o.err = o.unsent // the cause of what could not be read
	}
	return o
}

var messages = sync.Pool{New: func() any { return new([]byte) }}

// write sends the request in one piece, from a buffer that others use before the answer is there.
func (x exchange) write(c *conn) (int, error) {
	buffer := messages.Get().(*[]byte)
	defer messages.Put(buffer)
	*buffer = append(appendHead((*buffer)[:0], x.outgoing, x.host), x.body...)
	return c.Write(*buffer)
}

// atOnce reads while a large request is being written, since a receiver may answer instead of reading on. With the
// answer the writing ends.
func (x exchange) atOnce(ctx context.Context, c *conn) (o outcome) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		message := net.Buffers{appendHead(nil, x.outgoing, x.host), x.body}
		n, err := message.WriteTo(c.Conn)
		o.written, o.unsent = int(n), err
	}()
	a, reuse, err := c.read(ctx, x.deadline)
	select {
	case <-done:
	default:
		c.hangUp()
		<-done
	}
	o.answer, o.reuse, o.err = a, reuse, err
	return o
}
