package rest

import (
	"net/http"
	"strings"

	"github.com/onevent/onevent/wire"
)

// substitute replaces {"$ref": path} and {"$refArray": path};
// docs/protocol/rest.md section 8.
func (b *batchV3) substitute(query wire.Value) (wire.Value, *Error) {
	s := substitutionV3{substitution: b.substitution(), results: wire.Map(b.byAlias...)}
	out := s.value(query, 1)
	switch {
	case s.failure != nil:
		return out, s.failure
	case s.exceeded != nil:
		return out, errorOfRequest(s.exceeded)
	}
	return out, nil
}

type substitutionV3 struct {
	substitution
	results wire.Value
	failure *Error // the first
}

func (s *substitutionV3) value(v wire.Value, depth int) wire.Value {
	if s.exceeded != nil || s.failure != nil {
		return wire.Null()
	}
	if kind, path, ok := referenceV3(v); ok {
		return s.find(kind, path, depth)
	}
	return v.Replaced(asItIs, func(below wire.Value) wire.Value { return s.value(below, depth+1) })
}

func asItIs(key string) string { return key }

const (
	refValue = "$ref"
	refList  = "$refArray"
)

// referenceV3 reads a map that is a reference and nothing else.
func referenceV3(v wire.Value) (kind, path string, ok bool) {
	if !v.IsMap() || v.Len() != 1 {
		return "", "", false
	}
	f := v.Fields()[0]
	return f.Key, f.Value.Text(), f.Key == refValue || f.Key == refList
}

func (s *substitutionV3) find(kind, path string, depth int) wire.Value {
	keys := strings.SplitN(path, ".", s.limits.Depth)
	found, ok := s.results.Path(keys...)
	if kind == refList {
		ok = len(keys) > 1
		found = wire.List(collect(s.results, keys, nil)...)
	}
	if !ok {
		s.failure = errV3Reference(path)
	}
	s.keys--
	if !s.charge(found, depth) {
		return wire.Null()
	}
	return found
}

// itemsKey is where the answer to a list keeps its rows in REST 3.0.
const itemsKey = "items"

// collect follows keys downwards, through every item of the lists on the way.
func collect(v wire.Value, keys []string, into []wire.Value) []wire.Value {
	if v.IsList() {
		for _, item := range v.Items() {
			into = collect(item, keys, into)
		}
		return into
	}
	if len(keys) == 0 {
		return append(into, v)
	}
	if below, ok := v.Get(keys[0]); ok {
		return collect(below, keys[1:], into)
	}
	if rows, ok := v.Get(itemsKey); ok && rows.IsList() {
		return collect(rows, keys, into)
	}
	return into
}

func errV3Reference(path string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: v3Prefix + "INVALIDSELECTEXCEPTION",
		Description: "The reference `" + path[:min(len(path), longestName)] + "` leads to nothing"}
}
