package wire_test

import (
	"strings"
	"testing"

	"github.com/onevent/onevent/wire"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		v      wire.Value
		kind   wire.Kind
		text   string
		scalar bool
		empty  bool
	}{
		{wire.Value{}, wire.KindNull, "", false, true},
		{wire.Null(), wire.KindNull, "", false, true},
		{wire.Bool(true), wire.KindBool, "1", true, false},
		{wire.Bool(false), wire.KindBool, "0", true, false},
		{wire.Int(-7), wire.KindNumber, "-7", true, false},
		{wire.Number("1.50"), wire.KindNumber, "1.50", true, false},
		{wire.Number("1e400"), wire.KindNumber, "1e400", true, false},
		{wire.Number("07"), wire.KindString, "07", true, false},
		{wire.Number("NaN"), wire.KindString, "NaN", true, false},
		{wire.Number(""), wire.KindString, "", true, true},
		{wire.String("x"), wire.KindString, "x", true, false},
		{wire.String("a\xff"), wire.KindString, "a\uFFFD", true, false},
		{wire.List(), wire.KindList, "", false, true},
		{wire.Map(), wire.KindMap, "", false, true},
		{wire.List(wire.Null()), wire.KindList, "", false, false},
	}
	for _, c := range cases {
		if c.v.Kind() != c.kind || c.v.Text() != c.text || c.v.IsScalar() != c.scalar || c.v.IsEmpty() != c.empty {
			t.Errorf("%s: kind %d, text %q, scalar %t, empty %t", asJSON(c.v), c.v.Kind(), c.v.Text(), c.v.IsScalar(), c.v.IsEmpty())
		}
		if c.v.IsNull() != (c.kind == wire.KindNull) || c.v.IsList() != (c.kind == wire.KindList) || c.v.IsMap() != (c.kind == wire.KindMap) {
			t.Errorf("%s: its kind is told wrongly", asJSON(c.v))
		}
	}
}

func TestWholeNumbers(t *testing.T) {
	t.Parallel()
	whole := map[string]int64{
		`1`: 1, `"1"`: 1, `true`: 1, `false`: 0, `-5`: -5, `" 12 "`: 12, `"007"`: 7, `1.0`: 1, `1e3`: 1000, `"2.0"`: 2,
		`9223372036854775807`: 9223372036854775807, `-9223372036854775808`: -9223372036854775808, `9007199254740991.0`: 1<<53 - 1,
	}
	for text, want := range whole {
		if got, ok := mustJSON(t, text).Int(); !ok || got != want {
			t.Errorf("%s is %d, %t", text, got, ok)
		}
	}
	for _, text := range []string{
		`null`, `""`, `"x"`, `1.5`, `"1.5"`, `9223372036854775808`, `"-9223372036854775809"`, `9007199254740992.0`, `9007199254740993.0`, `1e30`, `1e999`,
		`"0x10"`, `"1_000"`, `"inf"`, `"1 2"`, `[1]`, `{"0":1}`, `"Y"`,
	} {
		if got, ok := mustJSON(t, text).Int(); ok {
			t.Errorf("%s has become %d", text, got)
		}
	}
}

func TestYesAndNo(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text        string
		truthy, php bool
	}{
		{`1`, true, true}, {`"1"`, true, true}, {`true`, true, true}, {`"Y"`, true, true}, {`"y"`, true, true}, {`"true"`, true, true},
		{`2`, true, true}, {`"x"`, true, true}, {`[0]`, true, true}, {`"0.0"`, true, true}, {`0.1`, true, true},
		{`"N"`, false, true}, {`"n"`, false, true}, {`"false"`, false, true}, {`"FALSE"`, false, true},
		{`0`, false, false}, {`0.0`, false, false}, {`-0`, false, false}, {`"0"`, false, false}, {`""`, false, false}, {`false`, false, false},
		{`null`, false, false}, {`[]`, false, false}, {`{}`, false, false},
	}
	for _, c := range cases {
		v := mustJSON(t, c.text)
		if v.Truthy() != c.truthy || v.PHPTrue() != c.php {
			t.Errorf("%s: Truthy %t, PHPTrue %t", c.text, v.Truthy(), v.PHPTrue())
		}
	}
}

