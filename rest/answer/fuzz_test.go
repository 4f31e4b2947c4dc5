package answer_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/wire"
)

// FuzzXML prints any value and reads it back: the elements nest as the value
// does, and their text is the value's, but for what no XML can hold.
func FuzzXML(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,2.50,{"b":null}],"~X":"]]>","xml":1,"a b":true,"":"","a:b":"<!--","-":0}`, `[[[]],{}]`, `"\u0000\ufffe\ud800\r\n\t"`, `1e400`, `{"XMLa":{"_":"&amp;"}}`, `null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := wire.ParseJSON(text, wire.Limits{})
		if err != nil {
			return
		}
		printed := answer.XML(v)
		d := xml.NewDecoder(bytes.NewReader(printed))
		open, err := d.Token()
		if start, ok := open.(xml.StartElement); err != nil || !ok || start.Name.Local != "response" {
			t.Fatalf("%s: %v %v", printed, open, err)
		}
		readContent(t, d, v)
		if _, err := d.Token(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: there is more behind its end: %v", printed, err)
		}
	})
}

// readContent reads what is inside an element, and its end.
func readContent(t *testing.T, d *xml.Decoder, v wire.Value) {
	t.Helper()
	for _, field := range v.Fields() {
		token, err := d.Token()
		start, ok := token.(xml.StartElement)
		if err != nil || !ok || start.Name.Local != field.Key && start.Name.Local != "item" || len(start.Attr) > 0 {
			t.Fatalf("%q is %v, %v", field.Key, token, err)
		}
		readContent(t, d, field.Value)
	}
	text, token, err := untilEnd(d)
	if _, ok := token.(xml.EndElement); err != nil || !ok {
		t.Fatalf("an element ends with %v, %v", token, err)
	}
	if want := wantedText(v); text != want {
		t.Errorf("got the text %q, want %q", text, want)
	}
}

func untilEnd(d *xml.Decoder) (text string, token xml.Token, err error) {
	for {
		token, err = d.Token()
		data, ok := token.(xml.CharData)
		if err != nil || !ok {
			return text, token, err
		}
		text += string(data)
	}
}

// wantedText: a boolean is 1 or nothing, and what XML excludes is U+FFFD.
func wantedText(v wire.Value) string {
	if v.Kind() == wire.KindBool && !v.PHPTrue() {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r != 0xFFFE && r != 0xFFFF {
			return r
		}
		return utf8.RuneError
	}, v.Text())
}
