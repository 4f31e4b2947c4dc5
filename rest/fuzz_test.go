package rest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// The fuzz targets run their seeds among the tests. To look for more:
// go test ./rest -run "^$" -fuzz "^FuzzBatch$" -fuzztime 10m -fuzzminimizetime 200x

// fuzzLimits are small, so that a short input reaches them.
var fuzzLimits = wire.Limits{Depth: 8, Keys: 200, Bytes: 4 << 10}

// fuzzBench is a portal whose methods never fail by themselves.
func fuzzBench(f *testing.F) *bench {
	f.Helper()
	p := testportal.Open(f)
	server := rest.New(rest.Config{
		Registry: rest.NewRegistry(
			rest.Batch(),
			rest.Method{Name: "echo", Func: echo, V3: echo},
			rest.Method{Name: "list", Func: list},
			rest.Method{Name: "rows", Func: gives(json.RawMessage(rows)), V3: gives(json.RawMessage(rows))},
			rest.Method{Name: "refuses", Func: fails(rest.ErrModule("Access denied."))},
		),
		Authority: p.Authority, Clock: p.Clock, Logger: p.Logger, Limits: fuzzLimits,
	})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.Serve(w, r, p.Row(), testportal.Base, testportal.Addresses{}.Endpoints(p.Row(), testportal.Base), strings.Split(r.URL.Path, "/")[2:])
	})
	return &bench{p, handler, p.Token(testportal.Admin)}
}

func echo(_ context.Context, c *rest.Call) (any, error) { return c.Params, nil }

const rows = `{"items":[{"id":3,"t":"x y"},{"id":4.50,"t":null}],"b":true,"":{"a]":"$result[a]"}}`

// maps are the five of docs/protocol/rest.md section 8.
var maps = []string{"result", "result_error", "result_total", "result_next", "result_time"}

// FuzzBatch sends four commands. Whatever they are, the answer is JSON with the
// five maps, whose keys are those of cmd, and not longer than the limits explain.
func FuzzBatch(f *testing.F) {
	for _, seed := range [][4]string{
		{"rows", "echo?x=$result[a]", "echo?x=$result[a][items][1][id]&y=a$result[a][b]b+$time[a][start]", "list?start=50"},
		{"refuses", "echo?x=$error[a][error]", "batch?cmd[a]=echo", "echo?$result[a]=1&x[$result=2"},
		{"echo?a%00b=%00&c[][]=1", "ECHO?x=%24ReSuLt[a][c][0]", "echo?x=$next[d]&y=$total[d]", "echo#?x=1"},
		{"echo?x=$result[a]", "echo?x=$result[d]", "echo?x=$result[", "echo?x=$result[]]&y=$result[][]&z=$result[a][]"},
		{"echo?x=" + strings.Repeat("y", 3000), "echo?a=$result[a]&b=$result[a]", strings.Repeat("echo?", 300), "echo?a[b][c][d][e][f][g][h][i]=1"},
		{"echo?a[b][c][d][e][f][g]=1", "echo?a[b][c][d]=$result[a]", "echo?x=\xff&\xff=$result[a]\xff", "?"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], false)
	}
	b := fuzzBench(f)
	f.Fuzz(func(t *testing.T, first, second, third, fourth string, halt bool) {
		commands := map[string]string{"a": first, "b": second, "": third, "0": fourth}
		body, err := json.Marshal(map[string]any{"cmd": commands, "halt": halt})
		if err != nil {
			t.Fatal(err)
		}
		a := testportal.Post(b.handler, "/rest/batch", b.token, string(body))
		if len(body) > fuzzLimits.Bytes {
			wantText(t, a, http.StatusRequestEntityTooLarge, "limit of 4096 bytes")
			return
		}
		checkBatch(t, a, commands)
	})
}

func checkBatch(t *testing.T, a testportal.Answer, commands map[string]string) {
	t.Helper()
	result := a.Row()
	if a.Status != http.StatusOK || len(result) != len(maps) {
		t.Fatalf("%q: got %d %s", commands, a.Status, a.Text)
	}
	for _, name := range maps {
		for key := range entries(t, result[name]) {
			if _, ok := commands[key]; !ok {
				t.Errorf("%q: %s has a key %q", commands, name, key)
			}
		}
	}
	for key := range entries(t, result["result"]) {
		if entries(t, result["result_time"])[key] == nil || entries(t, result["result_error"])[key] != nil {
			t.Errorf("%q: %q has no time, or an error beside its result", commands, key)
		}
	}
	if most := fuzzLimits.Bytes + 8<<10; len(a.Text) > most {
		t.Errorf("%q: the answer has %d bytes, at most %d are explained", commands, len(a.Text), most)
	}
}

// entries reads a map as PHP prints it: a list where its keys are 0 to n-1.
func entries(t *testing.T, v any) map[string]any {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		return v
	case []any:
		if len(v) == 0 {
			return nil
		}
		if len(v) == 1 {
			return map[string]any{"0": v[0]}
		}
	}
	t.Fatalf("%v is no map with one of the keys", v)
	return nil
}

