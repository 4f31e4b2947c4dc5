package egress

import (
	"bufio"
	"bytes"
)

// readLine returns a line without its end. Of one that is longer than the buffer it returns the beginning, and
// whole is false.
func readLine(r *bufio.Reader, left *int) (line []byte, whole bool, err error) {
	line, err = r.ReadSlice('\n')
	*left -= len(line)
	whole = err != bufio.ErrBufferFull
	if !whole {
		if !isText(line) {
			return nil, false, errNotHTTP
		}
		line, err = bytes.Clone(line[:maxKeptLine]), skipLine(r, left)
	}
	if *left < 0 {
		return nil, false, errNotHTTP
	}
	if err != nil {
		return line, whole, err
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), whole, nil
}

// maxKeptLine is enough to know the status or a header's name.
const maxKeptLine = 128

func skipLine(r *bufio.Reader, left *int) error {
	for {
		rest, err := r.ReadSlice('\n')
		*left -= len(rest)
		switch {
		case *left < 0 || !isText(bytes.TrimRight(rest, "\r\n")):
			return errNotHTTP
		case err != bufio.ErrBufferFull:
			return err
		}
	}
}
