package user

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent/rest"
)

// key is a value in the form in which values are compared: letter case does not
// count.
type key struct {
	given  bool  // false: there is no value; it is less than any
	number int64 // of a moment: milliseconds
	text   string
}

func (k key) compare(other key) int {
	return cmp.Or(
		compareBool(k.given, other.given),
		cmp.Compare(k.number, other.number),
		strings.Compare(k.text, other.text))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// keyOf reads a value as a field of a kind compares it. A text that is no such
// value is compared with nothing.
func keyOf(k kind, value string, zone *time.Location) (key, bool) {
	switch {
	case value == "":
		return key{}, true
	case k == number || k == department:
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		return key{given: true, number: n}, err == nil
	case k == moment || k == date:
		m, ok := rest.ParseTime(value, zone)
		return key{given: true, number: m.Time.UnixMilli()}, ok
	}
	return key{given: true, text: strings.ToLower(value)}, true
}

// keys are those of a person: several for a field of several values, and at
// least one.
func (f *field) keys(c *rest.Call, p person) []key {
	return f.keysAs(f.kind, c, p)
}

func (f *field) keysAs(k kind, c *rest.Call, p person) []key {
	var out []key
	for _, v := range valuesOf(f.show(c, p)) {
		value := v.Text()
		if f.kind == yesNo {
			value = yesOrNo(v)
		}
		if one, ok := keyOf(k, value, c.Zone()); ok {
			out = append(out, one)
		}
	}
	if len(out) == 0 {
		return []key{{}}
	}
	return out
}
