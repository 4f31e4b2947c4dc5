package wire

import "strconv"

// MarshalJSON writes v with its keys in order and its numbers as they came. The
// empty map is {} and the empty list [].
func (v Value) MarshalJSON() ([]byte, error) { return v.AppendJSON(nil), nil }

// UnmarshalJSON reads any JSON value as ParseJSON does. It sets no limits of its
// own: for the text of strangers use ParseJSON.
func (v *Value) UnmarshalJSON(data []byte) error {
	parsed, err := ParseJSON(data, unlimited)
	if err != nil {
		return err
	}
	*v = parsed
	return nil
}

// AppendJSON appends v to dst as MarshalJSON writes it.
func (v Value) AppendJSON(dst []byte) []byte {
	switch v.kind {
	case KindBool:
		return strconv.AppendBool(dst, v.text == "1")
	case KindNumber:
		return append(dst, v.text...)
	case KindString:
		return appendQuoted(dst, v.text)
	case KindList:
		return appendArray(dst, v.node.items)
	case KindMap:
		return appendObject(dst, v.node.fields)
	}
	return append(dst, "null"...)
}

func appendArray(dst []byte, items []Value) []byte {
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = item.AppendJSON(dst)
	}
	return append(dst, ']')
}

func appendObject(dst []byte, fields []Field) []byte {
	dst = append(dst, '{')
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendQuoted(dst, f.Key), ':')
		dst = f.Value.AppendJSON(dst)
	}
	return append(dst, '}')
}

// appendQuoted writes a JSON string. Its text is valid UTF-8 already, so only
// quotes, backslashes and control characters need an escape.
func appendQuoted(dst []byte, text string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := range len(text) {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[start:i]...)
		dst = appendControl(dst, c)
		start = i + 1
	}
	dst = append(dst, text[start:]...)
	return append(dst, '"')
}

func appendControl(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	const lowerHex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', lowerHex[c>>4], lowerHex[c&15])
}
