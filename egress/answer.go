package egress

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"
)

// errNotHTTP is what an answer is that HTTP/1.1 doesn't know.
var errNotHTTP = errors.New("egress: the answer is not HTTP")

// answer is what matters of an answer's head, and how its body begins. The rest is read past.
type answer struct {
	status     int
	retryAfter string
	length     int64 // of the body; unknown when the head has none
	chunked    bool
	coded      bool // there is a Transfer-Encoding, whatever it says
	old        bool // HTTP/1.0
	keep       bool // "keep-alive", without which HTTP/1.0 hangs up
	hangUp     bool // the connection can't be used again

	came      time.Time     // when the head had been read
	took      time.Duration // what the body took; 0: it came with the head, or there is none
	beginning string        // of the body
}

// unknown is the length of a body that lasts until its connection's end.
const unknown = -1

// readAnswer reads heads until a final one: interim answers are skipped, and 101 is final. What is malformed but
// leaves no doubt about the status makes the connection useless and is no error. RFC 9112 sections 2 to 6.
func readAnswer(r *bufio.Reader) (answer, error) {
	left, doubt := maxAnswerHeader, false
	for {
		a, err := readHead(r, &left)
		doubt = doubt || a.hangUp
		a.hangUp = doubt
		if err != nil || a.status >= 200 || a.status == 101 {
			return a, err
		}
	}
}

func readHead(r *bufio.Reader, left *int) (answer, error) {
	line, _, err := readLine(r, left)
	if err == io.EOF && len(line) > 0 && !bytes.HasPrefix(line, []byte("HTTP/")) {
		return answer{}, errNotHTTP
	} else if err != nil {
		return answer{}, err
	}
	a := answer{length: unknown}
	if !a.statusLine(line) {
		return answer{}, errNotHTTP
	}
	for first := true; ; first = false {
		line, whole, err := readLine(r, left)
		if err != nil {
			return answer{}, err
		}
		if len(line) == 0 {
			a.finish()
			return a, nil
		}
		if err := a.header(line, whole, first); err != nil {
			return answer{}, err
		}
	}
}

// statusLine reads "HTTP/1.1 200 OK". RFC 9112 section 4; versions are those that net/http takes.
func (a *answer) statusLine(line []byte) bool {
	const form = "HTTP/1.1 200"
	if len(line) < len(form) || string(line[:5]) != "HTTP/" || line[6] != '.' || line[8] != ' ' || !areDigits(line[5:6], line[7:8]) {
		return false
	}
	rest := bytes.TrimLeft(line[9:], " ")
	if len(rest) < 3 || len(rest) > 3 && rest[3] != ' ' || !areDigits(rest[:3]) || rest[0] == '0' {
		return false
	}
	a.status = int(rest[0]-'0')*100 + int(rest[1]-'0')*10 + int(rest[2]-'0')
	a.old = line[5] == '1' && line[7] == '0'
	a.hangUp = line[5] != '1' || a.status == 101
	return true
}

func areDigits(parts ...[]byte) bool {
	for _, part := range parts {
		for _, c := range part {
			if c < '0' || c > '9' {
				return false
			}
		}
	}
	return true
}

// header takes in one line. A line folded onto the one before, or with a strange name, says nothing that can be
// relied on.
func (a *answer) header(line []byte, whole, first bool) error {
	name, value, found := bytes.Cut(line, []byte(":"))
	folded := line[0] == ' ' || line[0] == '\t'
	if !isText(line) || !found && !folded || folded && first {
		return errNotHTTP
	}
	if folded || !isToken(name) {
		a.hangUp = true
		return nil
	}
	return a.known(name, bytes.Trim(value, " \t"), whole)
}

// known takes in the four headers that matter.
func (a *answer) known(name, value []byte, whole bool) error {
	switch {
	case is(name, "content-length"):
		return a.contentLength(value, whole)
	case is(name, "transfer-encoding"):
		a.transferEncoding(value)
	case is(name, "connection"):
		a.connection(value, whole)
	case is(name, "retry-after"):
		if a.retryAfter == "" && whole {
			a.retryAfter = string(value)
		}
	}
	return nil
}

// contentLength refuses an answer whose end can't be told. RFC 9112 section 6.3, rule 5.
func (a *answer) contentLength(value []byte, whole bool) error {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || !whole || !areDigits(value) || a.length != unknown && a.length != n {
		return errNotHTTP
	}
	a.length = n
	return nil
}

// transferEncoding knows chunks alone, and once: any other coding lasts until the connection's end. RFC 9112
// section 6.3, rule 4.
func (a *answer) transferEncoding(value []byte) {
	a.chunked = !a.coded && !a.old && is(value, "chunked")
	a.hangUp = a.hangUp || !a.chunked
	a.coded = true
}

func (a *answer) connection(value []byte, whole bool) {
	a.hangUp = a.hangUp || !whole
	for option := range bytes.SplitSeq(value, []byte(",")) {
		switch option = bytes.Trim(option, " \t"); {
		case is(option, "close"):
			a.hangUp = true
		case is(option, "keep-alive"):
			a.keep = true
		}
	}
}

// finish draws the conclusions of the whole head. Chunks beside a length are the mark of a smuggled answer, and
// 204 has no body that its head could announce.
func (a *answer) finish() {
	empty := a.status < 200 || a.status == 204 || a.status == 304
	a.hangUp = a.hangUp || a.old && !a.keep || a.coded && a.length != unknown ||
		a.status == 204 && (a.coded || a.length > 0)
	if a.coded {
		a.length = unknown
	}
	if empty {
		a.chunked, a.length = false, 0
	}
	a.hangUp = a.hangUp || a.length == unknown && !a.chunked
}

// is compares without regard to case; lower is in lower case.
func is(name []byte, lower string) bool {
	return len(name) == len(lower) && bytes.EqualFold(name, []byte(lower))
}
