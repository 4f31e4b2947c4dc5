package wire

import (
	"math"
	"strconv"
	"strings"
)

// maxExact bounds the whole numbers that a float64 tells apart.
const maxExact = 1 << 53

// Int returns v as a whole number: a number, a string of digits (spaces around
// it are dropped), or true and false as 1 and 0. A fraction of zeros and an
// exponent are accepted below 2^53. It reports false for anything else, also for
// what does not fit in an int64.
func (v Value) Int() (int64, bool) {
	if !v.IsScalar() {
		return 0, false
	}
	text := strings.Trim(v.text, " \t\r\n")
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	return wholeFloat(text)
}

func wholeFloat(text string) (int64, bool) {
	if !isNumber(text) || !strings.ContainsAny(text, ".eE") {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= maxExact {
		return 0, false
	}
	return int64(f), true
}

// Truthy reports whether v means yes: 1, "1", true and "Y" alike. False are
// null, false, zero, "", "0", "N" and "false" in any letter case, and a list or
// map without content. docs/protocol/rest.md sections 3 and 10.
func (v Value) Truthy() bool {
	if v.kind == KindString && (strings.EqualFold(v.text, "N") || strings.EqualFold(v.text, "false")) {
		return false
	}
	return v.PHPTrue()
}

// PHPTrue reports whether PHP takes v for true, for parameters that follow it to
// the letter: "N" and "false" are true there. docs/protocol/rest.md section 8.
func (v Value) PHPTrue() bool {
	switch v.kind {
	case KindBool:
		return v.text == "1"
	case KindNumber:
		f, err := strconv.ParseFloat(v.text, 64)
		return err != nil || f != 0
	case KindString:
		return v.text != "" && v.text != "0"
	}
	return v.Len() > 0
}

// isNumber reports whether text is a number in the grammar of JSON.
func isNumber(text string) bool {
	rest := strings.TrimPrefix(text, "-")
	whole := digits(rest)
	if whole == 0 || (whole > 1 && rest[0] == '0') {
		return false
	}
	rest, ok := afterFraction(rest[whole:])
	return ok && isExponent(rest)
}

func afterFraction(rest string) (string, bool) {
	if !strings.HasPrefix(rest, ".") {
		return rest, true
	}
	n := digits(rest[1:])
	return rest[1+n:], n > 0
}

func isExponent(rest string) bool {
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	rest = rest[1:]
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	return rest != "" && digits(rest) == len(rest)
}

// digits returns how many decimal digits text begins with.
func digits(text string) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

// arrayIndex reads a key that PHP turns into an integer index: canonical decimal,
// so "07", "+7" and "-0" stay text.
func arrayIndex(key string) (int64, bool) {
	if key == "" || len(key) > 20 || (key[0] != '-' && (key[0] < '0' || key[0] > '9')) {
		return 0, false
	}
	n, err := strconv.ParseInt(key, 10, 64)
	return n, err == nil && (n == 0) == (key == "0") && (n == 0 || key[digitsStart(key)] != '0')
}

func digitsStart(key string) int {
	if key[0] == '-' {
		return 1
	}
	return 0
}