// FuzzBatchV3 sends any JSON. The answer is JSON with a result or an error, and
// never a failure of the server.
func FuzzBatchV3(f *testing.F) {
	for _, seed := range []string{
		`[{"method":"rows","as":"a"},{"method":"echo","query":{"x":{"$ref":"a.items.0.id"},"y":{"$refArray":"a.id"}}}]`,
		`{"0":{"method":"echo","as":"0","query":[1]},"1":{"method":"echo","query":{"$ref":"0"}},"auth":"x"}`,
		`[{"method":"echo","as":"a","query":{"x":{"$ref":"a"}}}]`, `[1,null,[{}]]`, `[{}]`, `{"$ref":"a"}`, `[{"method":"batch"}]`,
		`[{"method":"rows","as":"."},{"method":"echo","query":{"x":{"$refArray":".items."}}}]`, `[`, ``,
	} {
		f.Add(seed)
	}
	b := fuzzBench(f)
	f.Fuzz(func(t *testing.T, body string) {
		a := testportal.Post(b.handler, "/rest/api/batch", b.token, body)
		_, ok := a.Body["result"].([]any)
		_, failed := a.Body["error"].(map[string]any)
		if a.Status >= http.StatusInternalServerError || ok == failed || ok != (a.Status == http.StatusOK) {
			t.Errorf("%q: got %d %s", body, a.Status, a.Text)
		}
	})
}

// FuzzReferences compares what a parameter becomes with modelReference.
func FuzzReferences(f *testing.F) {
	for _, seed := range []string{
		"$result[a]", "$result[a][items][0][t]", "$RESULT[a][items][01]", "$result[none]", "$result[a][none][id]", "x$result[a][b]", "$result[a][items][0][id] and $result[a][items][1][id]",
		"$result[a][b] $result[", "$$result[a][]", "$error[b][error]", "$total[c]$next[c]", "$total[c] $next[c]", "$time[a][operating]", "$result[][a]]", "$result[a][items][0][t]]x]",
		"$result[a]\u00a0[items]", "$re\u017fult[a]", "$result[a][items\t[0]", "$result[a][]", "$result[a][][a]][0]",
	} {
		f.Add(seed)
	}
	b := fuzzBench(f)
	f.Fuzz(func(t *testing.T, text string) {
		if text = wire.String(strings.ReplaceAll(text, "\x00", "")).Text(); len(text) > 500 {
			return
		}
		form := url.Values{"cmd[a]": {"rows"}, "cmd[b]": {"refuses"}, "cmd[c]": {"list"}, "cmd[d]": {"echo?x=" + url.QueryEscape(text)}}
		a := b.do(t, http.MethodPost, "/rest/batch", "", form.Encode(), "Authorization", "Bearer "+b.token)
		body, err := wire.ParseJSON([]byte(a.Text), wire.Limits{})
		if err != nil {
			t.Fatalf("%v: %s", err, a.Text)
		}
		got, found := body.Path("result", "result", "d", "x")
		if !found {
			wantText(t, a, http.StatusOK, "exceed the limit") // what was found is too much
			return
		}
		result, _ := body.Get("result")
		if want := modelReference(text, result); !got.Equal(want) {
			t.Errorf("%q became %s, the model says %s", text, asText(got), asText(want))
		}
	})
}

func asText(v wire.Value) string { return string(v.AppendJSON(nil)) }

// modelReference is docs/protocol/rest.md section 8, read word by word: text is
// cut at white space, and in each piece a reference runs from the first name
// with a bracket behind it to the last closing bracket.
func modelReference(text string, answered wire.Value) wire.Value {
	var out strings.Builder
	for text != "" {
		piece := text
		if end := strings.IndexAny(text, " \t\n\f\r"); end >= 0 {
			piece = text[:end+1]
		}
		word := strings.TrimRight(piece, " \t\n\f\r")
		begin, name := firstName(word)
		end := strings.LastIndexByte(word, ']') + 1
		if begin < 0 || end <= begin+len(name) {
			out.WriteString(piece)
			text = text[len(piece):]
			continue
		}
		found := modelWalk(answered, name, word[begin+len(name)+1:end-1])
		if begin == 0 && out.Len() == 0 && end == len(text) {
			return found
		}
		out.WriteString(word[:begin])
		if k := found.Kind(); k == wire.KindString || k == wire.KindNumber {
			out.WriteString(found.Text())
		} else {
			out.WriteString(word[begin:end])
		}
		out.WriteString(piece[end:])
		text = text[len(piece):]
	}
	return wire.String(out.String())
}

// firstName finds $result[, $error[ and so on, in any letter case, where a
// closing bracket follows; name is without the bracket.
func firstName(word string) (begin int, name string) {
	for begin := range len(word) {
		for _, name := range []string{"$result", "$error", "$total", "$next", "$time"} {
			rest := word[begin:]
			if open := strings.IndexByte(rest, '['); open > 0 && strings.EqualFold(rest[:open], name) && strings.Contains(rest[open:], "]") {
				return begin, rest[:open]
			}
		}
	}
	return -1, ""
}

// modelWalk goes down from what the commands before d answered.
func modelWalk(answered wire.Value, name, path string) wire.Value {
	section := "result_" + strings.ToLower(name[1:])
	if strings.EqualFold(name, "$result") {
		section = "result"
	}
	at, _ := answered.Get(section)
	at = withoutLast(at)
	for _, key := range strings.Split(path, "][") {
		below, ok := at.Get(key)
		if !ok {
			return at
		}
		at = below
	}
	return at
}

// withoutLast takes away what d itself answered.
func withoutLast(v wire.Value) wire.Value {
	kept := slices.DeleteFunc(slices.Clone(v.Fields()), func(f wire.Field) bool { return f.Key == "d" })
	if len(kept) == 0 {
		return wire.List()
	}
	return wire.Map(kept...)
}
