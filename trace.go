package onevent

import (
	"encoding/hex"
	"log/slog"
	"strings"
	"time"
)

// Trace is a place in a trace, by the identifiers of W3C Trace Context. The zero
// Trace is none.
type Trace struct {
	ID      [16]byte
	Span    [8]byte
	Sampled bool // its spans are kept
}

// ParseTrace reads the header traceparent of W3C Trace Context. What is no such
// place is none.
func ParseTrace(traceparent string) Trace {
	parts := strings.Split(traceparent, "-")
	if len(parts) < 4 || parts[0] == "ff" {
		return Trace{}
	}
	var t Trace
	var version, flags [1]byte
	if !unhex(version[:], parts[0]) || !unhex(t.ID[:], parts[1]) || !unhex(t.Span[:], parts[2]) || !unhex(flags[:], parts[3]) {
		return Trace{}
	}
	if t.ID == [16]byte{} || t.Span == [8]byte{} {
		return Trace{}
	}
	t.Sampled = flags[0]&1 == 1
	return t
}

func unhex(into []byte, text string) bool {
	if len(text) != 2*len(into) {
		return false
	}
	_, err := hex.Decode(into, []byte(text))
	return err == nil
}

// Tracer follows work from one room to another.
type Tracer interface {
	// Begin begins a span below a place in a trace; below none it begins a trace.
	Begin(kind SpanKind, name string, below Trace, at time.Time) Span
}

// SpanKind is a kind of work.
type SpanKind int

// The kinds of work that are followed.
const (
	SpanCall    SpanKind = iota // somebody calls the server
	SpanEvent                   // an event is stored
	SpanAttempt                 // a handler is called
)

// Span is a piece of work.
type Span interface {
	// Trace is its place, below which further work is done.
	Trace() Trace
	// End ends it; failure says in a word how it failed, and is empty when it did
	// not. A span that is never ended is forgotten.
	End(at time.Time, failure string, attrs ...slog.Attr)
}
