package devportal

import (
	"io"
	"net/http"
)

// maxEcho is how much of a request the echo handler reads: more than any event.
const maxEcho = 16 << 20

// echo answers every request with 200 and nothing else.
func echo(_ http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, io.LimitReader(r.Body, maxEcho)) // whatever comes is answered alike
}
