// Package password hashes the passwords of people by argon2id, and compares
// what is typed with what is stored. Both are slow and take memory on purpose,
// so both are bounded.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"

	"golang.org/x/crypto/argon2"

	"github.com/onevent/onevent"
)

// MaxBytes is the longest password.
const MaxBytes = 1024

// present are the parameters of new hashes: those that OWASP names first for
// argon2id. A hash takes 19 MiB.
var present = parameters{memory: 19 * 1024, passes: 2, lanes: 1}

const (
	saltSize = 16
	hashSize = 32
)

// atOnce bounds the memory that a flood of sign-ins takes: the others wait.
const atOnce = 2

var turns = make(chan struct{}, atOnce)

func turn(ctx context.Context) (leave func(), err error) {
	select {
	case turns <- struct{}{}:
		return func() { <-turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Check judges a password that is to be set: CodeInvalid unless it has 1 to
// MaxBytes bytes.
func Check(p onevent.Secret) error {
	if len(p) == 0 || len(p) > MaxBytes {
		return onevent.Errorf(onevent.CodeInvalid, "password must have 1 to %d bytes", MaxBytes)
	}
	return nil
}

// Hash gives the text to be stored for a password. It takes some hundredths of
// a second and waits while others are hashed; ctx ends the wait. CodeInvalid is
// Check's.
func Hash(ctx context.Context, p onevent.Secret) (string, error) {
	return present.hash(ctx, p)
}

func (cost parameters) hash(ctx context.Context, p onevent.Secret) (string, error) {
	if err := Check(p); err != nil {
		return "", err
	}
	leave, err := turn(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	s := cost.blank()
	rand.Read(s.salt)
	s.hash = s.of(p)
	return s.String(), nil
}

// Matches compares a password with a stored text. A text that Hash did not
// make, the empty one included, matches nothing and takes as long. The error is
// ctx's.
func Matches(ctx context.Context, text string, p onevent.Secret) (bool, error) {
	leave, err := turn(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	s, ok := parse(text)
	if !ok {
		s = nobody
	}
	if len(p) > MaxBytes {
		p, ok = p[:MaxBytes], false
	}
	same := subtle.ConstantTimeCompare(s.of(p), s.hash) == 1
	return same && ok && len(p) > 0, nil
}

// nobody is compared with where nothing is stored.
var nobody = present.blank()

func (cost parameters) blank() stored {
	return stored{parameters: cost, salt: make([]byte, saltSize), hash: make([]byte, hashSize)}
}

func (s stored) of(p onevent.Secret) []byte {
	return argon2.IDKey([]byte(p.Reveal()), s.salt, s.passes, s.memory, s.lanes, uint32(len(s.hash)))
}
