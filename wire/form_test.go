package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/onevent/onevent/wire"
)

// testdata/parse_str.json holds what PHP 8.2 makes of each form with parse_str,
// and what http_build_query makes of that again.
func TestFormsAreReadAndWrittenAsPHPDoes(t *testing.T) {
	t.Parallel()
	for _, c := range phpCases(t) {
		t.Run(c.Form, func(t *testing.T) {
			t.Parallel()
			got := mustForm(t, c.Form)
			if want := wire.Map(c.Value.Fields()...); !got.Equal(want) {
				t.Errorf("read as %s, PHP reads %s", asJSON(got), asJSON(want))
			}
			if back := string(wire.AppendFormFields(nil, got)); back != c.Back {
				t.Errorf("written as %s, PHP writes %s", back, c.Back)
			}
		})
	}
}

type phpCase struct {
	Form  string     `json:"form"`
	Value wire.Value `json:"value"`
	Back  string     `json:"back"`
}

func phpCases(t testing.TB) []phpCase {
	t.Helper()
	data, err := os.ReadFile("testdata/parse_str.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []phpCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestBytesThatAreNoTextBecomeTheReplacementCharacter(t *testing.T) {
	t.Parallel()
	got := mustForm(t, "a%FFb=%C3%28&c[%ED%A0%80]=x")
	want := wire.Map(wire.F("a\uFFFDb", wire.String("\uFFFD(")), wire.F("c", wire.Map(wire.F("\uFFFD", wire.String("x")))))
	if !got.Equal(want) {
		t.Errorf("got %s, want %s", asJSON(got), asJSON(want))
	}
}

func TestAFormBeyondALimitIsRefusedByName(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, form string
		lim        wire.Limits
		refused    string
	}{
		{"depth at the limit", "a[b][c]=1", wire.Limits{Depth: 3}, ""},
		{"depth above the limit", "a[b][c][d]=1", wire.Limits{Depth: 3}, "depth"},
		{"depth of appended brackets", "a[][][]=1", wire.Limits{Depth: 3}, "depth"},
		{"a scalar has depth 1", "a=1", wire.Limits{Depth: 1}, ""},
		{"depth 1000 by default", "a" + strings.Repeat("[x]", 1000) + "=1", wire.Limits{}, "depth"},
		{"keys at the limit", "a=1&b=2", wire.Limits{Keys: 2}, ""},
		{"keys above the limit", "a=1&b=2&c=3", wire.Limits{Keys: 2}, "keys"},
		{"a pair and a map on its way are two keys", "a[b]=1", wire.Limits{Keys: 2}, ""},
		{"a map on the way counts", "a[b]=1", wire.Limits{Keys: 1}, "keys"},
		{"duplicates count", "a=1&a=2&a=3", wire.Limits{Keys: 2}, "keys"},
		{"bytes at the limit", "a=12", wire.Limits{Bytes: 4}, ""},
		{"bytes above the limit", "a=123", wire.Limits{Bytes: 4}, "bytes"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := wire.ParseForm(c.form, c.lim)
			wantLimit(t, err, c.refused)
		})
	}
}

func wantLimit(t *testing.T, err error, name string) {
	t.Helper()
	var limit *wire.LimitError
	switch {
	case name == "" && err != nil:
		t.Errorf("refused: %v", err)
	case name != "" && (!errors.As(err, &limit) || limit.Limit != name):
		t.Errorf("got %v, want the limit of %s", err, name)
	case name != "" && !strings.Contains(err.Error(), fmt.Sprint(limit.Value, " ", name)):
		t.Errorf("the message %q does not name the limit", err)
	}
}

// A parser whose work grows with the square of its input needs hours for these.
func TestManyKeysCostNoMoreThanTheirNumber(t *testing.T) {
	t.Parallel()
	const n = 100_000
	cases := map[string]func(i int) string{
		"indexes":                func(i int) string { return fmt.Sprintf("a[%d]=1", i) },
		"indexes backwards":      func(i int) string { return fmt.Sprintf("a[%d]=1", n-i) },
		"appended":               func(int) string { return "a[]=1" },
		"one key again":          func(int) string { return "a=1" },
		"two keys in turn":       func(i int) string { return fmt.Sprintf("a[%d]=1", i%2) },
		"top-level keys":         func(i int) string { return fmt.Sprintf("k%d=1", i) },
		"list and map in turn":   func(i int) string { return []string{"a=1", "a[b]=1"}[i%2] },
		"a list of maps":         func(i int) string { return fmt.Sprintf("a[%d][b]=1", i) },
		"unclosed brackets":      func(i int) string { return fmt.Sprintf("a[b][%d=1", i) },
		"keys without a bracket": func(i int) string { return fmt.Sprintf("a]%d=1", i) },
	}
	for name, pair := range cases {
		t.Run(name, func(t *testing.T) {
			form := repeat(n, pair)
			v, err := wire.ParseForm(form, wire.Limits{Keys: 3 * n})
			if err != nil {
				t.Fatal(err)
			}
			_ = wire.AppendFormFields(nil, v)
			_ = asJSON(v)
		})
	}
}

func repeat(n int, pair func(int) string) string {
	pairs := make([]string, n)
	for i := range pairs {
		pairs[i] = pair(i)
	}
	return strings.Join(pairs, "&")
}

