package wire_test

import (
	"math/rand/v2"
	"testing"

	"github.com/onevent/onevent/wire"
)

// texts are pieces of keys and strings, the awkward ones first.
var texts = []string{
	"", "[", "]", "[]", "a[b]", "&", "=", "+", " ", ".", "%", "%41", "~", "\x00", "\n", "\"", "\\", "é", "😀", "\u2028", "0", "1", "-1",
	"07", "4000000000", "ID", "id", "FIELDS", "UF_DEPARTMENT", ">=ID", "undefined", "Y", "</script>",
}

type maker struct{ *rand.Rand }

func (m maker) text() string {
	s := ""
	for range 1 + m.IntN(3) {
		s += texts[m.IntN(len(texts))]
	}
	return s
}

func (m maker) value(depth int) wire.Value {
	switch n := m.IntN(10); {
	case depth > 0 && n < 3:
		return m.object(depth - 1)
	case depth > 0 && n < 5:
		return m.list(depth - 1)
	case n == 5:
		return wire.Int(m.Int64() - 1<<62)
	case n == 6:
		return wire.Bool(m.IntN(2) == 0)
	case n == 7:
		return wire.Null()
	}
	return wire.String(m.text())
}

func (m maker) object(depth int) wire.Value {
	v := wire.Map()
	for range m.IntN(5) {
		v = v.With(m.text(), m.value(depth))
	}
	return v
}

func (m maker) list(depth int) wire.Value {
	v := wire.List()
	for i := range m.IntN(5) {
		v = v.With(string(rune('0'+i)), m.value(depth))
	}
	return v
}

func forMany(t *testing.T, check func(t *testing.T, m maker)) {
	t.Helper()
	for seed := range uint64(5000) {
		check(t, maker{rand.New(rand.NewPCG(seed, 7))})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestAnyValueSurvivesJSON(t *testing.T) {
	t.Parallel()
	forMany(t, func(t *testing.T, m maker) {
		v := m.value(4)
		if back := mustJSON(t, asJSON(v)); !back.Equal(v) {
			t.Errorf("%s is read back as %s", asJSON(v), asJSON(back))
		}
	})
}

func TestAnyValueWrittenAsAFormIsReadBack(t *testing.T) {
	t.Parallel()
	forMany(t, func(t *testing.T, m maker) {
		v := m.value(4)
		form := wire.AppendForm(nil, "data", v)
		if len(form) != wire.FormLen("data", v) {
			t.Errorf("FormLen(%s) is %d, the form has %d bytes", asJSON(v), wire.FormLen("data", v), len(form))
		}
		read := mustForm(t, string(form))
		again := mustForm(t, string(wire.AppendFormFields(nil, read)))
		if !again.Equal(read) {
			t.Errorf("%s becomes %s, then %s", form, asJSON(read), asJSON(again))
		}
	})
}

// A form can say a value exactly when it holds only strings, no empty container,
// no map that looks like a list, and no key that brackets or a NUL would cut.
func TestWhatAFormCanSayIsReadBackAsItWas(t *testing.T) {
	t.Parallel()
	plain := []string{"ID", "id", ">=ID", "a.b", "é", "07", "-1", "x y", "%41", "&=+"}
	var grow func(m maker, depth int) wire.Value
	grow = func(m maker, depth int) wire.Value {
		switch n := m.IntN(3); {
		case depth > 0 && n == 0:
			return wire.Map(wire.F(plain[m.IntN(len(plain))], grow(m, depth-1)), wire.F("last", grow(m, depth-1)))
		case depth > 0 && n == 1:
			return wire.List(grow(m, depth-1), grow(m, depth-1))
		}
		return wire.String(m.text())
	}
	forMany(t, func(t *testing.T, m maker) {
		v := wire.Map(wire.F("data", grow(m, 5)))
		if back := mustForm(t, string(wire.AppendFormFields(nil, v))); !back.Equal(v) {
			t.Errorf("%s is read back as %s", asJSON(v), asJSON(back))
		}
	})
}
