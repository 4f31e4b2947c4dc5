package wire

import (
	"slices"
	"strconv"
	"strings"
)

// Get returns the value under key: exactly that key of a map, or that decimal
// index of a list.
func (v Value) Get(key string) (Value, bool) {
	switch v.kind {
	case KindMap:
		if i := position(v.node.fields, key); i >= 0 {
			return v.node.fields[i].Value, true
		}
	case KindList:
		if i, ok := v.listIndex(key); ok {
			return v.node.items[i], true
		}
	}
	return Value{}, false
}

func (v Value) listIndex(key string) (int, bool) {
	i, ok := arrayIndex(key)
	if !ok || i < 0 || i >= int64(len(v.node.items)) {
		return 0, false
	}
	return int(i), true
}

// Fold returns the value under key in any letter case: the exact key if there
// is one, else the last that differs only by case.
func (v Value) Fold(key string) (Value, bool) {
	if exact, ok := v.Get(key); ok || v.kind != KindMap {
		return exact, ok
	}
	for _, f := range slices.Backward(v.node.fields) {
		if strings.EqualFold(f.Key, key) {
			return f.Value, true
		}
	}
	return Value{}, false
}

// Path follows keys downwards, each exact as in Get.
func (v Value) Path(keys ...string) (Value, bool) {
	for _, key := range keys {
		below, ok := v.Get(key)
		if !ok {
			return Value{}, false
		}
		v = below
	}
	return v, true
}

// With returns a copy of v in which key has the value set: in the place of the
// old one, else at the end. A list stays a list while its indexes have no gap;
// null and scalars give way to a map.
func (v Value) With(key string, set Value) Value {
	if v.kind == KindList {
		return v.withIndex(key, set)
	}
	key = validText(key)
	fields := v.Fields()
	if i := position(fields, key); i >= 0 {
		fields = slices.Clone(fields)
		fields[i].Value = set
		return mapOf(fields)
	}
	return mapOf(append(fields, Field{Key: key, Value: set}))
}

func (v Value) withIndex(key string, set Value) Value {
	if i, ok := v.listIndex(key); ok {
		items := slices.Clone(v.node.items)
		items[i] = set
		return listOf(items)
	}
	if key == strconv.Itoa(v.Len()) {
		return listOf(append(v.Items(), set))
	}
	return mapOf(v.Fields()).With(key, set)
}

// Without returns a copy of v that lacks the keys, in whatever letter case. A
// list that loses an item becomes a map, so the others keep their indexes.
func (v Value) Without(keys ...string) Value {
	fields := v.Fields()
	kept := make([]Field, 0, len(fields))
	for _, f := range fields {
		if !containsFold(keys, f.Key) {
			kept = append(kept, f)
		}
	}
	if len(kept) == len(fields) {
		return v
	}
	return mapOf(kept)
}

func containsFold(keys []string, key string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) })
}

// Merge returns base with the top-level keys of over put into it: a key that
// both have is replaced whole. The result is a map; items of a list stand under
// their indexes, null and scalars have no keys. docs/protocol/rest.md section 3.
func Merge(base, over Value) Value {
	below, above := base.Fields(), over.Fields()
	merged := newFieldSet(len(below) + len(above))
	merged.fields = append(merged.fields, below...) // distinct already
	if len(above) > scanLimit {
		for _, f := range above {
			merged.put(f.Key, f.Value)
		}
		return mapOf(merged.fields)
	}
	for _, f := range above {
		if i := position(merged.fields, f.Key); i >= 0 {
			merged.fields[i].Value = f.Value
		} else {
			merged.fields = append(merged.fields, f)
		}
	}
	return mapOf(merged.fields)
}
