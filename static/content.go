package static

import (
	"context"
	"errors"
	"io"

	"github.com/onevent/onevent"
)

// content reads a file piece by piece, each on a snapshot of its own: a slow client
// holds neither the file in memory nor a snapshot.
type content struct {
	ctx   context.Context
	store onevent.Store
	file  onevent.File
	at    int64
	piece []byte // nil: none is at hand
	n     int64  // its number
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	if c.at >= c.file.Bytes {
		return 0, io.EOF
	}
	if n := c.at / onevent.FilePieceBytes; c.piece == nil || n != c.n {
		if err := c.load(n); err != nil {
			return 0, err
		}
	}
	offset := c.at % onevent.FilePieceBytes
	if offset >= int64(len(c.piece)) {
		return 0, io.ErrUnexpectedEOF
	}
	copied := copy(p, c.piece[offset:])
	c.at += int64(copied)
	return copied, nil
}

func (c *content) load(n int64) error {
	return c.store.View(c.ctx, func(r onevent.Reader) (err error) {
		c.n = n
		c.piece, err = r.FilePiece(c.file.Set, c.file.Path, n)
		return err
	})
}

// Seek implements io.Seeker.
func (c *content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.at
	case io.SeekEnd:
		offset += c.file.Bytes
	}
	if offset < 0 {
		return 0, errors.New("a place before the beginning")
	}
	c.at = offset
	return offset, nil
}
