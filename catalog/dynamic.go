package catalog

import (
	"strconv"
	"strings"
)

// lookupDynamic knows ONCRMDYNAMICITEM{ADD,UPDATE,DELETE}_<type> for every type.
func lookupDynamic(code string) (*Event, bool) {
	end := strings.LastIndexByte(code, '_') + 1
	example, ok := catalogue().dynamic[code[:end]]
	if !ok || !isTypeID(code[end:]) {
		return nil, false
	}
	e := *example
	e.Code, e.EntityTypeID = code, code[end:]
	e.Name = strings.TrimSuffix(e.Name, example.EntityTypeID) + e.EntityTypeID
	return &e, true
}

// prefix is the code of a dynamic event without its type.
func (e *Event) prefix() string { return e.Code[:strings.LastIndexByte(e.Code, '_')+1] }

// isTypeID reports whether text is a positive id in its one spelling, so that two
// codes never name the same type.
func isTypeID(text string) bool {
	id, err := strconv.ParseInt(text, 10, 64)
	return err == nil && id > 0 && text[0] >= '1' && text[0] <= '9'
}

// upperASCII folds only the letters that codes are made of: "ı" and "ſ" are none,
// though Unicode would make I and S of them.
func upperASCII(code string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, code)
}
