package wire_test

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/onevent/onevent/wire"
)

var fuzzLimits = wire.Limits{Depth: 16, Keys: 1000, Bytes: 64 << 10}

func FuzzParseForm(f *testing.F) {
	for _, c := range phpCases(f) {
		f.Add(c.Form)
	}
	for _, e := range examples(f) {
		f.Add(string(e.body.Append(nil)))
	}
	f.Fuzz(func(t *testing.T, form string) {
		v, err := wire.ParseForm(form, fuzzLimits)
		if err != nil {
			wantLimitOnly(t, err)
			return
		}
		checkWithin(t, v, fuzzLimits, len(form))
		once := string(wire.AppendFormFields(nil, v))
		if twice := string(wire.AppendFormFields(nil, mustForm(t, once))); twice != once {
			t.Errorf("%q is written as %q, and that as %q", form, once, twice)
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.50,-0e+9],"a":null}`, `[true,false,"\ud83d\ude00\ud800"]`, ` {"":{}} `, "[[[[", "\"\xff\"", `{"a":1,}`, "1e999"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := wire.ParseJSON(data, fuzzLimits)
		if err != nil {
			wantRefusal(t, data, err)
			return
		}
		if !json.Valid(data) {
			t.Fatalf("%q is no JSON", data)
		}
		checkWithin(t, v, fuzzLimits, len(data))
		if back := mustJSON(t, asJSON(v)); !back.Equal(v) {
			t.Errorf("%q is %s, and that is %s", data, asJSON(v), asJSON(back))
		}
	})
}

func wantLimitOnly(t *testing.T, err error) {
	t.Helper()
	var limit *wire.LimitError
	if !errors.As(err, &limit) {
		t.Fatalf("%v", err)
	}
}

func wantRefusal(t *testing.T, data []byte, err error) {
	t.Helper()
	var syntax *wire.SyntaxError
	if !errors.As(err, &syntax) {
		wantLimitOnly(t, err)
		return
	}
	if json.Valid(data) {
		t.Fatalf("%q is JSON, but %v", data, err)
	}
}

// checkWithin proves that a value keeps the limits and holds no more text than a
// replacement character for each byte that was read.
func checkWithin(t *testing.T, v wire.Value, lim wire.Limits, read int) {
	t.Helper()
	m := measure(t, v)
	if m.depth > lim.Depth || m.keys > lim.Keys || m.text > 3*read+21*m.keys {
		t.Errorf("depth %d, %d keys, %d bytes of text out of %d", m.depth, m.keys, m.text, read)
	}
}

type size struct{ depth, keys, text int }

func measure(t *testing.T, v wire.Value) size {
	t.Helper()
	total := size{text: len(v.Text())}
	if v.IsList() || v.IsMap() {
		total.depth = 1
	}
	for _, f := range v.Fields() {
		below := measure(t, f.Value)
		total.depth = max(total.depth, below.depth+1)
		total.keys += below.keys + 1
		total.text += below.text + len(f.Key)
		if !utf8.ValidString(f.Key) || !utf8.ValidString(f.Value.Text()) {
			t.Errorf("%q or %q is no UTF-8", f.Key, f.Value.Text())
		}
	}
	return total
}
