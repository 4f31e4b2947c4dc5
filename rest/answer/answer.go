// Package answer writes what a caller of the REST protocol or of the
// authorisation server gets. docs/protocol/rest.md sections 2 and 5.
package answer

import (
	"maps"
	"net/http"
	"strconv"
	"time"

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
	// for nothing, and would be forgotten OperatingWindow after Start.
	Operating time.Duration
	ResetAt   time.Time
}

// OperatingWindow is how long a run counts for `operating`.
const OperatingWindow = 10 * time.Minute

// Value is the object as it is printed.
func (t Times) Value() wire.Value {
	reset := t.ResetAt
	if reset.IsZero() {
		reset = t.Start.Add(OperatingWindow)
	}
	return wire.Map(
		wire.F("start", unix(t.Start)),
		wire.F("finish", unix(t.Finish)),
		wire.F("duration", seconds(t.Finish.Sub(t.Start))),
		wire.F("processing", seconds(t.Finish.Sub(t.Began))),
		wire.F("date_start", wire.String(Date(t.Start, t.Zone))),
		wire.F("date_finish", wire.String(Date(t.Finish, t.Zone))),
		wire.F("operating_reset_at", wire.Int(reset.Unix())),
		wire.F("operating", seconds(t.Operating)))
}

// MarshalJSON implements json.Marshaler.
func (t Times) MarshalJSON() ([]byte, error) { return t.Value().MarshalJSON() }

// Date prints a moment as docs/protocol/rest.md section 10 has it: the offset in
// digits even where it is zero.
func Date(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02T15:04:05-07:00")
}

func unix(t time.Time) wire.Value { return micros(t.UnixMicro()) }

func seconds(d time.Duration) wire.Value { return micros(d.Microseconds()) }

// micros prints microseconds as seconds.
func micros(n int64) wire.Value {
	if n == 0 {
		return wire.Int(0)
	}
	return wire.Number(strconv.FormatFloat(float64(n)/1e6, 'f', 6, 64))
}
