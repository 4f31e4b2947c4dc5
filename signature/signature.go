// Package signature signs what is sent, as Standard Webhooks says: whoever has the
// secret can tell that a body is this server's, whole, and of now.
package signature

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent"
)

// prefix begins the text of a secret; base64 of its bytes follows.
const prefix = "whsec_"

// How many bytes a secret has: those that are drawn, and what others may bring.
const (
	drawnBytes = 32
	leastBytes = 24
	mostBytes  = 64
)

// Key signs. It prints and logs as "***".
type Key struct{ raw []byte }

// Format prints "***" for every verb.
func (Key) Format(f fmt.State, _ rune) { io.WriteString(f, "***") }

// LogValue returns "***".
func (Key) LogValue() slog.Value { return slog.StringValue("***") }

// NewSecret draws a secret.
func NewSecret() onevent.Secret {
	var raw [drawnBytes]byte
	rand.Read(raw[:])
	return onevent.Secret(prefix + base64.StdEncoding.EncodeToString(raw[:]))
}

// Parse reads a secret: `whsec_` and the base64 of 24 to 64 bytes. The error has
// CodeInvalid and shows nothing of it.
func Parse(secret onevent.Secret) (Key, error) {
	text, found := strings.CutPrefix(secret.Reveal(), prefix)
	raw, err := base64.StdEncoding.DecodeString(text)
	if !found || err != nil || len(raw) < leastBytes || len(raw) > mostBytes {
		return Key{}, onevent.Errorf(onevent.CodeInvalid, "it must be %s and the base64 of %d to %d bytes; `onevent keys secret` makes one", prefix, leastBytes, mostBytes)
	}
	return Key{raw}, nil
}

// Header is the value of the header webhook-signature: one signature for each key,
// so that a receiver who knows any of them can verify. The id and the moment, to
// the second, are those of the headers webhook-id and webhook-timestamp.
func Header(keys []Key, id string, at time.Time, body []byte) string {
	var out strings.Builder
	for i, k := range keys {
		if i > 0 {
			out.WriteByte(' ')
		}
		out.WriteString("v1," + k.sign(id, at, body))
	}
	return out.String()
}

func (k Key) sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, k.raw)
	io.WriteString(mac, id+"."+strconv.FormatInt(at.Unix(), 10)+".")
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
