package wire

import (
	"encoding/json"
	"errors"
	"math"
	"unicode/utf8"
)

// unlimited is for text that this program wrote or that was bounded before. The
// depth is that of encoding/json.
var unlimited = Limits{Depth: 10_000, Keys: math.MaxInt, Bytes: math.MaxInt}

// ParseJSON reads one JSON value and nothing after it. Keys keep their order and
// numbers their text; of duplicate keys the last value stands in the place of the
// first. Bytes that are not UTF-8, and halves of surrogate pairs, become U+FFFD.
// The error is a *LimitError or a *SyntaxError. docs/protocol/rest.md section 3.
func ParseJSON(data []byte, lim Limits) (Value, error) {
	lim = lim.OrDefault()
	if len(data) > lim.Bytes {
		return Value{}, &LimitError{Limit: "bytes", Value: lim.Bytes}
	}
	if deeper(data, lim.Depth) {
		return Value{}, &LimitError{Limit: "depth", Value: lim.Depth}
	}
	if !json.Valid(data) {
		return Value{}, syntaxError(data)
	}
	p := jsonParser{data: data, room: lim.Keys}
	v := p.value()
	if p.room < 0 {
		return Value{}, &LimitError{Limit: "keys", Value: lim.Keys}
	}
	return v, nil
}

// deeper reports whether data nests lists and maps deeper than limit.
func deeper(data []byte, limit int) bool {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = stringEnd(data, i)
		case '[', '{':
			if depth++; depth > limit {
				return true
			}
		case ']', '}':
			depth--
		}
	}
	return false
}

// stringEnd returns the place of the quote that closes the string opened at i,
// or that of the last byte.
func stringEnd(data []byte, i int) int {
	for i++; i < len(data) && data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return min(i, len(data)-1)
}

func syntaxError(data []byte) error {
	var raw json.RawMessage
	var fault *json.SyntaxError
	if errors.As(json.Unmarshal(data, &raw), &fault) {
		return &SyntaxError{Offset: int(fault.Offset), Reason: syntaxReason(data, fault)}
	}
	return &SyntaxError{Reason: "not JSON"}
}

func syntaxReason(data []byte, fault *json.SyntaxError) string {
	if int(fault.Offset) >= len(data) && fault.Error() == "unexpected end of JSON input" {
		return "it ends too early"
	}
	return "unexpected character"
}

// jsonParser walks over text that json.Valid has accepted, so it looks only at
// what tells the values apart.
type jsonParser struct {
	data []byte
	at   int
	room int // keys and items that may still come; below 0 the limit is exceeded
}

func (p *jsonParser) value() Value {
	switch c := p.peek(); c {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"':
		return Value{kind: KindString, text: p.str()}
	case 'n':
		p.at += len("null")
		return Null()
	case 't':
		p.at += len("true")
		return Bool(true)
	case 'f':
		p.at += len("false")
		return Bool(false)
	}
	return p.number()
}

// peek skips white space and returns the byte after it.
func (p *jsonParser) peek() byte {
	for {
		switch c := p.data[p.at]; c {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return c
		}
	}
}

// more steps over the opening byte or a comma and reports whether an element
// follows that still fits the limit.
func (p *jsonParser) more(end byte) bool {
	p.at++
	if p.peek() == end {
		p.at++
		return false
	}
	p.room--
	return p.room >= 0
}

// next reports whether a comma follows, and another element after it.
func (p *jsonParser) next() bool {
	comma := p.peek() == ','
	p.at++
	if comma {
		p.room--
	}
	return comma && p.room >= 0
}

func (p *jsonParser) object() Value {
	set := newFieldSet(0)
	for more := p.more('}'); more; more = p.next() {
		p.peek()
		key := p.str()
		p.peek()
		p.at++
		set.put(key, p.value())
		if p.room < 0 {
			break
		}
	}
	return mapOf(set.fields)
}

func (p *jsonParser) array() Value {
	var items []Value
	for more := p.more(']'); more; more = p.next() {
		items = append(items, p.value())
		if p.room < 0 {
			break
		}
	}
	return listOf(items)
}

func (p *jsonParser) str() string {
	start := p.at
	end := stringEnd(p.data, start)
	p.at = end + 1
	inner := p.data[start+1 : end]
	if isPlainText(inner) {
		return string(inner)
	}
	var text string
	if json.Unmarshal(p.data[start:p.at], &text) != nil {
		return validText(string(inner))
	}
	return text
}

func isPlainText(inner []byte) bool {
	for _, c := range inner {
		if c == '\\' {
			return false
		}
	}
	return utf8.Valid(inner)
}

func (p *jsonParser) number() Value {
	start := p.at
	for p.at < len(p.data) && isNumberByte(p.data[p.at]) {
		p.at++
	}
	return Value{kind: KindNumber, text: string(p.data[start:p.at])}
}

func isNumberByte(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}
