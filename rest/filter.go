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

// operatorMarks are the characters that operators are made of, known ones and
// those of other systems.
const operatorMarks = "!%&*+-<=>?@^|~"

// FilterKey splits a key of a filter into its operator and the field. An
// operator that it does not know stays with the field.
func FilterKey(key string) (onevent.Op, string) {
	for _, o := range operators {
		if field, ok := strings.CutPrefix(key, o.prefix); ok {
			return o.op, field
		}
	}
	return onevent.OpEqual, key
}

// KnownFilterKey is FilterKey for methods that refuse unknown operators, with
// ERROR_ARGUMENT.
func KnownFilterKey(key string) (onevent.Op, string, error) {
	op, field := FilterKey(key)
	if field != strings.TrimLeft(field, operatorMarks) {
		return "", "", ErrFilterOperator(key)
	}
	return op, field, nil
}

// ErrFilterOperator says that the operator in a filter's key can't be used.
func ErrFilterOperator(key string) *Error {
	field := strings.TrimLeft(key, operatorMarks)
	return ErrArgument("filter", "Filter operation not allowed: "+strings.TrimSuffix(key, field))
}
