package egress

import (
	"bufio"
	"bytes"
	"io"
	"net/http/httputil"
	"sync"

	"github.com/onevent/onevent"
)

// readBody reads what an answer's body has, at most maxDrain bytes, keeps how it begins, and reports whether that was
// all of it.
func (a *answer) readBody(r *bufio.Reader) (all bool) {
	switch {
	case a.chunked:
		a.beginning, all = skim(httputil.NewChunkedReader(r))
		return all && skipTrailer(r)
	case a.length == unknown || a.length > maxDrain:
		a.beginning, _ = skim(r)
		return false
	}
	begins, err := r.Peek(int(min(a.length, onevent.AnswerBytes)))
	a.beginning = string(begins)
	if err != nil {
		return false
	}
	n, _ := r.Discard(int(a.length))
	return int64(n) == a.length
}

var beginnings = sync.Pool{New: func() any { return new([onevent.AnswerBytes]byte) }}

// skim reads at most maxDrain bytes and one more. It returns the first of them, and whether the end came before the
// last.
func skim(r io.Reader) (beginning string, all bool) {
	buffer := beginnings.Get().(*[onevent.AnswerBytes]byte)
	n, err := io.ReadFull(r, buffer[:])
	beginning = string(buffer[:n])
	beginnings.Put(buffer)
	if n < len(buffer) && err != io.EOF && err != io.ErrUnexpectedEOF {
		return beginning, false
	}
	_, err = io.CopyN(io.Discard, r, int64(maxDrain+1-n)) // the end, or what else was met, is met again
	return beginning, err == io.EOF
}

// skipTrailer reads the fields that may follow the last chunk, and the empty line. Whoever ends one of them otherwise
// than with CRLF leaves in doubt where the answer ends.
func skipTrailer(r *bufio.Reader) bool {
	for left := maxAnswerHeader; left > 0; {
		line, err := r.ReadSlice('\n')
		left -= len(line)
		line, ended := bytes.CutSuffix(line, []byte("\r\n"))
		if err != nil || !ended {
			return false
		}
		if len(line) == 0 {
			return true
		}
		if name, _, found := bytes.Cut(line, []byte(":")); !found || !isToken(name) || !isText(line) {
			return false
		}
	}
	return false
}
