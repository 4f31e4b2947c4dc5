package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
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
	p := jsonParser{text: string(data), share: len(data) <= longestShared, depth: lim.Depth, room: lim.Keys, colons: bytes.Count(data, []byte{':'})}
	v := p.value()
	p.skipSpace()
	switch {
	case p.depth < 0:
		return Value{}, &LimitError{Limit: "depth", Value: lim.Depth}
	case p.room < 0:
		return Value{}, &LimitError{Limit: "keys", Value: lim.Keys}
	case p.wrong || p.at < len(p.text):
		return Value{}, syntaxError(data)
	}
	return v, nil
}

// longestShared is the length up to which the values of a text are parts of it.
// A value that is kept keeps the whole text in memory, so values of a longer one
// are copies.
const longestShared = 4096

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

// jsonParser walks over a text once. It stops where the text is wrong or a limit
// is exceeded: what it returned by then is of no use.
type jsonParser struct {
	text  string
	at    int
	share bool // values are parts of text
	wrong bool
	depth int // lists and maps that may still be opened inside one another
	room  int // keys and items that may still come
	// colons are those that may still come: no map has more keys.
	colons int
	// sizes are how many keys the newest map had of those that began with so many
	// still to be opened: events of one request look alike.
	sizes [sizesKept]uint8
}

func (p *jsonParser) stopped() bool { return p.wrong || p.depth < 0 || p.room < 0 }

func (p *jsonParser) fail() Value {
	p.wrong = true
	return Value{}
}

func (p *jsonParser) value() Value {
	p.skipSpace()
	if p.at == len(p.text) {
		return p.fail()
	}
	switch p.text[p.at] {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"':
		return Value{kind: KindString, text: p.str()}
	case 'n':
		return p.literal("null", Null())
	case 't':
		return p.literal("true", Bool(true))
	case 'f':
		return p.literal("false", Bool(false))
	}
	return p.number()
}

func (p *jsonParser) literal(text string, v Value) Value {
	if !strings.HasPrefix(p.text[p.at:], text) {
		return p.fail()
	}
	p.at += len(text)
	return v
}

func (p *jsonParser) skipSpace() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

// take steps over a byte, if it comes next.
func (p *jsonParser) take(c byte) bool {
	p.skipSpace()
	if p.at == len(p.text) || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

// first steps over the opening byte and reports whether an element follows.
func (p *jsonParser) first(end byte) bool {
	p.at++
	p.depth--
	return p.depth >= 0 && !p.take(end) && p.element()
}

// leave undoes first, unless it met the limit: that is told at the end.
func (p *jsonParser) leave() {
	if p.depth >= 0 {
		p.depth++
	}
}

// next reports whether another element follows a comma. What does not end the
// list or map is wrong then.
func (p *jsonParser) next(end byte) bool {
	if p.take(',') {
		return p.element()
	}
	p.wrong = p.wrong || !p.take(end)
	return false
}

func (p *jsonParser) element() bool {
	p.room--
	return !p.stopped()
}

const (
	fewFields    = 8 // as many keys as most objects have
	mostFields   = 64
	textPerField = 100 // bytes
	sizesKept    = 8
)

// roomForFields is for an object that begins at start and whose first key was read:
// it has as many keys as the newest at its depth, and the outermost as many as its
// text lets expect.
func (p *jsonParser) roomForFields(start int) int {
	room := fewFields
	if size := p.sizes[p.depth%sizesKept]; size > 0 {
		room = int(size)
	} else if start == 0 {
		room = min(fewFields+len(p.text)/textPerField, mostFields)
	}
	return min(room, p.colons+1)
}

func (p *jsonParser) object() Value {
	set, start := fieldSet{}, p.at
	for more := p.first('}'); more; more = p.next('}') {
		if p.skipSpace(); p.at == len(p.text) || p.text[p.at] != '"' {
			return p.fail()
		}
		key := p.str()
		if !p.take(':') {
			return p.fail()
		}
		p.colons--
		v := p.value()
		if p.stopped() {
			return Value{}
		}
		if set.fields == nil {
			set.fields = make([]Field, 0, p.roomForFields(start))
		}
		set.put(key, v)
	}
	if set.fields != nil {
		p.sizes[p.depth%sizesKept] = uint8(min(len(set.fields), mostFields))
	}
	p.leave()
	return mapOf(set.fields)
}

func (p *jsonParser) array() Value {
	var items []Value
	for more := p.first(']'); more; more = p.next(']') {
		v := p.value()
		if p.stopped() {
			return Value{}
		}
		items = append(items, v)
	}
	p.leave()
	return listOf(items)
}

// str reads a string. One with escapes, or with bytes that are not UTF-8, is left
// to encoding/json.
func (p *jsonParser) str() string {
	start := p.at
	plain, ascii := true, true
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			return p.unquoted(start, plain, ascii)
		case c == '\\':
			plain = false
			p.at++
		case c < ' ':
			p.wrong = true
			return ""
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	p.at, p.wrong = len(p.text), true
	return ""
}

func (p *jsonParser) unquoted(start int, plain, ascii bool) string {
	inner := p.text[start+1 : p.at-1]
	if plain && (ascii || utf8.ValidString(inner)) {
		return p.kept(inner)
	}
	var text string
	if json.Unmarshal([]byte(p.text[start:p.at]), &text) != nil {
		p.wrong = true
	}
	return text
}

func (p *jsonParser) kept(part string) string {
	if p.share {
		return part
	}
	return strings.Clone(part)
}

func (p *jsonParser) number() Value {
	start := p.at
	for p.at < len(p.text) && isNumberByte(p.text[p.at]) {
		p.at++
	}
	text := p.text[start:p.at]
	if !isNumber(text) {
		return p.fail()
	}
	return Value{kind: KindNumber, text: p.kept(text)}
}

func isNumberByte(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}
