// Package egress is the only package that opens connections to strangers: deliveries, tests of a handler and
// callbacks all go through its Client. Each connection's address is judged when it is dialled, after the name was
// looked up, so that neither a name that changes its mind nor a redirect leads inside.
package egress

import (
	"context"
	"time"

	"github.com/onevent/onevent"
)

// Poster sends one request: an attempt. Client is the Poster to use; tests and faults stand in for it.
type Poster interface {
	Post(ctx context.Context, r Request) (Response, error)
}

// Request is one POST. Post reads the request but neither keeps nor changes it, so Body may be shared by many.
type Request struct {
	// URL is sent exactly as written: no byte of its path or query is changed; a fragment is left out. A user
	// and password become an Authorization header unless Header has one. docs/protocol/events.md section 2.1.
	URL string
	// ContentType is the header of that name; empty means none.
	ContentType string
	// Header holds further headers, name and value, in any case.
	Header [][2]string
	Body   []byte
	// Timeout bounds the whole attempt, waiting for a free connection included; 0 means Config.Timeout.
	Timeout time.Duration
}

// Response is what a receiver answered, and what that took.
type Response struct {
	// Status is the HTTP status, redirects included, which are never followed; 0 when there was no answer.
	Status int
	// RetryAfter is the header of that name, as sent.
	RetryAfter string
	// Beginning is how the answer's body begins: its first onevent.AnswerBytes bytes, or fewer when it was cut short or
	// did not come in time. A receiver may have put anything there, what it was sent included.
	Beginning string
	// Duration is how long the whole attempt took, with or without an answer.
	Duration time.Duration
	// Phases are its parts, as far as it came.
	Phases onevent.Phases
}
