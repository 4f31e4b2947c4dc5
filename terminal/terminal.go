// Package terminal prints for people what the management API answers. What comes
// from outside, such as a URL or the answer of a receiver, can't move the cursor,
// colour the screen or hide: whatever would is written as an escape.
package terminal

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Printer prints to one place.
type Printer struct {
	Out    io.Writer
	Colour bool
}

// New prints in colour where out is a terminal and NO_COLOR does not forbid it.
func New(out io.Writer) Printer {
	return Printer{Out: out, Colour: isTerminal(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Clean makes text harmless and one line.
func Clean(text string) string {
	var out strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size <= 1:
			fmt.Fprintf(&out, `\x%02x`, text[0])
		case unicode.IsPrint(r):
			out.WriteRune(r)
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			out.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[size:]
	}
	return out.String()
}

// JSON makes a JSON text harmless, which has no such characters but inside of its
// strings, and keeps what it says.
func JSON(raw []byte) string {
	var out strings.Builder
	for _, r := range string(raw) {
		if unicode.IsPrint(r) {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return out.String()
}

// The colours of states.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	faint  = "2"
	bold   = "1"
)

func (p Printer) paint(colour, text string) string {
	if !p.Colour || colour == "" || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func colourOf(state string) string {
	switch state {
	case "delivered":
		return green
	case "waiting", "bound_later":
		return yellow
	case "failed", "cancelled", "not_sent":
		return red
	}
	return faint
}

// clock is the time of day of a time in RFC 3339.
func clock(text, layout string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return Clean(text)
	}
	return t.Format(layout)
}

// When is the time of day, with the day where that is another than now's.
func When(t, now time.Time) string {
	if t = t.In(now.Location()); t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format(time.TimeOnly)
	}
	return t.Format(dayAndDay)
}

const (
	timeOfDay = "15:04:05.000"
	dayAndDay = "2006-01-02 15:04:05"
)

// URL is a URL without what may be secret in it, made harmless.
func URL(raw string) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "a handler"
	}
	return Clean(u.Scheme + "://" + u.Host + u.EscapedPath())
}
