package crm

import "bytes"

// cutJSON cuts the next key or value off the text of an object; it is empty at
// the end. The text is valid, for the store takes no other, and its keys are
// written without escapes, for crm alone writes these rows.
func cutJSON(text []byte) (next, rest []byte) {
	start := 0
	for start < len(text) && isGap(text[start]) {
		start++
	}
	text = text[start:]
	n := jsonLength(text)
	return text[:n], text[n:]
}

// isGap says that a byte stands between the keys and values of an object.
func isGap(c byte) bool {
	return c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n'
}

func jsonLength(text []byte) int {
	if len(text) == 0 {
		return 0
	}
	switch text[0] {
	case '"':
		return quotedLength(text)
	case '{', '[':
		return nestedLength(text)
	}
	end := 0
	for end < len(text) && !isGap(text[end]) && text[end] != '}' && text[end] != ']' {
		end++
	}
	return end
}

func quotedLength(text []byte) int {
	if end := 1 + bytes.IndexByte(text[1:], '"'); end > 0 && bytes.IndexByte(text[1:end], '\\') < 0 {
		return end + 1
	}
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

func nestedLength(text []byte) int {
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
