package admin

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/onevent/onevent"
)

type attemptItem struct {
	Time   string `json:"time"`
	Status int    `json:"status"` // 0: no answer
	MS     int64  `json:"ms"`
	Error  string `json:"error"`
	Class  string `json:"class"`
	Phases phases `json:"phases"`
	Answer string `json:"answer"`
}

func attemptItemOf(a *onevent.Attempt) attemptItem {
	return attemptItem{
		Time: a.Time.UTC().Format(timeLayout), Status: a.Status, MS: a.Took.Milliseconds(), Error: a.Error,
		Class: a.Class(), Phases: phases(a.Phases), Answer: harmless(a.Answer),
	}
}

type phases onevent.Phases

// MarshalJSON writes the phases that there were, in milliseconds with three
// decimals.
func (p phases) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for _, part := range []struct {
		name string
		took time.Duration
	}{
		{"queue_ms", p.Queue}, {"lookup_ms", p.Lookup}, {"connect_ms", p.Connect}, {"tls_ms", p.TLS},
		{"answer_ms", p.Answer}, {"body_ms", p.Body},
	} {
		if part.took.Microseconds() == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = strconv.AppendQuote(b, part.name)
		b = strconv.AppendFloat(append(b, ':'), float64(part.took.Microseconds())/1000, 'f', 3, 64)
	}
	return append(b, '}'), nil
}

// harmless makes text of what a stranger answered: whatever would not be seen, or
// would change how the rest is seen, is written as an escape.
func harmless(answer string) string {
	var out strings.Builder
	for len(answer) > 0 {
		r, size := utf8.DecodeRuneInString(answer)
		switch {
		case r == '\n', r == '\t', unicode.IsPrint(r) && (r != utf8.RuneError || size > 1):
			out.WriteString(answer[:size])
		case size == 1:
			fmt.Fprintf(&out, `\x%02x`, answer[0])
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
		answer = answer[size:]
	}
	return out.String()
}
