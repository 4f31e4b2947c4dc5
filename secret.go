package onevent

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Secret is text that must not be seen: it prints, logs and marshals as "***".
// Reveal gives the text to the few places that put it on the wire. Package fmt
// calls no methods of unexported fields, so a struct that keeps a Secret in one
// must not be printed.
type Secret string

const redacted = "***"

// String returns "***".
func (Secret) String() string { return redacted }

// Format prints "***" for every verb: fmt shows the text itself beside a verb
// that does not fit it.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue returns "***".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "***", so that JSON shows no secret by accident.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Reveal returns the text itself.
func (s Secret) Reveal() string { return string(s) }

// Equal compares in constant time.
func (s Secret) Equal(text string) bool {
	return subtle.ConstantTimeCompare([]byte(s), []byte(text)) == 1
}

// The alphabets of the identifiers in docs/protocol/oauth.md section 6.
const (
	Hex          = "0123456789abcdef"
	Digits       = "0123456789"
	LowerAlnum   = "0123456789abcdefghijklmnopqrstuvwxyz"
	Alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// RandomText draws n characters of the alphabet from the system's secure
// source, each with the same probability.
func RandomText(n int, alphabet string) string {
	out := make([]byte, 0, n)
	limit := byte(256 / len(alphabet) * len(alphabet) % 256)
	var buf [64]byte
	for len(out) < n {
		rand.Read(buf[:])
		for _, b := range buf {
			if len(out) < n && (limit == 0 || b < limit) {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}
