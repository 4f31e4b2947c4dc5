// Package answer writes what a caller of the REST protocol or of the
// authorisation server gets. docs/protocol/rest.md sections 2 and 5.
package answer

import (
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/onevent/onevent/rest/limit"
	"github.com/onevent/onevent/wire"
)

// fixed headers are on every answer; their slices are shared, so they are never
// appended to. docs/protocol/rest.md section 2.
var fixed = map[string][]string{
	"Access-Control-Allow-Origin":  {"*"},
	"Access-Control-Allow-Headers": {"origin, content-type, accept, authorization, x-request-id, idempotency-key"},
	"Access-Control-Allow-Methods": {"GET, POST, OPTIONS"},
	"X-Content-Type-Options":       {"nosniff"},
}

// Headers sets what every answer carries, errors and refusals included;
// docs/protocol/rest.md section 2.
func Headers(w http.ResponseWriter) { maps.Copy(w.Header(), fixed) }

// Preflight answers the question of a browser before its call. It reports false
// when the request is no such question.
func Preflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions {
		return false
	}
	Headers(w)
	w.WriteHeader(http.StatusNoContent)
	return true
}

// Write writes a whole answer.
func Write(w http.ResponseWriter, status int, contentType string, body []byte) {
	Headers(w)
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // a failure means that the client went away
}

// Times is the object `time` of a success; docs/protocol/rest.md section 5.
type Times struct {
	Start  time.Time // the call came
	Began  time.Time // its method began
	Finish time.Time
	Zone   *time.Location // of the dates
	// Operating is how long the method ran within ten minutes, this call
	// included, and ResetAt when the oldest of that is forgotten. Zero: it counts
	// for nothing, and would be forgotten limit.Window after Start.
	Operating time.Duration
	ResetAt   time.Time
}

// AppendJSON appends the object as it is printed.
func (t Times) AppendJSON(dst []byte) []byte {
	reset := t.ResetAt
	if reset.IsZero() {
		reset = t.Start.Add(limit.Window)
	}
	dst = appendMicros(append(dst, `{"start":`...), t.Start.UnixMicro())
	dst = appendMicros(append(dst, `,"finish":`...), t.Finish.UnixMicro())
	dst = appendMicros(append(dst, `,"duration":`...), t.Finish.Sub(t.Start).Microseconds())
	dst = appendMicros(append(dst, `,"processing":`...), t.Finish.Sub(t.Began).Microseconds())
	dst = AppendDate(append(dst, `,"date_start":"`...), t.Start, t.Zone)
	dst = AppendDate(append(dst, `","date_finish":"`...), t.Finish, t.Zone)
	dst = strconv.AppendInt(append(dst, `","operating_reset_at":`...), reset.Unix(), 10)
	dst = appendMicros(append(dst, `,"operating":`...), t.Operating.Microseconds())
	return append(dst, '}')
}

// MarshalJSON implements json.Marshaler.
func (t Times) MarshalJSON() ([]byte, error) { return t.AppendJSON(nil), nil }

// Value is the object as a value.
func (t Times) Value() wire.Value {
	v, err := wire.ParseJSON(t.AppendJSON(nil), wire.Limits{})
	if err != nil {
		panic(err) // what AppendJSON writes is JSON
	}
	return v
}

// Date prints a moment as docs/protocol/rest.md section 10 has it: the offset in
// digits even where it is zero.
func Date(t time.Time, zone *time.Location) string { return string(AppendDate(nil, t, zone)) }

// AppendDate appends what Date prints.
func AppendDate(dst []byte, t time.Time, zone *time.Location) []byte {
	dst = t.In(zone).AppendFormat(dst, time.RFC3339) // the form that time prints fastest
	if last := len(dst) - 1; dst[last] == 'Z' {
		return append(dst[:last], "+00:00"...)
	}
	return dst
}

// appendMicros prints microseconds as seconds.
func appendMicros(dst []byte, n int64) []byte {
	if n == 0 {
		return append(dst, '0')
	}
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	dst = strconv.AppendInt(dst, n/1e6, 10)
	fraction := strconv.AppendInt(append(dst, '.'), 1e6+n%1e6, 10) // seven digits, the first of them 1
	return append(fraction[:len(dst)+1], fraction[len(dst)+2:]...)
}
