package egress

import (
	"bufio"
	"bytes"
	"io"
	"net/http/httputil"
)

// skipBody reads what an answer's body has, at most maxDrain bytes, and reports whether that was all of it.
func skipBody(r *bufio.Reader, a answer) bool {
	switch {
	case a.chunked:
		return skipChunks(r)
	case a.length == unknown || a.length > maxDrain:
		io.CopyN(io.Discard, r, maxDrain)
		return false
	}
	n, _ := r.Discard(int(a.length))
	return int64(n) == a.length
}

func skipChunks(r *bufio.Reader) bool {
	n, err := io.CopyN(io.Discard, httputil.NewChunkedReader(r), maxDrain+1)
	return n <= maxDrain && err == io.EOF && skipTrailer(r)
}

// skipTrailer reads the fields that may follow the last chunk, and the empty line.
func skipTrailer(r *bufio.Reader) bool {
	for left := maxAnswerHeader; ; {
		line, _, err := readLine(r, &left)
		if err != nil || len(line) == 0 {
			return err == nil
		}
		if name, _, found := bytes.Cut(line, []byte(":")); !found || !isToken(name) || !isText(line) {
			return false
		}
	}
}
