package crm

import (
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/wire"
)

// stored is a row that has been cut up and not read: a page of a list shows many
// rows, and no more of each than was selected.
type stored struct {
	record onevent.Record
	texts  [len(fields)]string // JSON of each field; empty: it is absent
}

func storedRow(r onevent.Record) *stored {
	s := &stored{record: r}
	rest := strings.TrimPrefix(string(r.Fields), "{")
	for {
		var key, value string
		if key, rest = cutJSON(rest); key == "" {
			return s
		}
		value, rest = cutJSON(rest)
		if at, known := places[strings.Trim(key, `"`)]; known {
			s.texts[at] = value
		}
	}
}

// Get gives a field by its name; false when the row has none of that name.
func (s *stored) Get(name string) (wire.Value, bool) {
	at, known := places[name]
	if !known || s.texts[at] == "" {
		return null, false
	}
	return valueOf(s.texts[at]), true
}

// valueOf reads plain text without a copy.
func valueOf(json string) (v wire.Value) {
	switch {
	case json == "null":
		return null
	case json == "[]":
		return none
	case json[0] == '"' && !strings.Contains(json, `\`):
		return wire.String(json[1 : len(json)-1])
	}
	if err := v.UnmarshalJSON([]byte(json)); err != nil {
		return null
	}
	return v
}

// jsonGap stands between the keys and values of an object.
const jsonGap = " \t\r\n,:"

// cutJSON cuts the next key or value off the text of an object; it is empty at
// the end. The text is valid, for the store takes no other.
func cutJSON(text string) (next, rest string) {
	text = strings.TrimLeft(text, jsonGap)
	n := jsonLength(text)
	return text[:n], text[n:]
}

func jsonLength(text string) int {
	if text == "" {
		return 0
	}
	switch text[0] {
	case '"':
		return quotedLength(text)
	case '{', '[':
		return nestedLength(text)
	}
	if end := strings.IndexAny(text, jsonGap+"}]"); end >= 0 {
		return end
	}
	return len(text)
}

func quotedLength(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

func nestedLength(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += quotedLength(text[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}
