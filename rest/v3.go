package rest

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/wire"
)

// Errors of REST 3.0; docs/protocol/rest.md section 5.
const v3Prefix = "BITRIX_REST_V3_EXCEPTION_"

var (
	errV3Method = &Error{Status: http.StatusNotFound, Code: v3Prefix + "METHODNOTFOUNDEXCEPTION", Description: errMethodNotFound.Description}
	errV3JSON   = &Error{Status: http.StatusBadRequest, Code: v3Prefix + "INVALIDJSONEXCEPTION", Description: "The body of the request is not JSON"}

	errV3BatchLength = errBatchLength.as(http.StatusBadRequest)
	errV3BatchMethod = errBatchMethod.as(http.StatusMethodNotAllowed)
)

func errV3Reference(path string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: v3Prefix + "INVALIDSELECTEXCEPTION",
		Description: "The reference `" + path[:min(len(path), longestName)] + "` leads to nothing"}
}

// codesV3 are the codes that REST 3.0 has for errors that are older than it. All
// others, expired_token among them, keep theirs.
var codesV3 = map[string]string{
	"ERROR_METHOD_NOT_FOUND": errV3Method.Code,
	"ACCESS_DENIED":          v3Prefix + "ACCESSDENIEDEXCEPTION",
	codeArgument:             v3Prefix + "VALIDATION_REQUESTVALIDATIONEXCEPTION",
}

// fieldsV3 are an error as REST 3.0 prints it; docs/protocol/rest.md section 5.
func fieldsV3(e *Error) wire.Value {
	code, ok := codesV3[e.Code]
	if !ok {
		code = e.Code
	}
	body := wire.Map(wire.F("code", wire.String(code)), wire.F("message", wire.String(e.Description)))
	if e.Argument != "" {
		fault := wire.Map(wire.F("message", wire.String(e.Description)), wire.F("field", wire.String(e.Argument)))
		body = body.With("validation", wire.List(fault))
	}
	return wire.Map(wire.F("error", body))
}

// runBatchV3 is batch in REST 3.0: the first failure is that of the whole call;
// docs/protocol/rest.md section 8.
func runBatchV3(ctx context.Context, c *Call) (any, error) {
	b := batchV3{batch: batchOf(c)}
	entries := entriesOf(c.Params)
	if len(entries) > batchLength {
		return nil, errV3BatchLength
	}
	ctx, done := onevent.ShareViews(ctx)
	defer done()
	for _, entry := range entries {
		if failure := b.add(ctx, entry); failure != nil {
			return nil, failure
		}
	}
	return wire.List(b.results...), nil
}

// entriesOf passes over what is no entry, such as the `auth` of an object.
func entriesOf(params wire.Value) []wire.Value {
	return slices.DeleteFunc(slices.Clone(params.Values()), func(v wire.Value) bool { return !v.IsMap() })
}

type batchV3 struct {
	batch
	results []wire.Value
	byAlias []wire.Field
}

func (b *batchV3) add(ctx context.Context, entry wire.Value) *Error {
	if ctx.Err() != nil {
		return errOverload
	}
	name, _ := entry.Get("method")
	query, _ := entry.Get("query")
	params, failure := b.substitute(wire.Merge(wire.Map(), query))
	if failure != nil {
		return failure
	}
	if notInBatch(name.Text()) {
		return errV3BatchMethod
	}
	done, failure := b.call(ctx, name.Text(), params)
	if failure != nil {
		return failure
	}
	b.results = append(b.results, done.result())
	if alias, _ := entry.Get("as"); alias.Text() != "" {
		b.byAlias = append(b.byAlias, wire.F(alias.Text(), done.result()))
	}
	return nil
}

// substitute replaces {"$ref": path} and {"$refArray": path}.
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
