// Package signature makes the secrets by which handlers check who calls them, and
// signs requests as Standard Webhooks has it: a sender's secret is "whsec_" and the
// key in base64, a signature "v1," and the HMAC-SHA256 of id, time and body in
// base64. https://www.standardwebhooks.com
package signature

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strings"
	"sync"
	"time"

	"github.com/onevent/onevent"
)

const prefix = "whsec_"

// New draws a secret: 32 random bytes.
func New() onevent.Secret {
	var b [32]byte
	rand.Read(b[:])
	return onevent.Secret(prefix + base64.StdEncoding.EncodeToString(b[:]))
}

// Signer signs with the secrets of an installation. It may be copied and used by many
// at once; the zero Signer has none.
type Signer struct {
	now, former *key
	formerUntil time.Time
}

// Read reads an installation's secrets; CodeInvalid when one has not the form. An
// installation may have none.
func Read(s onevent.InstallationSecrets) (out Signer, err error) {
	if out.now, err = read(s.SigningSecret); err != nil {
		return Signer{}, err
	}
	if out.former, err = read(s.FormerSigningSecret); err != nil {
		return Signer{}, err
	}
	out.formerUntil = s.FormerUntil
	return out, nil
}

// How many bytes the key of an operator's own secret has.
const (
	leastBytes = 24
	mostBytes  = 64
)

// Parse reads a secret that somebody brought: "whsec_" and the base64 of 24 to 64
// bytes. The error has CodeInvalid and shows nothing of it.
func Parse(secret onevent.Secret) (Signer, error) {
	k, err := read(secret)
	if err != nil || k == nil || len(k.raw) < leastBytes || len(k.raw) > mostBytes {
		return Signer{}, onevent.Errorf(onevent.CodeInvalid,
			"it must be %s and the base64 of %d to %d bytes; `onevent keys secret` makes one", prefix, leastBytes, mostBytes)
	}
	return Signer{now: k}, nil
}

// Sign returns the value of the header webhook-signature: one signature for each
// secret that is good at that moment, the newest first; empty when there is none. id
// and stamp are the headers webhook-id and webhook-timestamp.
func (s *Signer) Sign(now time.Time, id, stamp string, body []byte) string {
	if s.now == nil {
		return ""
	}
	var room [2 * (signatureSize + 1)]byte
	out := s.now.append(room[:0], id, stamp, body)
	if s.former != nil && now.Before(s.formerUntil) {
		out = s.former.append(append(out, ' '), id, stamp, body)
	}
	return string(out)
}

// key is a secret's key, with what signs by it between requests.
type key struct {
	raw     []byte
	signers sync.Pool // of *signing
}

// signing is what one request is signed with. A hash that was used once begins again
// without looking at its key.
type signing struct {
	mac  hash.Hash
	head []byte
	sum  []byte
}

func read(s onevent.Secret) (*key, error) {
	if s == "" {
		return nil, nil
	}
	text, found := strings.CutPrefix(s.Reveal(), prefix)
	raw, err := base64.StdEncoding.DecodeString(text)
	if !found || err != nil || len(raw) == 0 {
		return nil, onevent.Errorf(onevent.CodeInvalid, "a signing secret is %s and a key in base64", prefix)
	}
	return &key{raw: raw}, nil
}

const version = "v1,"

// signatureSize is that of a version and 32 bytes in base64.
const signatureSize = len(version) + (sha256.Size+2)/3*4

// append appends a signature.
func (k *key) append(dst []byte, id, stamp string, body []byte) []byte {
	s, kept := k.signers.Get().(*signing)
	if !kept {
		s = &signing{mac: hmac.New(sha256.New, k.raw)}
	}
	defer k.signers.Put(s)
	s.head = append(append(append(append(s.head[:0], id...), '.'), stamp...), '.')
	s.mac.Reset()
	s.mac.Write(s.head)
	s.mac.Write(body)
	s.sum = s.mac.Sum(s.sum[:0])
	return base64.StdEncoding.AppendEncode(append(dst, version...), s.sum)
}
