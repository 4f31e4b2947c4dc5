package admin

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/publish"
)

// problem is the body of an error answer.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Index   *int   `json:"index,omitempty"` // of the offending event, from 0
}

// indexed says which event of an array an error is about.
type indexed struct {
	index int
	err   error
}

func (e *indexed) Error() string { return "event " + strconv.Itoa(e.index) + ": " + e.err.Error() }
func (e *indexed) Unwrap() error { return e.err }

var statuses = map[onevent.Code]int{
	onevent.CodeInvalid:     http.StatusBadRequest,
	onevent.CodeDenied:      http.StatusForbidden,
	onevent.CodeNotFound:    http.StatusNotFound,
	onevent.CodeConflict:    http.StatusConflict,
	onevent.CodeTooLarge:    http.StatusRequestEntityTooLarge,
	onevent.CodeRateLimited: http.StatusTooManyRequests,
	onevent.CodeStorageFull: http.StatusServiceUnavailable,
	onevent.CodeUnavailable: http.StatusServiceUnavailable,
}

// fail answers an error. What its code does not explain is for the log alone.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	code := onevent.CodeOf(err)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		code, err = onevent.CodeUnavailable, errors.New("the request ended before its turn came: nothing was stored")
	}
	status, known := statuses[code]
	p := problem{Code: string(code), Message: err.Error()}
	if !known {
		s.Logger.ErrorContext(r.Context(), "admin request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		status, p.Message = http.StatusInternalServerError, "the server failed; its log tells why"
	}
	var at *indexed
	if errors.As(err, &at) {
		p.Index = &at.index
	}
	var early *publish.TooFast
	if errors.As(err, &early) {
		w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(early.Wait.Seconds())), 10))
	}
	writeError(w, status, p)
}

func writeError(w http.ResponseWriter, status int, p problem) {
	if c, ok := w.(*call); ok {
		c.code = p.Code
	}
	body, err := json.Marshal(map[string]problem{"error": p})
	if err != nil {
		panic(err) // three plain fields always marshal
	}
	writeBody(w, status, body)
}

// write answers what encoding/json makes of v.
func write(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	writeBody(w, status, body)
	return nil
}

// writeBody sends a JSON body. That the caller has left is not the server's
// failure: what it asked for is done.
func writeBody(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}
