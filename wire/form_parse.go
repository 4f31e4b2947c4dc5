package wire

import (
	"iter"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseForm reads a query string or a urlencoded body as PHP's parse_str does:
//
//   - a[b][c]=1 nests, a[]=1 appends, the last duplicate wins;
//   - in the first segment leading spaces are dropped and dots and spaces become
//     underscores, as does a bracket that is never closed;
//   - what follows a closed bracket and is no bracket is dropped, and so is a pair
//     whose key is empty; a key ends at a NUL.
//
// The result is a map. Below it, keys that are exactly 0 to n-1 in this order
// make a list and all others a map; every scalar is a string. Bytes that are not
// UTF-8 become U+FFFD. The only error is a *LimitError; in Limits.Keys every pair
// counts, and every list or map on the way to one.
// docs/protocol/rest.md section 3.
func ParseForm(text string, lim Limits) (Value, error) {
	lim = lim.OrDefault()
	switch {
	case text == "": // as most query strings are
		return mapOf(nil), nil
	case len(text) > lim.Bytes:
		return Value{}, &LimitError{Limit: "bytes", Value: lim.Bytes}
	}
	if v, ok := plainForm(text, lim); ok {
		return v, nil
	}
	return ParsePairs(pairsOf(text), lim)
}

// special are the bytes that mean something else in a form than themselves.
const special = "%+[. \x00"

// plainForm reads a form without any of them, such as most commands of a batch
// have; false when it is another one.
func plainForm(text string, lim Limits) (Value, bool) {
	if strings.ContainsAny(text, special) || strings.Count(text, "&") >= lim.Keys || !isASCII(text) {
		return Value{}, false
	}
	set := fieldSet{}
	for rest, more := text, true; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		if key, value, _ := strings.Cut(pair, "="); key != "" {
			set.put(key, Value{kind: KindString, text: value})
		}
	}
	return mapOf(set.fields), true
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// ParsePairs is ParseForm for keys and values that are decoded already. Its
// Limits.Bytes is for whoever made the pairs to keep.
func ParsePairs(pairs iter.Seq2[string, string], lim Limits) (Value, error) {
	p := formParser{lim: lim.OrDefault(), root: &branch{}}
	for key, text := range pairs {
		if err := p.add(key, text); err != nil {
			return Value{}, err
		}
	}
	return mapOf(p.root.closed()), nil
}

func pairsOf(text string) iter.Seq2[string, string] {
	return func(yield func(key, text string) bool) {
		for pair := range strings.SplitSeq(text, "&") {
			key, value, _ := strings.Cut(pair, "=")
			if pair != "" && !yield(unescape(key), unescape(value)) {
				return
			}
		}
	}
}

type formParser struct {
	lim  Limits
	used int
	root *branch
	path []segment
}

func (p *formParser) add(key, text string) error {
	p.path = appendPath(p.path[:0], key, p.lim.Depth)
	if len(p.path) > p.lim.Depth {
		return &LimitError{Limit: "depth", Value: p.lim.Depth}
	}
	return p.put(p.path, String(text))
}

func (p *formParser) put(path []segment, leaf Value) error {
	at := p.root
	for i, seg := range path {
		key, ok := at.key(seg)
		if !ok {
			return nil
		}
		if i == len(path)-1 {
			at.set(key, leaf)
			break
		}
		below, made := at.branch(key)
		if made {
			p.used++
		}
		at = below
	}
	return p.count()
}

func (p *formParser) count() error {
	if p.used++; p.used > p.lim.Keys {
		return &LimitError{Limit: "keys", Value: p.lim.Keys}
	}
	return nil
}

// branch is a list or map while it grows. Where below has an entry the field is
// a branch itself, else a leaf.
type branch struct {
	fieldSet
	below   []*branch
	indexed bool  // it has a key that is an index,
	highest int64 // and this is the highest; a[] takes the next one
}

// key names the place that a segment means; there is none after the largest index.
func (b *branch) key(seg segment) (string, bool) {
	switch {
	case !seg.push:
		return seg.key, true
	case !b.indexed:
		return "0", true
	case b.highest == math.MaxInt64:
		return "", false
	}
	return strconv.FormatInt(b.highest+1, 10), true
}

func (b *branch) set(key string, leaf Value) {
	b.below[b.place(key)] = nil
	b.put(key, leaf)
}

func (b *branch) branch(key string) (below *branch, made bool) {
	i := b.place(key)
	if b.below[i] == nil {
		b.below[i], made = &branch{}, true
	}
	return b.below[i], made
}

func (b *branch) place(key string) int {
	if i := b.find(key); i >= 0 {
		return i
	}
	b.put(key, Value{})
	b.below = append(b.below, nil)
	if n, ok := arrayIndex(key); ok && (!b.indexed || n > b.highest) {
		b.indexed, b.highest = true, n
	}
	return len(b.below) - 1
}

func (b *branch) closed() []Field {
	for i, below := range b.below {
		if below != nil {
			b.fields[i].Value = below.value()
		}
	}
	return b.fields
}

func (b *branch) value() Value {
	fields := b.closed()
	items := make([]Value, 0, len(fields))
	for i, f := range fields {
		if f.Key != strconv.Itoa(i) {
			return mapOf(fields)
		}
		items = append(items, f.Value)
	}
	return listOf(items)
}
