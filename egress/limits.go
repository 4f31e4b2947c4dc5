package egress

import "time"

// How long each phase of an attempt may take. A phase ends with its own time or with the attempt's, whichever comes
// first.
const (
	// connectTime bounds looking the name up and connecting, together.
	connectTime = 5 * time.Second
	// handshakeTime bounds the TLS handshake that follows.
	handshakeTime = 5 * time.Second
	// attemptTime bounds the whole attempt, waiting for a free connection included.
	attemptTime = 20 * time.Second
	// drainTime is how long a body may take once the status is known.
	drainTime = time.Second
	// pingTime is how long an HTTP/2 connection may be silent before it is asked whether it is still there, and again
	// how long it may take to say so: a dead one is noticed within half of an attempt.
	pingTime = 5 * time.Second
	// idleTime is shorter than the 5 s after which Node, uvicorn and Apache close an idle connection: a request that
	// meets such a close on its way is lost, and only the sender can avoid it.
	idleTime = 4 * time.Second
	// protocolTime is how long a host that did not offer HTTP/2 is taken for one that still does not.
	protocolTime = time.Minute
)

// How much memory a receiver can take.
const (
	// maxDrain is how much of an answer's body is read, so that its connection can be used again.
	maxDrain = 64 << 10
	// maxAnswerHeader bounds an answer's headers, those of interim answers included.
	maxAnswerHeader = 64 << 10
	// maxIdleConns bounds the memory of idle connections to all hosts together, of each sender.
	maxIdleConns = 4096
	// defaultConnsPerHost is what Config.MaxConnsPerHost is when nobody says.
	defaultConnsPerHost = 256
	// bufferSize is what an answer is read through.
	bufferSize = 4 << 10
	// maxMessage is the longest request that is copied into one buffer; a longer one goes out from where it lies.
	maxMessage = 32 << 10
)
