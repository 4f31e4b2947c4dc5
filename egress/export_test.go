package egress

import (
	"bufio"
	"bytes"
	"context"
	"net"
)

// ReadAnswer reads an answer as a connection would bring it. left is what it did not read.
func ReadAnswer(b []byte) (status int, retryAfter, beginning string, left int, reuse bool, err error) {
	from := bytes.NewReader(b)
	r := bufio.NewReaderSize(from, bufferSize)
	a, err := readAnswer(r)
	if err != nil || a.status == 101 {
		return a.status, a.retryAfter, "", 0, false, err
	}
	all := a.readBody(r)
	return a.status, a.retryAfter, a.beginning, r.Buffered() + from.Len(), all && !a.hangUp, nil
}

// Waiting returns how many requests to http:// wait for a connection to the address.
func (c *Client) Waiting(address string) int {
	c.plain.pool.mu.Lock()
	defer c.plain.pool.mu.Unlock()
	if at := c.plain.pool.hosts[address]; at != nil {
		return at.waiting.Len()
	}
	return 0
}

// BreakIdle makes the next write to each idle http:// connection fail, which no look at it can tell.
func (c *Client) BreakIdle() {
	c.plain.pool.mu.Lock()
	defer c.plain.pool.mu.Unlock()
	for _, at := range c.plain.pool.hosts {
		for _, idle := range at.idle {
			idle.socket.(*net.TCPConn).CloseWrite()
		}
	}
}

// AppendHead returns the head of an HTTP/1.1 request as it is sent.
func (c *Client) AppendHead(r Request) (string, bool) {
	out, ok := c.outgoing(r)
	if !ok {
		return "", false
	}
	host, _, err := out.to.names()
	if err != nil {
		return "", false
	}
	return string(appendHead(nil, out, host)), true
}

// NetHTTPHead returns the head of the same request as net/http writes it.
func (c *Client) NetHTTPHead(r Request) (string, bool) {
	out, ok := c.outgoing(r)
	if !ok {
		return "", false
	}
	req := request(context.Background(), out)
	var b bytes.Buffer
	if err := req.Write(&b); err != nil {
		return "", false
	}
	return string(bytes.TrimSuffix(b.Bytes(), r.Body)), true
}
