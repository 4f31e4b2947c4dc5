package rest

import (
	"regexp"
	"strings"

	"github.com/onevent/onevent/wire"
)

// reference is a place in the answers of earlier commands. It reaches to the
// last bracket before white space; docs/protocol/rest.md section 8.
var reference = regexp.MustCompile(`(?i)\$(result|error|total|next|time)\[\S*\]`)

// substitute replaces the references in params by what they lead to. The limits
// hold for what is inserted, that of bytes for all commands of the batch
// together; each reference counts as a key. The error is a *wire.LimitError.
func (b *batch) substitute(params wire.Value) (wire.Value, error) {
	s := b.substitution()
	out := s.value(params, 1)
	return out, s.exceeded
}

func (b *batch) substitution() substitution {
	limits := b.exchange.server.Limits
	return substitution{answers: &b.answers, limits: limits, keys: limits.Keys, inserted: &b.inserted}
}

// substitution goes through the parameters of one command.
type substitution struct {
	answers  *answers
	limits   wire.Limits
	keys     int  // that may still be inserted
	inserted *int // bytes
	exceeded error
}

func (s *substitution) value(v wire.Value, depth int) wire.Value {
	if s.exceeded != nil {
		return wire.Null()
	}
	if v.Kind() == wire.KindString {
		return s.text(v, depth)
	}
	return v.Replaced(s.inside, func(below wire.Value) wire.Value { return s.value(below, depth+1) })
}

// text replaces a text that is one reference by the value itself, and references
// inside of a text by theirs.
func (s *substitution) text(v wire.Value, depth int) wire.Value {
	text := v.Text()
	match := reference.FindStringIndex(text)
	switch {
	case match == nil:
		return v
	case match[0] > 0 || match[1] < len(text):
		return wire.String(s.inside(text))
	}
	return s.found(text, depth)
}

// found is null once a limit is exceeded.
func (s *substitution) found(ref string, depth int) wire.Value {
	s.keys--
	v := s.answers.lookup(ref)
	if !s.charge(v, depth) {
		return wire.Null()
	}
	return v
}

// inside inserts texts and numbers; other references stay as they are.
func (s *substitution) inside(text string) string {
	if !strings.Contains(text, "$") {
		return text
	}
	return reference.ReplaceAllStringFunc(text, func(ref string) string {
		if s.exceeded != nil {
			return ref
		}
		found := s.found(ref, 0)
		if k := found.Kind(); k != wire.KindString && k != wire.KindNumber {
			return ref
		}
		return found.Text()
	})
}

// lookup walks as far as the path leads: a key that is missing ends the walk at
// the level before it.
func (a *answers) lookup(ref string) wire.Value {
	name, path, _ := strings.Cut(ref, "[")
	in := section(strings.ToLower(name[len("$"):]))
	first, path, further := strings.Cut(strings.TrimSuffix(path, "]"), "][")
	at, ok := a.find(in, first)
	switch {
	case !ok:
		return a.all(in)
	case !further:
		return at
	}
	return walk(at, path)
}

func walk(at wire.Value, path string) wire.Value {
	for key := range strings.SplitSeq(path, "][") {
		below, ok := at.Get(key)
		if !ok {
			break
		}
		at = below
	}
	return at
}

// charge counts what is inserted at a depth; false once a limit is exceeded.
func (s *substitution) charge(v wire.Value, depth int) bool {
	*s.inserted += len(v.Text())
	for _, f := range v.Fields() {
		s.keys--
		*s.inserted += len(f.Key)
		if !s.charge(f.Value, depth+1) {
			return false
		}
	}
	switch {
	case s.exceeded != nil:
	case *s.inserted > s.limits.Bytes:
		s.exceeded = &wire.LimitError{Limit: "bytes", Value: s.limits.Bytes}
	case s.keys < 0:
		s.exceeded = &wire.LimitError{Limit: "keys", Value: s.limits.Keys}
	case depth > s.limits.Depth:
		s.exceeded = &wire.LimitError{Limit: "depth", Value: s.limits.Depth}
	}
	return s.exceeded == nil
}