func TestLookingUp(t *testing.T) {
	t.Parallel()
	v := mustJSON(t, `{"filter":1,"FILTER":2,"Filter":3,"list":["a",{"x":9}],"n":null}`)
	cases := []struct {
		name string
		get  func() (wire.Value, bool)
		want string
	}{
		{"the exact key", func() (wire.Value, bool) { return v.Get("FILTER") }, "2"},
		{"no other case", func() (wire.Value, bool) { return v.Get("fIlter") }, ""},
		{"fold: the exact key first", func() (wire.Value, bool) { return v.Fold("filter") }, "1"},
		{"fold: else the last", func() (wire.Value, bool) { return v.Fold("fILTER") }, "3"},
		{"fold: on a list", func() (wire.Value, bool) { return v.Path("list", "0") }, `"a"`},
		{"fold: nothing", func() (wire.Value, bool) { return v.Fold("nothing") }, ""},
		{"a null is there", func() (wire.Value, bool) { return v.Get("n") }, "null"},
		{"a path", func() (wire.Value, bool) { return v.Path("list", "1", "x") }, "9"},
		{"a path that ends early", func() (wire.Value, bool) { return v.Path("filter", "x") }, ""},
		{"the empty path", func() (wire.Value, bool) { return wire.Int(4).Path() }, "4"},
		{"an index beyond the list", func() (wire.Value, bool) { return v.Path("list", "2") }, ""},
		{"an index below it", func() (wire.Value, bool) { return v.Path("list", "-1") }, ""},
		{"an index written otherwise", func() (wire.Value, bool) { return v.Path("list", "01") }, ""},
		{"an index that is no number", func() (wire.Value, bool) { return v.Path("list", "") }, ""},
	}
	for _, c := range cases {
		got, ok := c.get()
		if ok != (c.want != "") || ok && asJSON(got) != c.want || !ok && !got.IsNull() {
			t.Errorf("%s: got %s, %t", c.name, asJSON(got), ok)
		}
	}
}

func TestChangesMakeCopies(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, got, want string }{
		{"a new key at the end", asJSON(mustJSON(t, `{"a":1}`).With("b", wire.Int(2))), `{"a":1,"b":2}`},
		{"an old key in its place", asJSON(mustJSON(t, `{"a":1,"b":2}`).With("a", wire.Int(3))), `{"a":3,"b":2}`},
		{"null gives way to a map", asJSON(wire.Null().With("a", wire.Int(1))), `{"a":1}`},
		{"an item of a list", asJSON(mustJSON(t, `[1,2]`).With("1", wire.Int(3))), `[1,3]`},
		{"the next item of a list", asJSON(mustJSON(t, `[1,2]`).With("2", wire.Int(3))), `[1,2,3]`},
		{"a gap makes a map of a list", asJSON(mustJSON(t, `[1]`).With("5", wire.Int(3))), `{"0":1,"5":3}`},
		{"without, any case", asJSON(mustJSON(t, `{"Auth":1,"AUTH":2,"b":3}`).Without("auth", "x")), `{"b":3}`},
		{"without an item of a list", asJSON(mustJSON(t, `[1,2,3]`).Without("1")), `{"0":1,"2":3}`},
		{"without what is not there", asJSON(mustJSON(t, `[1,2]`).Without("x")), `[1,2]`},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, c.got, c.want)
		}
	}
}

