package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
)

// TailFilter says what is listened for: what fulfils all that is not empty. A
// condition on application, handler, destination, state or class leaves events
// out.
type TailFilter struct {
	Portal, ClientID, HandlerID, DestinationID string
	Event, Object                              string
	States                                     []string
	Class                                      string // of the attempt: status, refused, timeout, ...
}

func (f TailFilter) query() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"portal": f.Portal, "client_id": f.ClientID, "handler_id": f.HandlerID, "destination_id": f.DestinationID,
		"event": f.Event, "object": f.Object, "state": strings.Join(f.States, ","), "class": f.Class,
	} {
		set(v, name, value)
	}
	return v
}

// Line is something that happened. Which fields it has, its Type says.
type Line struct {
	Type    string `json:"type"` // event, attempt, dropped, alive
	Time    string `json:"time"`
	Portal  string `json:"portal"` // member_id
	Event   string `json:"event"`
	Object  string `json:"object"`   // TYPE:ID; empty: no single one
	EventID string `json:"event_id"` // of an attempt

	ID         string           `json:"id"` // of an event
	UserID     string           `json:"user_id"`
	Deliveries int              `json:"deliveries"`
	Verdicts   []HandlerVerdict `json:"verdicts"`

	ClientID      string  `json:"client_id"` // from here on of an attempt
	WebhookID     string  `json:"webhook_id"`
	HandlerID     string  `json:"handler_id"`
	DestinationID string  `json:"destination_id"`
	DeliveryID    string  `json:"delivery_id"`
	URL           string  `json:"url"`
	State         string  `json:"state"`
	Verdict       string  `json:"verdict"`
	Due           string  `json:"due"`
	AttemptCount  int     `json:"attempt_count"`
	Attempt       Attempt `json:"attempt"`

	Dropped int64 `json:"dropped"` // lines that were lost, as the listener was too slow

	Raw json.RawMessage `json:"-"` // the line as it came
}

// maxLine bounds one line of the stream.
const maxLine = 4 << 20

// Tail listens until ctx ends or the server does, which is the last thing that it
// yields: an error, of which io.EOF says that the server ended the stream in
// order.
func (c *Client) Tail(ctx context.Context, f TailFilter) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		answer, err := c.listen(ctx, f)
		if err != nil {
			yield(Line{}, err)
			return
		}
		defer answer.Body.Close()
		lines := bufio.NewScanner(answer.Body)
		lines.Buffer(nil, maxLine)
		for lines.Scan() {
			line := Line{Raw: append([]byte(nil), lines.Bytes()...)}
			if err := json.Unmarshal(line.Raw, &line); err != nil {
				yield(Line{}, fmt.Errorf("a line of the stream is not what this client understands: %w", err))
				return
			}
			if !yield(line, nil) {
				return
			}
		}
		yield(Line{}, ended(ctx, lines.Err()))
	}
}

func ended(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil || errors.Is(err, io.ErrUnexpectedEOF):
		return io.EOF
	}
	return err
}

func (c *Client) listen(ctx context.Context, f TailFilter) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/tail?"+f.query().Encode(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode/100 == 2 {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, read(answer, nil)
}
