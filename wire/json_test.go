package wire_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/onevent/onevent/wire"
)

func TestJSONKeepsOrderAndNumbers(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, in, want string }{
		{"order of keys", `{"b":1,"a":2,"B":3}`, `{"b":1,"a":2,"B":3}`},
		{"numbers' text", `[1.50,1e3,-0,9007199254740993,123456789012345678901234567890]`,
			`[1.50,1e3,-0,9007199254740993,123456789012345678901234567890]`},
		{"empty list and map", `{"a":[],"b":{}}`, `{"a":[],"b":{}}`},
		{"scalars", ` [ true , false , null , "x" ] `, `[true,false,null,"x"]`},
		{"the last duplicate in the place of the first", `{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{"duplicates written differently", `{"a":1,"\u0061":2}`, `{"a":2}`},
		{"escapes", `"\u00e9\/\n\u0001\"\\\ud83d\ude00"`, `"é/\n\u0001\"\\😀"`},
		{"a slash and an angle bracket stay", `"</a>&"`, `"</a>&"`},
		{"bytes that are not UTF-8", "\"a\xffb\"", `"a` + "\uFFFD" + `b"`},
		{"half of a surrogate pair", `"\ud800x"`, `"` + "\uFFFD" + `x"`},
		{"a NUL", `"\u0000"`, `"\u0000"`},
		{"a scalar alone", `7`, `7`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := mustJSON(t, c.in)
			if got := asJSON(v); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if again := mustJSON(t, asJSON(v)); !again.Equal(v) {
				t.Errorf("%s is read back as %s", c.want, asJSON(again))
			}
		})
	}
}

func TestWhatIsNotJSONIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"", " ", "{", "[1", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,}`, "[1,]", "[1 2]", "[,]", `{1:2}`, `"a`, `"\x"`, `"\u12"`,
		"01", "+1", "1.", ".5", "1e", "-", "NaN", "tru", "nul", "True", "'a'", "{} x", "1 2", "[1]]", "\"\n\"", "\ufeff{}", "a=1",
		strings.Repeat("]", 100),
	} {
		_, err := wire.ParseJSON([]byte(in), wire.Limits{})
		var syntax *wire.SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(in)+1 {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestAnErrorOfSyntaxShowsNothingOfTheText(t *testing.T) {
	t.Parallel()
	_, err := wire.ParseJSON([]byte(`{"access_token":"secret"Z}`), wire.Limits{})
	if want := "invalid JSON at byte 25: unexpected character"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestJSONBeyondALimitIsRefusedByName(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, in string
		lim      wire.Limits
		refused  string
	}{
		{"depth at the limit", `{"a":[{}]}`, wire.Limits{Depth: 3}, ""},
		{"depth above the limit", `{"a":[{"b":[]}]}`, wire.Limits{Depth: 3}, "depth"},
		{"brackets in a string have no depth", `["[[[[\"[[["]`, wire.Limits{Depth: 1}, ""},
		{"depth 1000 by default", strings.Repeat("[", 1000) + strings.Repeat("]", 1000), wire.Limits{}, "depth"},
		{"a million brackets left open", strings.Repeat("[", 1_000_000), wire.Limits{}, "depth"},
		{"keys at the limit", `{"a":1,"b":[2]}`, wire.Limits{Keys: 3}, ""},
		{"keys above the limit", `{"a":1,"b":[2,3]}`, wire.Limits{Keys: 3}, "keys"},
		{"keys above it inside", `[[1,2,3],[4]]`, wire.Limits{Keys: 3}, "keys"},
		{"duplicates count", `{"a":1,"a":2,"a":3}`, wire.Limits{Keys: 2}, "keys"},
		{"the default of keys", "[" + strings.Repeat("1,", wire.DefaultLimits.Keys) + "1]", wire.Limits{}, "keys"},
		{"bytes at the limit", `"ab"`, wire.Limits{Bytes: 4}, ""},
		{"bytes above the limit", `"abc"`, wire.Limits{Bytes: 4}, "bytes"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := wire.ParseJSON([]byte(c.in), c.lim)
			wantLimit(t, err, c.refused)
		})
	}
}

func TestManyJSONKeysCostNoMoreThanTheirNumber(t *testing.T) {
	t.Parallel()
	const n = 100_000
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"k%d":%d`, i, i)
	}
	text := "{" + strings.Join(keys, ",") + "," + strings.Join(keys, ",") + "}"
	v, err := wire.ParseJSON([]byte(text), wire.Limits{Keys: 2 * n})
	if err != nil || v.Len() != n {
		t.Fatalf("%d keys, %v", v.Len(), err)
	}
}

func TestAValueIsPartOfAGoStruct(t *testing.T) {
	t.Parallel()
	type row struct {
		ID   int        `json:"id"`
		Data wire.Value `json:"data"`
	}
	var got row
	if err := json.Unmarshal([]byte(`{"id":1,"data":{"z":1.0,"a":null}}`), &got); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got)
	if want := `{"id":1,"data":{"z":1.0,"a":null}}`; err != nil || string(text) != want {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
}

// BenchmarkParseJSON reads a row of forty fields, as a record has them.
func BenchmarkParseJSON(b *testing.B) {
	var fields []wire.Field
	for i := range 40 {
		fields = append(fields, wire.F(fmt.Sprintf("SOME_FIELD_%d", i), wire.String("some value")))
	}
	text := wire.Map(fields...).AppendJSON(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.ParseJSON(text, wire.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
