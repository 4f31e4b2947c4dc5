// Package seal keeps what must not be read or made up by others: tokens, and
// secrets at rest. It seals with XChaCha20-Poly1305, whose random nonces do
// not collide however many tokens are minted.
package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/onevent/onevent"
)

// KeySize is the length of a key in bytes.
const KeySize = chacha20poly1305.KeySize

// Overhead is how much longer a sealed text is than the plain one: format,
// key id, nonce and tag.
const Overhead = headerSize + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

const (
	format     = 1
	idSize     = 4
	headerSize = 1 + idSize
)

// Ring seals with its first key and opens with any: put a new key first to
// rotate, and take the old one away when nothing sealed by it matters.
type Ring struct {
	first *key
	byID  map[[idSize]byte]*key
}

type key struct {
	id   [idSize]byte
	aead cipher.AEAD
}

// NewRing makes a ring of one or more keys of KeySize bytes.
func NewRing(keys ...[]byte) (*Ring, error) {
	r := &Ring{byID: map[[idSize]byte]*key{}}
	for _, raw := range keys {
		aead, err := chacha20poly1305.NewX(raw)
		if err != nil {
			return nil, onevent.Errorf(onevent.CodeInvalid, "a key has %d bytes instead of %d", len(raw), KeySize)
		}
		k := &key{aead: aead}
		sum := sha256.Sum256(append([]byte("onevent key id"), raw...))
		copy(k.id[:], sum[:])
		if r.first == nil {
			r.first = k
		}
		r.byID[k.id] = k
	}
	if r.first == nil {
		return nil, onevent.Errorf(onevent.CodeInvalid, "there is no key")
	}
	return r, nil
}

// Seal encrypts plain for one purpose; only Open with the same purpose reads it.
func (r *Ring) Seal(purpose string, plain []byte) []byte {
	out := make([]byte, headerSize+chacha20poly1305.NonceSizeX, len(plain)+Overhead)
	out[0] = format
	copy(out[1:], r.first.id[:])
	rand.Read(out[headerSize:])
	return r.first.aead.Seal(out, out[headerSize:], plain, []byte(purpose))
}

// Open decrypts what Seal made for this purpose. The error says nothing of why
// it could not.
func (r *Ring) Open(purpose string, sealed []byte) ([]byte, error) {
	const start = headerSize + chacha20poly1305.NonceSizeX
	if len(sealed) < Overhead || sealed[0] != format {
		return nil, errSealed
	}
	k := r.byID[[idSize]byte(sealed[1:headerSize])]
	if k == nil {
		return nil, errSealed
	}
	plain, err := k.aead.Open(nil, sealed[headerSize:start], sealed[start:], []byte(purpose))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

var errSealed = onevent.Errorf(onevent.CodeDenied, "not sealed by this server for this purpose")

// NewKey draws a key.
func NewKey() []byte {
	k := make([]byte, KeySize)
	rand.Read(k)
	return k
}

// FormatKey is a key as a line of a key file.
func FormatKey(k []byte) string { return hex.EncodeToString(k) + "\n" }

// ReadFile reads a key file: 32 bytes as they are, or one key a line as 64 hex
// digits, the first of which seals. An error has CodeInvalid and shows no key.
func ReadFile(path string) (*Ring, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, onevent.Errorf(onevent.CodeInvalid, "the key file can't be read: %w", err)
	}
	if len(raw) == KeySize {
		return NewRing(raw)
	}
	var keys [][]byte
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		k, err := hex.DecodeString(line)
		if err != nil || len(k) != KeySize {
			return nil, onevent.Errorf(onevent.CodeInvalid, "the key file %s holds neither 32 bytes nor lines of 64 hex digits; `onevent keys new` makes one", path)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, onevent.Errorf(onevent.CodeInvalid, "the key file %s is empty; `onevent keys new` makes a key", path)
	}
	return NewRing(keys...)
}
