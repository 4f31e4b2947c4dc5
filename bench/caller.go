package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// caller is a kept connection that posts requests made before. It takes a small
// part of the CPU that net/http's client does: client and server share the
// machine, and what the client takes, the server can't show.
type caller struct {
	net.Conn
	in       *bufio.Reader
	requests [][]byte
	each     int // numbers that a request stands for
	want     []byte
	body     []byte
}

// callers connects all before the first call is made.
func (l Load) callers() (all []poster, end func(), err error) {
	var open []*caller
	end = func() {
		for _, c := range open {
			c.Close()
		}
	}
	to, err := url.Parse(l.URL)
	if err != nil {
		return nil, end, err
	}
	requests := l.requests(to)
	for range l.Connections {
		conn, err := net.Dial("tcp", to.Host)
		if err != nil {
			return nil, end, err
		}
		c := &caller{Conn: conn, in: bufio.NewReaderSize(conn, 32<<10), requests: requests, each: max(l.Array, 1), want: []byte(l.Want)}
		c.SetDeadline(time.Now().Add(l.For + 30*time.Second))
		open, all = append(open, c), append(all, c.call)
	}
	return all, end, nil
}

func (l Load) requests(to *url.URL) [][]byte {
	var head strings.Builder
	host := l.Host
	if host == "" {
		host = to.Host
	}
	fmt.Fprintf(&head, "POST %s HTTP/1.1\r\nHost: %s\r\n", to.RequestURI(), host)
	for k, v := range l.Header {
		fmt.Fprintf(&head, "%s: %s\r\n", k, v)
	}
	var all [][]byte
	for _, body := range l.Calls {
		all = append(all, fmt.Appendf(nil, "%sContent-Length: %d\r\n\r\n%s", &head, len(body), body))
	}
	return all
}

func (c *caller) call(number int) error {
	if _, err := c.Write(c.requests[number/c.each%len(c.requests)]); err != nil {
		return err
	}
	status, length, err := c.head()
	if err != nil {
		return err
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	if _, err := io.ReadFull(c.in, c.body); err != nil {
		return err
	}
	if status/100 != 2 || !bytes.Contains(c.body, c.want) {
		return fmt.Errorf("answered %d: %s", status, c.body)
	}
	return nil
}

// head reads the status and the headers; of these only the length counts.
func (c *caller) head() (status, length int, err error) {
	first, err := c.line()
	if err != nil {
		return 0, 0, err
	}
	if status, err = statusOf(first); err != nil {
		return 0, 0, err
	}
	length, err = c.length()
	return status, length, err
}

func (c *caller) length() (int, error) {
	for length := -1; ; {
		line, err := c.line()
		switch {
		case err != nil:
			return 0, err
		case len(line) == 0 && length < 0:
			return 0, errors.New("an answer without a Content-Length")
		case len(line) == 0:
			return length, nil
		}
		if name, value, _ := bytes.Cut(line, []byte(":")); bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, err
			}
		}
	}
}

func (c *caller) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

// statusOf reads "HTTP/1.1 200 OK".
func statusOf(line []byte) (int, error) {
	_, rest, _ := bytes.Cut(line, []byte(" "))
	code, _, _ := bytes.Cut(rest, []byte(" "))
	return strconv.Atoi(string(code))
}
