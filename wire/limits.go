package wire

import "fmt"

// Limits bounds what a parser accepts from a stranger. A field that is zero or
// negative stands for that of DefaultLimits.
type Limits struct {
	Depth int // lists and maps inside one another, the outermost counted
	Keys  int // keys of maps and items of lists, at all depths together
	Bytes int // length of the text
}

// DefaultLimits fits REST calls with files in them (base64) and keeps what one
// call can make the parser hold to a few times its text.
var DefaultLimits = Limits{Depth: 64, Keys: 20_000, Bytes: 16 << 20}

// OrDefault puts those of DefaultLimits in the place of zero fields.
func (l Limits) OrDefault() Limits {
	if l.Depth <= 0 {
		l.Depth = DefaultLimits.Depth
	}
	if l.Keys <= 0 {
		l.Keys = DefaultLimits.Keys
	}
	if l.Bytes <= 0 {
		l.Bytes = DefaultLimits.Bytes
	}
	return l
}

// LimitError says which limit a text exceeded.
type LimitError struct {
	Limit string // "depth", "keys" or "bytes"
	Value int    // the limit, not what was found
}

// Error implements error.
func (e *LimitError) Error() string {
	return fmt.Sprintf("the parameters exceed the limit of %d %s", e.Value, e.Limit)
}

// SyntaxError says where a text stops being JSON.
type SyntaxError struct {
	Offset int // bytes read before the fault was seen
	Reason string
}

// Error implements error. It shows nothing of the text, which may hold secrets.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("invalid JSON at byte %d: %s", e.Offset, e.Reason)
}
