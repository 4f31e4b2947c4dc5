package password

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// parameters say what a hash costs.
type parameters struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}

// stored is what is kept of a password, in the form of PHC strings:
// $argon2id$v=19$m=19456,t=2,p=1$SALT$HASH.
type stored struct {
	parameters
	salt, hash []byte
}

var encoding = base64.RawStdEncoding.Strict()

func (s stored) String() string {
	return s.head() + encoding.EncodeToString(s.salt) + "$" + encoding.EncodeToString(s.hash)
}

func (s stored) head() string {
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$", s.memory, s.passes, s.lanes)
}

// minSalt is the shortest salt that argon2 takes.
const minSalt = 8

// What a stored hash may ask for: a store that somebody wrote into must not
// take all memory.
const (
	maxMemory = 256 * 1024 // KiB
	maxPasses = 16
	maxLanes  = 16
)

func (p parameters) bearable() bool {
	return p.memory > 0 && p.memory <= maxMemory && p.passes > 0 && p.passes <= maxPasses && p.lanes > 0 && p.lanes <= maxLanes
}

// parse takes only what String makes, with any bearable parameters: so these
// can be raised, and what is stored goes on to match.
func parse(text string) (stored, bool) {
	var s stored
	if _, err := fmt.Sscanf(text, "$argon2id$v=19$m=%d,t=%d,p=%d$", &s.memory, &s.passes, &s.lanes); err != nil || !s.bearable() {
		return s, false
	}
	salt, hash, ok := strings.Cut(strings.TrimPrefix(text, s.head()), "$")
	if !ok {
		return s, false
	}
	var err1, err2 error
	s.salt, err1 = encoding.DecodeString(salt)
	s.hash, err2 = encoding.DecodeString(hash)
	fits := err1 == nil && err2 == nil && len(s.salt) >= minSalt && len(s.hash) == hashSize
	return s, fits && s.String() == text
}
