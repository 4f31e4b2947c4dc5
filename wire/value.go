package wire

import (
	"slices"
	"strconv"
	"strings"
)

// Kind tells what a Value holds.
type Kind uint8

// The kinds of a Value.
const (
	KindNull Kind = iota
	KindBool
	KindNumber
	KindString
	KindList
	KindMap
)

// Value is a nested value that never changes. It keeps the order of keys and
// the text of numbers, and its strings are valid UTF-8. The zero Value is null.
type Value struct {
	kind Kind
	text string
	node *node
}

// node holds the content of a list (items) or of a map (fields).
type node struct {
	items  []Value
	fields []Field
}

// Field is one key of a map with its value.
type Field struct {
	Key   string
	Value Value
}

// Null returns the null value.
func Null() Value { return Value{} }

// Bool returns a boolean.
func Bool(b bool) Value {
	if b {
		return Value{kind: KindBool, text: "1"}
	}
	return Value{kind: KindBool, text: "0"}
}

// Int returns a whole number.
func Int(n int64) Value { return Value{kind: KindNumber, text: strconv.FormatInt(n, 10)} }

// Number returns a number that keeps its text, however large or precise. A text
// that is no JSON number becomes a string.
func Number(text string) Value {
	if !isNumber(text) {
		return String(text)
	}
	return Value{kind: KindNumber, text: text}
}

// String returns a string. Bytes that are not UTF-8 become U+FFFD.
func String(s string) Value { return Value{kind: KindString, text: validText(s)} }

// List returns a list of the items.
func List(items ...Value) Value { return listOf(slices.Clone(items)) }

// Map returns a map of the fields in their order. When a key occurs twice the
// last value stands in the place of the first.
func Map(fields ...Field) Value {
	unique := newFieldSet(len(fields))
	for _, f := range fields {
		unique.put(validText(f.Key), f.Value)
	}
	return mapOf(unique.fields)
}

// F returns a field, for use with Map.
func F(key string, v Value) Field { return Field{Key: key, Value: v} }

func listOf(items []Value) Value { return Value{kind: KindList, node: &node{items: items}} }

func mapOf(fields []Field) Value { return Value{kind: KindMap, node: &node{fields: fields}} }

func validText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// Kind returns what v holds.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.kind == KindNull }

// IsScalar reports whether v is a boolean, a number or a string.
func (v Value) IsScalar() bool {
	return v.kind == KindBool || v.kind == KindNumber || v.kind == KindString
}

// IsList reports whether v is a list.
func (v Value) IsList() bool { return v.kind == KindList }

// IsMap reports whether v is a map.
func (v Value) IsMap() bool { return v.kind == KindMap }

// IsEmpty reports whether v is null, the empty string, or a list or map without
// content.
func (v Value) IsEmpty() bool {
	switch v.kind {
	case KindNull:
		return true
	case KindString:
		return v.text == ""
	case KindList, KindMap:
		return v.Len() == 0
	}
	return false
}

// Text returns a scalar as it stands in a form: true is "1", false is "0", a
// number is its text. Null, lists and maps have the text "".
// docs/protocol/events.md section 2.1.
func (v Value) Text() string { return v.text }

// Len returns the number of items of a list or of fields of a map, else 0.
func (v Value) Len() int {
	if v.node == nil {
		return 0
	}
	return len(v.node.items) + len(v.node.fields)
}

// Items returns the items of a list, else nil. The slice is shared: only read it.
func (v Value) Items() []Value {
	if v.kind != KindList {
		return nil
	}
	return slices.Clip(v.node.items)
}

// Fields returns the fields of a map, or the items of a list under the keys "0",
// "1" and so on, else nil. The slice is shared: only read it.
func (v Value) Fields() []Field {
	switch v.kind {
	case KindMap:
		return slices.Clip(v.node.fields)
	case KindList:
		return numbered(v.node.items)
	}
	return nil
}

// Values returns what a list or a map contains, without its keys. A form sends a
// list whose indexes have gaps as a map, so whoever wants several values of
// either kind reads them here.
func (v Value) Values() []Value {
	if v.kind != KindMap {
		return v.Items()
	}
	values := make([]Value, 0, v.Len())
	for _, f := range v.node.fields {
		values = append(values, f.Value)
	}
	return values
}

// Replaced returns a list or map in which each value is what f makes of it, and
// each key of a map what key makes of it; other values it returns as they are.
func (v Value) Replaced(key func(string) string, f func(Value) Value) Value {
	switch v.kind {
	case KindList:
		items := make([]Value, len(v.node.items))
		for i, item := range v.node.items {
			items[i] = f(item)
		}
		return listOf(items)
	case KindMap:
		fields := newFieldSet(len(v.node.fields))
		for _, field := range v.node.fields {
			fields.put(validText(key(field.Key)), f(field.Value))
		}
		return mapOf(fields.fields)
	}
	return v
}

func numbered(items []Value) []Field {
	fields := make([]Field, len(items))
	for i, item := range items {
		fields[i] = Field{Key: strconv.Itoa(i), Value: item}
	}
	return fields
}

// Equal reports whether v and other have the same kinds, texts, keys and order.
func (v Value) Equal(other Value) bool {
	if v.kind != other.kind || v.text != other.text || v.Len() != other.Len() {
		return false
	}
	if v.node == nil || v.node == other.node {
		return true
	}
	return slices.EqualFunc(v.node.items, other.node.items, Value.Equal) &&
		slices.EqualFunc(v.node.fields, other.node.fields, Field.equal)
}

func (f Field) equal(other Field) bool {
	return f.Key == other.Key && f.Value.Equal(other.Value)
}