func TestAValueNeverChanges(t *testing.T) {
	t.Parallel()
	items := []wire.Value{wire.Int(1), wire.Int(2)}
	list := wire.List(items...)
	items[0] = wire.Int(9)
	grown := list.With("2", wire.Int(3))
	other := list.With("2", wire.Int(4))
	base := wire.Map(wire.F("a", list))
	merged := wire.Merge(base, wire.Map(wire.F("a", wire.Int(5)), wire.F("b", wire.Int(6))))
	_, _ = base.With("a", wire.Null()), append(base.Fields(), wire.F("c", wire.Null()))
	got := strings.Join([]string{asJSON(list), asJSON(grown), asJSON(other), asJSON(base), asJSON(merged)}, " ")
	if want := `[1,2] [1,2,3] [1,2,4] {"a":[1,2]} {"a":5,"b":6}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMergeReplacesTopLevelKeys(t *testing.T) {
	t.Parallel()
	cases := []struct{ base, over, want string }{
		{`{"a":1,"f":{"x":1}}`, `{"f":{"y":2},"b":3}`, `{"a":1,"f":{"y":2},"b":3}`},
		{`{"a":1}`, `[]`, `{"a":1}`},
		{`{"a":1}`, `["x","y"]`, `{"a":1,"0":"x","1":"y"}`},
		{`["x"]`, `["y"]`, `{"0":"y"}`},
		{`null`, `null`, `{}`},
		{`{"a":1}`, `"text"`, `{"a":1}`},
		{`{"a":1}`, `{"A":2}`, `{"a":1,"A":2}`},
	}
	for _, c := range cases {
		if got := asJSON(wire.Merge(mustJSON(t, c.base), mustJSON(t, c.over))); got != c.want {
			t.Errorf("%s over %s: got %s, want %s", c.over, c.base, got, c.want)
		}
	}
}

func TestAListIsReadUnderItsIndexes(t *testing.T) {
	t.Parallel()
	list := mustJSON(t, `["a","b"]`)
	gaps := mustForm(t, "x[3]=a&x[7]=b")
	inner, _ := gaps.Get("x")
	if f := list.Fields(); len(f) != 2 || f[1].Key != "1" || f[1].Value.Text() != "b" {
		t.Errorf("fields of a list: %v", f)
	}
	if inner.Items() != nil || len(inner.Values()) != 2 || inner.Values()[1].Text() != "b" || len(list.Values()) != 2 {
		t.Error("a map has no items but values")
	}
	if wire.Int(1).Fields() != nil || wire.Null().Values() != nil || wire.String("x").Len() != 0 {
		t.Error("a scalar has content")
	}
}

func TestEqualLooksAtKindsAndOrder(t *testing.T) {
	t.Parallel()
	same := [][2]string{{`{"a":[1,{}]}`, `{"a":[1,{}]}`}, {`null`, `null`}}
	differ := [][2]string{{`1`, `"1"`}, {`1`, `1.0`}, {`{"a":1,"b":2}`, `{"b":2,"a":1}`}, {`[]`, `{}`}, {`[1]`, `[2]`}, {`{"a":1}`, `{"b":1}`}, {`[1]`, `[1,1]`}}
	for _, c := range same {
		if !mustJSON(t, c[0]).Equal(mustJSON(t, c[1])) {
			t.Errorf("%s and %s differ", c[0], c[1])
		}
	}
	for _, c := range differ {
		if mustJSON(t, c[0]).Equal(mustJSON(t, c[1])) {
			t.Errorf("%s and %s are equal", c[0], c[1])
		}
	}
}

func TestAMapHasEachKeyOnce(t *testing.T) {
	t.Parallel()
	fields := []wire.Field{}
	for range 3 {
		for _, key := range strings.Split("abcdefghijklmnop", "") {
			fields = append(fields, wire.F(key, wire.Int(int64(len(fields)))))
		}
	}
	v := wire.Map(fields...)
	if last, _ := v.Get("p"); v.Len() != 16 || last.Text() != "47" {
		t.Errorf("got %s", asJSON(v))
	}
}