func TestManyBracketsInOneKeyStopAtTheLimitOfDepth(t *testing.T) {
	t.Parallel()
	for _, bracket := range []string{"[x]", "[]", "[", "[x", "[]]", "x]"} {
		_, err := wire.ParseForm("a"+strings.Repeat(bracket, 1_000_000)+"=1", wire.Limits{})
		var limit *wire.LimitError
		if err != nil && !errors.As(err, &limit) {
			t.Errorf("%q: %v", bracket, err)
		}
	}
}

func TestASparseIndexCostsOneKey(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	v := mustForm(t, "a[4000000000]=1&a[]=2&a[9223372036854775807]=3&a[]=4")
	runtime.ReadMemStats(&after)
	want := `{"a":{"4000000000":"1","4000000001":"2","9223372036854775807":"3"}}`
	if asJSON(v) != want {
		t.Errorf("got %s, want %s", asJSON(v), want)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<10 {
		t.Errorf("reading four pairs allocated %d bytes", used)
	}
}

func TestValuesAreWrittenByTheRulesOfEvents(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, value, want string
	}{
		{"a string", `"a b"`, "data=a+b"},
		{"a number keeps its text", `1.50`, "data=1.50"},
		{"a large number keeps its digits", `12345678901234567890`, "data=12345678901234567890"},
		{"true and false", `[true,false]`, "data%5B0%5D=1&data%5B1%5D=0"},
		{"null has no pair", `{"a":null,"b":1}`, "data%5Bb%5D=1"},
		{"a null in a list keeps the others' indexes", `[1,null,2]`, "data%5B0%5D=1&data%5B2%5D=2"},
		{"empty list and map have no pair", `{"a":[],"b":{},"c":[{}]}`, ""},
		{"an empty string has one", `{"a":""}`, "data%5Ba%5D="},
		{"null alone", `null`, ""},
		{"escapes", `{">=A[0]":"~*'()!$,:/@&=+%é"}`,
			"data%5B%3E%3DA%5B0%5D%5D=%7E%2A%27%28%29%21%24%2C%3A%2F%40%26%3D%2B%25%C3%A9"},
		{"not escaped", `"aZ09-_."`, "data=aZ09-_."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := mustJSON(t, c.value)
			if got := string(wire.AppendForm(nil, "data", v)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got := wire.FormLen("data", v); got != len(c.want) {
				t.Errorf("FormLen is %d, want %d", got, len(c.want))
			}
		})
	}
}

func TestPairsAreJoinedToWhatIsThere(t *testing.T) {
	t.Parallel()
	got := wire.AppendForm([]byte("event=X"), "a b", wire.List(wire.Int(1), wire.Int(2)))
	if want := "event=X&a+b%5B0%5D=1&a+b%5B1%5D=2"; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := wire.AppendForm([]byte("event=X"), "a", wire.Null()); string(got) != "event=X" {
		t.Errorf("a key without pairs left %s", got)
	}
}

// What a stranger sends as short JSON may be long as a form; the length is known
// without writing it.
func TestTheLengthOfAFormIsToldWithoutMemory(t *testing.T) {
	t.Parallel()
	items := make([]wire.Value, 20_000)
	for i := range items {
		items[i] = wire.Int(1)
	}
	v := wire.Map(wire.F(strings.Repeat("k", 1<<20), wire.List(items...)))
	if got := wire.FormLen("data", v); got < 20_000<<20 {
		t.Errorf("FormLen is %d", got)
	}
}

func mustForm(t testing.TB, form string) wire.Value {
	t.Helper()
	v, err := wire.ParseForm(form, wire.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func mustJSON(t testing.TB, text string) wire.Value {
	t.Helper()
	v, err := wire.ParseJSON([]byte(text), wire.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func asJSON(v wire.Value) string { return string(v.AppendJSON(nil)) }

func TestPairsAreNotDecodedAgain(t *testing.T) {
	t.Parallel()
	v, err := wire.ParsePairs(maps.All(map[string]string{"a[%5B+]": "%26+&="}), wire.Limits{})
	if got := asJSON(v); err != nil || got != `{"a":{"%5B+":"%26+&="}}` {
		t.Errorf("got %s %v", got, err)
	}
}

// A form without escapes and brackets is read on a way of its own: an escape that
// means nothing takes the other.
func TestAFormIsReadAlikeWithAndWithoutEscapes(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"a=1", "a=1&b=2&a=3", "a=1&&=x&c&d=e=f", "0=x&1=y", "1=y&0=x", "&", "=", "a", "a&a", "A=1&a=2", "a]=1", "a-b=1&a_b=2", strings.Repeat("k=v&", 50)} {
		plain := mustForm(t, form)
		other := mustForm(t, form+"&%5F=1")
		if want := plain.With("_", wire.String("1")); !other.Equal(want) {
			t.Errorf("%q is %s, and with an escape %s", form, asJSON(plain), asJSON(other))
		}
	}
	many := strings.Repeat("k=v&", 10)
	if _, err := wire.ParseForm(many, wire.Limits{Keys: 9}); err == nil {
		t.Error("ten pairs pass a limit of nine")
	}
	if _, err := wire.ParseForm(many, wire.Limits{Keys: 10}); err != nil {
		t.Errorf("ten pairs within a limit of ten: %v", err)
	}
}
