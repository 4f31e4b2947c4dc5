package limit

import (
	"errors"
	"io"
	"sync/atomic"
)

// ErrNoRoom says that the bodies of other requests take all the memory there is
// for bodies.
var ErrNoRoom = errors.New("there is no room for the body of the request")

// uncounted is how much of each body passes in any case: a crowd of large bodies
// does not keep short calls out.
const uncounted = 64 << 10

// Room bounds what the bodies of all requests hold in memory together. It is safe
// for concurrent use.
type Room struct{ free atomic.Int64 }

// NewRoom makes a Room for so many bytes.
func NewRoom(bytes int64) *Room {
	r := &Room{}
	r.free.Store(bytes)
	return r
}

// Body counts what is read of a body until Leave. Reading fails with ErrNoRoom
// when there is no room for it.
func (r *Room) Body(body io.ReadCloser) *Body { return &Body{ReadCloser: body, room: r} }

// Body is a body that is counted. It is read by one goroutine.
type Body struct {
	io.ReadCloser
	room       *Room
	read, held int64
	refused    bool
}

// Read implements io.Reader. A body that finds no room leaves what it had at once:
// of a crowd that meets the end of the room together some go on.
func (b *Body) Read(p []byte) (int, error) {
	if b.refused {
		return 0, ErrNoRoom
	}
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if more := b.read - uncounted - b.held; more > 0 && !b.take(more) {
		b.Leave()
		b.refused = true
		return 0, ErrNoRoom
	}
	return n, err
}

// take takes all or nothing: what does not fit must not be in the way of others,
// not even for a moment.
func (b *Body) take(n int64) bool {
	for {
		free := b.room.free.Load()
		if free < n {
			return false
		}
		if b.room.free.CompareAndSwap(free, free-n) {
			b.held += n
			return true
		}
	}
}

// Leave gives the room back. What was read must not be used any more.
func (b *Body) Leave() {
	b.room.free.Add(b.held)
	b.held, b.read = 0, 0
}
