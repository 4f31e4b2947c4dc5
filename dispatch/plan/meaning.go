package plan

import (
	"net/http"
	"strconv"
	"time"
)

// Meaning is what the end of an attempt means: docs/concepts.md, the table of
// outcomes.
type Meaning uint8

// The meanings.
const (
	Success Meaning = iota // 2xx
	Failure                // no answer, 408, 5xx: retried, and the destination failed
	Fault                  // other 3xx and 4xx: retried, the fault of this delivery alone
	Busy                   // 429 or 503 with Retry-After: no retry is used, the destination pauses
	Gone                   // 410: the handler is disabled
)

// Classify reads an answer; status 0 means that none came. The pause is that of
// Retry-After, in seconds or as a date, at most MaxPause.
func Classify(status int, retryAfter string, now time.Time) (Meaning, time.Duration) {
	switch {
	case status >= 200 && status <= 299:
		return Success, 0
	case status == http.StatusGone:
		return Gone, 0
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		if pause, ok := pauseOf(retryAfter, now); ok {
			return Busy, pause
		}
	}
	if status >= 300 && status <= 499 && status != http.StatusRequestTimeout {
		return Fault, 0
	}
	return Failure, 0
}

func pauseOf(retryAfter string, now time.Time) (time.Duration, bool) {
	var pause time.Duration
	if n, err := strconv.ParseUint(retryAfter, 10, 31); err == nil {
		pause = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(retryAfter); err == nil {
		pause = t.Sub(now)
	} else {
		return 0, false
	}
	return min(max(pause, 0), MaxPause), true
}
