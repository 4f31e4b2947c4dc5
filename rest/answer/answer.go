// Package answer writes what a caller of the REST protocol or of the
// authorisation server gets. docs/protocol/rest.md sections 2 and 5.
package answer

import (
	"net/http"
	"strconv"
	"time"
)

// Headers sets what every answer carries, errors and refusals included;
// docs/protocol/rest.md section 2.
func Headers(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Headers", "origin, content-type, accept, authorization, x-request-id, idempotency-key")
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	h.Set("X-Content-Type-Options", "nosniff")
}

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

// JSON writes a body that is JSON already.
func JSON(w http.ResponseWriter, status int, contentType string, body []byte) {
	Headers(w)
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // a failure means that the client went away
}

// Times is the object `time` of a success; docs/protocol/rest.md section 5.
type Times struct {
	Start            seconds `json:"start"`
	Finish           seconds `json:"finish"`
	Duration         seconds `json:"duration"`
	Processing       seconds `json:"processing"`
	DateStart        string  `json:"date_start"`
	DateFinish       string  `json:"date_finish"`
	OperatingResetAt int64   `json:"operating_reset_at"`
	Operating        seconds `json:"operating"`
}

// operatingWindow is how long a run counts for `operating`.
const operatingWindow = 10 * time.Minute

// NewTimes tells the times of a call: when it came, when its method began, and
// when it ended. Dates are in the zone.
func NewTimes(start, began, finish time.Time, zone *time.Location) Times {
	return Times{
		Start:            unix(start),
		Finish:           unix(finish),
		Duration:         seconds(finish.Sub(start)),
		Processing:       seconds(finish.Sub(began)),
		DateStart:        Date(start, zone),
		DateFinish:       Date(finish, zone),
		OperatingResetAt: start.Add(operatingWindow).Unix(),
	}
}

// Date prints a moment as docs/protocol/rest.md section 10 has it: the offset in
// digits even where it is zero.
func Date(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02T15:04:05-07:00")
}

// seconds prints as a JSON number with microseconds.
type seconds time.Duration

func unix(t time.Time) seconds { return seconds(t.UnixMicro()) * seconds(time.Microsecond) }

// MarshalJSON implements json.Marshaler.
func (s seconds) MarshalJSON() ([]byte, error) {
	micros := time.Duration(s).Microseconds()
	if micros == 0 {
		return []byte("0"), nil
	}
	return strconv.AppendFloat(nil, float64(micros)/1e6, 'f', 6, 64), nil
}
