package onevent

import (
	"strings"
	"time"
)

// Attempt is one HTTP request of a delivery.
type Attempt struct {
	Time   time.Time     // when it began, to the millisecond
	Status int           // HTTP status; 0: no answer
	Took   time.Duration // to the millisecond
	Error  string        // reason without secrets; empty when an answer came
	Phases Phases
	// Answer is how the answer's body begins, in the bytes that came: at most
	// AnswerBytes of them, or AnswerBytesOfSuccess after a 2xx. Whoever shows it
	// makes it harmless first.
	Answer string
}

// How much of an answer's body is kept.
const (
	AnswerBytes          = 512
	AnswerBytesOfSuccess = 64
)

// Phases are how long the parts of an attempt took, to the microsecond; 0: there
// was no such part, as there is no Connect on a connection that was kept.
type Phases struct {
	Queue   time.Duration // waiting for a connection, where the host has as many as it may
	Lookup  time.Duration // of the name
	Connect time.Duration
	TLS     time.Duration // the handshake
	Answer  time.Duration // from then on until the answer's status and headers
	Body    time.Duration // the rest of the answer
}

// Classes of attempts that did not succeed.
const (
	ClassStatus  = "status"   // an answer came, and it is not 2xx
	ClassDNS     = "dns"      // the name can't be looked up
	ClassRefused = "refused"  // no connection: refused or unreachable
	ClassTLS     = "tls"      // handshake or certificate
	ClassTimeout = "timeout"  // connecting, or the whole attempt
	ClassReset   = "reset"    // the connection ended before an answer
	ClassNotHTTP = "not_http" // what came back is not HTTP
	ClassEgress  = "egress"   // the address may not be called
)

// Class says in a word why the attempt did not succeed; empty: it did, or there
// was none. Where Error begins with none of the words of package egress, that
// word is the class.
func (a Attempt) Class() string {
	switch {
	case a.Status/100 == 2:
		return ""
	case a.Status != 0:
		return ClassStatus
	}
	switch reason, _, _ := strings.Cut(a.Error, ":"); reason {
	case "refused_address":
		return ClassEgress
	case "connect":
		return ClassRefused
	default:
		return reason
	}
}
