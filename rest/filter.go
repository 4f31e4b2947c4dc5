package rest

import (
	"strings"

	"github.com/onevent/onevent"
)

// operators are the prefixes of a filter's keys, longest first;
// docs/protocol/rest.md section 7.
var operators = []struct {
	prefix string
	op     onevent.Op
}{
	{"!=%", onevent.OpNotLike}, {"!%=", onevent.OpNotLike},
	{"!=", onevent.OpNotEqual}, {"!%", onevent.OpNotContains}, {"!@", onevent.OpNotIn},
	{">=", onevent.OpGreaterEqual}, {"<=", onevent.OpLessEqual},
	{"=%", onevent.OpLike}, {"%=", onevent.OpLike},
	{"!", onevent.OpNotEqual}, {">", onevent.OpGreater}, {"<", onevent.OpLess},
	{"=", onevent.OpEqual}, {"@", onevent.OpIn}, {"%", onevent.OpContains},
}

// FilterKey splits a key of a filter into its operator and the field.
func FilterKey(key string) (onevent.Op, string) {
	for _, o := range operators {
		if field, ok := strings.CutPrefix(key, o.prefix); ok {
			return o.op, field
		}
	}
	return onevent.OpEqual, key
}
