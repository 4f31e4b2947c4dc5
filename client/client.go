// Package client calls the management API of an onevent server: portals,
// applications, installations, and publishing events.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent"
)

// Client calls one server. It is safe for concurrent use. New makes one.
type Client struct {
	base  string
	token onevent.Secret
	http  *http.Client
}

// New returns a client of the server that answers at base (scheme, host and
// port) and takes the admin token. A nil http.Client stands for
// http.DefaultClient.
func New(base string, token onevent.Secret, h *http.Client) *Client {
	if h == nil {
		h = http.DefaultClient
	}
	return &Client{base: strings.TrimSuffix(base, "/") + "/admin/v1", token: token, http: h}
}

// Error is an answer that is not a success.
type Error struct {
	Status  int    // of HTTP
	Code    string // such as "invalid", "not_found", "storage_full"
	Message string
	Index   int // of the event at fault, from 0; -1: the error is about no single one
	// RetryAfter is how long to wait before the same call may succeed; 0: nothing is
	// said.
	RetryAfter time.Duration
}

// Error gives the server's sentence, its code and the HTTP status.
func (e *Error) Error() string {
	return fmt.Sprintf("%s (%s, HTTP %d)", e.Message, e.Code, e.Status)
}

// call sends in as JSON, unless nil, and reads the answer into out, unless nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	return c.send(ctx, method, path, nil, body, out)
}

func (c *Client) send(ctx context.Context, method, path string, header http.Header, body []byte, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	for name, values := range header {
		r.Header[name] = values
	}
	r.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return read(answer, out)
}

// read takes the whole answer, so that the connection can be used again.
func read(answer *http.Response, out any) error {
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("the answer could not be read to its end: %w", err)
	}
	if answer.StatusCode/100 != 2 {
		return failure(answer, body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("the answer is not what this client understands: %w", err)
	}
	return nil
}

func failure(answer *http.Response, body []byte) error {
	var told struct {
		Error *struct {
			Code, Message string
			Index         *int
		}
	}
	e := &Error{Status: answer.StatusCode, Code: "unknown", Message: "no onevent server answered", Index: -1}
	if json.Unmarshal(body, &told) != nil || told.Error == nil {
		return e
	}
	e.Code, e.Message = told.Error.Code, told.Error.Message
	if told.Error.Index != nil {
		e.Index = *told.Error.Index
	}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}
