package answer

import (
	"bytes"
	"encoding/xml"
	"strings"
	"unicode"

	"github.com/onevent/onevent/wire"
)

// itemElement is the element of what has an index instead of a name.
const itemElement = "item"

// XML prints a value as the content of the element `response`: each key of a map
// is an element, each item of a list an element `item`; true is 1, false and
// null are empty. docs/protocol/rest.md section 5.
//
// What no element can be named is `item` too, and what no XML can hold becomes
// U+FFFD.
func XML(v wire.Value) []byte {
	var out bytes.Buffer
	out.WriteString("<response>")
	writeContent(&out, v)
	out.WriteString("</response>")
	return out.Bytes()
}

func writeContent(out *bytes.Buffer, v wire.Value) {
	switch v.Kind() {
	case wire.KindMap, wire.KindList:
		for _, f := range v.Fields() {
			writeElement(out, elementName(f.Key), f.Value)
		}
	case wire.KindBool:
		if v.PHPTrue() {
			out.WriteByte('1')
		}
	default:
		xml.EscapeText(out, []byte(v.Text())) // a bytes.Buffer takes all
	}
}

func writeElement(out *bytes.Buffer, name string, v wire.Value) {
	out.WriteString("<" + name + ">")
	writeContent(out, v)
	out.WriteString("</" + name + ">")
}

// elementName is the key where it is a name of XML without a colon.
func elementName(key string) string {
	for i, r := range key {
		if !isNameRune(r, i == 0) {
			return itemElement
		}
	}
	if key == "" || strings.EqualFold(key[:min(3, len(key))], "xml") {
		return itemElement
	}
	return key
}

func isNameRune(r rune, first bool) bool {
	if r == '_' || r < unicode.MaxASCII && unicode.IsLetter(r) {
		return true
	}
	return !first && (r == '-' || r == '.' || '0' <= r && r <= '9')
}
