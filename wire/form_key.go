package wire

import "strings"

// segment is one step of a key: a name, or push for the empty brackets of a[].
type segment struct {
	key  string
	push bool
}

// space is what C's isspace knows; one such byte may stand before the closing
// bracket of a[].
const space = " \t\n\v\f\r"

// mangled replaces what the name of a PHP variable may not contain.
var mangled = strings.NewReplacer(".", "_", " ", "_")

// mangledOpen is mangled for a name with a bracket that is never closed.
var mangledOpen = strings.NewReplacer(".", "_", " ", "_", "[", "_")

// appendPath splits a decoded key into its segments. It stops one segment after
// the limit; no segment means that the pair is to be dropped.
func appendPath(path []segment, key string, limit int) []segment {
	key, _, _ = strings.Cut(key, "\x00")
	key = strings.TrimLeft(validText(key), " ")
	open := strings.IndexByte(key, '[')
	if key == "" || open == 0 {
		return path
	}
	if open < 0 {
		return append(path, segment{key: mangled.Replace(key)})
	}
	first, rest, ok := cutBracket(key[open:])
	if !ok {
		return append(path, segment{key: mangledOpen.Replace(key)})
	}
	path = append(path, segment{key: mangled.Replace(key[:open])}, first)
	return appendBrackets(path, rest, limit)
}

func appendBrackets(path []segment, rest string, limit int) []segment {
	for len(path) <= limit && strings.HasPrefix(rest, "[") {
		seg, after, ok := cutBracket(rest)
		if !ok {
			break
		}
		path, rest = append(path, seg), after
	}
	return path
}

// cutBracket takes "[key]" off the front of text.
func cutBracket(text string) (seg segment, rest string, ok bool) {
	inner := text[1:]
	if strings.HasPrefix(skipSpace(inner), "]") {
		return segment{push: true}, skipSpace(inner)[1:], true
	}
	end := strings.IndexByte(inner, ']')
	if end < 0 {
		return segment{}, text, false
	}
	return segment{key: inner[:end]}, inner[end+1:], true
}

func skipSpace(text string) string {
	if text != "" && strings.IndexByte(space, text[0]) >= 0 {
		return text[1:]
	}
	return text
}
