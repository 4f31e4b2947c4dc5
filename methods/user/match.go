package user

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/onevent/onevent"
)

// matcher says whether any key of a field is what a condition looks for.
type matcher func([]key) bool

// comparison makes a matcher of the operator and the values; the operators that
// take no list have one value; without any, nothing is like it. A negative operator holds where the positive one
// does not.
func comparison(op onevent.Op, k kind, values []string, zone *time.Location) matcher {
	holds := forKey(positive(op), k, values, zone)
	if isNegative(op) {
		return func(keys []key) bool { return !slices.ContainsFunc(keys, holds) }
	}
	return func(keys []key) bool { return slices.ContainsFunc(keys, holds) }
}

func forKey(op onevent.Op, k kind, values []string, zone *time.Location) func(key) bool {
	if len(values) == 0 {
		return func(key) bool { return false }
	}
	switch op {
	case onevent.OpEqual, onevent.OpIn:
		return isOneOf(k, values, zone)
	case onevent.OpContains:
		part := strings.ToLower(values[0])
		return func(k key) bool { return strings.Contains(k.text, part) }
	case onevent.OpLike:
		pattern := likePattern(strings.ToLower(values[0]))
		return func(k key) bool { return pattern.MatchString(k.text) }
	}
	return isBeyond(op, k, values[0], zone)
}

func isOneOf(k kind, values []string, zone *time.Location) func(key) bool {
	wanted := map[key]bool{}
	for _, v := range values {
		if one, ok := keyOf(k, v, zone); ok {
			wanted[one] = true
		}
	}
	return func(k key) bool { return wanted[k] }
}

// isBeyond is never so of what has no value.
func isBeyond(op onevent.Op, k kind, value string, zone *time.Location) func(key) bool {
	bound, ok := keyOf(k, value, zone)
	return func(k key) bool {
		if !ok || !k.given {
			return false
		}
		n := k.compare(bound)
		switch op {
		case onevent.OpLess:
			return n < 0
		case onevent.OpLessEqual:
			return n <= 0
		case onevent.OpGreater:
			return n > 0
		}
		return n >= 0
	}
}

// likePattern reads the patterns of onevent.OpLike.
func likePattern(like string) *regexp.Regexp {
	var out strings.Builder
	escaped := false
	for _, r := range like {
		switch {
		case r == '\\' && !escaped:
			escaped = true
			continue
		case r == '%' && !escaped:
			out.WriteString(".*")
		case r == '_' && !escaped:
			out.WriteString(".")
		default:
			out.WriteString(regexp.QuoteMeta(string(r)))
		}
		escaped = false
	}
	return regexp.MustCompile("(?s)^" + out.String() + "$")
}

var opposites = map[onevent.Op]onevent.Op{
	onevent.OpNotEqual:    onevent.OpEqual,
	onevent.OpNotIn:       onevent.OpIn,
	onevent.OpNotContains: onevent.OpContains,
	onevent.OpNotLike:     onevent.OpLike,
}

func isNegative(op onevent.Op) bool { return opposites[op] != "" }

func positive(op onevent.Op) onevent.Op {
	if p := opposites[op]; p != "" {
		return p
	}
	return op
}
