package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/rest"
)

// batch calls batch with JSON commands and returns the five maps as they were
// printed, without the times.
func (b *bench) batch(t *testing.T, params string) (maps map[string]json.RawMessage, text string) {
	t.Helper()
	a := testportal.Post(b.handler, "/rest/batch", b.token, params)
	var body struct {
		Result map[string]json.RawMessage
		Time   map[string]any
	}
	if err := json.Unmarshal([]byte(a.Text), &body); err != nil || a.Status != 200 || body.Time == nil {
		t.Fatalf("%s: got %d %s", params, a.Status, a.Text)
	}
	return body.Result, a.Text
}

// docs/protocol/rest.md section 8, answer.
func TestBatchAnswersInFiveMaps(t *testing.T) {
	b := open(t)
	_, text := b.batch(t, `{"cmd":{"z":"echo?a=1","bad":"nobody","a":"list?start=50","n":"null"}}`)
	item := func(operating string) string {
		return `{"start":1772366400.000000,"finish":1772366400.000000,"duration":0,"processing":0,"date_start":"2026-03-01T14:00:00+02:00",` +
			`"date_finish":"2026-03-01T14:00:00+02:00","operating_reset_at":1772367000,"operating":` + operating + `}`
	}
	want := `{"result":{"result":{"z":{"a":"1"},"a":[50],"n":null},` +
		`"result_error":{"bad":{"error":"ERROR_METHOD_NOT_FOUND","error_description":"Method not found!"}},` +
		`"result_total":{"a":120},"result_next":{"a":100},` +
		`"result_time":{"z":` + item("0") + `,"a":` + item("0") + `,"n":` + item("0") + `}},"time":` + item("0") + `}`
	if text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

func TestBatchPrintsItsMapsAsPHPDoes(t *testing.T) {
	b := open(t)
	for name, tc := range map[string]struct{ cmd, result, failed string }{
		"no command":            {`{}`, `[]`, `[]`},
		"no cmd":                {`null`, `[]`, `[]`},
		"cmd is a text":         {`"who"`, `[]`, `[]`},
		"cmd is a number":       {`5`, `[]`, `[]`},
		"list":                  {`["echo?a=1","echo?a=2"]`, `[{"a":"1"},{"a":"2"}]`, `[]`},
		"object with indexes":   {`{"0":"echo?a=1","1":"echo?a=2"}`, `[{"a":"1"},{"a":"2"}]`, `[]`},
		"indexes out of order":  {`{"1":"echo?a=1","0":"echo?a=2"}`, `{"1":{"a":"1"},"0":{"a":"2"}}`, `[]`},
		"from one":              {`{"1":"echo?a=1"}`, `{"1":{"a":"1"}}`, `[]`},
		"first of a list fails": {`["x","echo?a=2"]`, `{"1":{"a":"2"}}`, `[{"error":"ERROR_METHOD_NOT_FOUND","error_description":"Method not found!"}]`},
		"second fails":          {`["echo?a=1","x","echo?a=3"]`, `{"0":{"a":"1"},"2":{"a":"3"}}`, `{"1":{"error":"ERROR_METHOD_NOT_FOUND","error_description":"Method not found!"}}`},
		"all fail":              {`["x"]`, `[]`, `[{"error":"ERROR_METHOD_NOT_FOUND","error_description":"Method not found!"}]`},
		"no texts are skipped":  {`{"a":1,"b":["who"],"c":null,"d":true,"e":"echo?x=1"}`, `{"e":{"x":"1"}}`, `[]`},
	} {
		maps, _ := b.batch(t, `{"cmd":`+tc.cmd+`}`)
		if string(maps["result"]) != tc.result || string(maps["result_error"]) != tc.failed {
			t.Errorf("%s: got %s and %s, want %s and %s", name, maps["result"], maps["result_error"], tc.result, tc.failed)
		}
		for _, key := range []string{"result_total", "result_next", "result_time"} {
			if maps[key] == nil {
				t.Errorf("%s lacks %s", name, key)
			}
		}
	}
}

func TestBatchReadsItsCommandsAsURLs(t *testing.T) {
	b := open(t)
	for command, want := range map[string]string{
		`echo`:                            `[{}]`,
		`echo?`:                           `[{}]`,
		`ECHO?a[b][]=1&a[b][]=2`:          `[{"a":{"b":["1","2"]}}]`,
		`echo?filter%5B%3EID%5D=1&x=a+b`:  `[{"filter":{">ID":"1"},"x":"a b"}]`,
		`echo?a=1?b=2`:                    `[{"a":"1?b=2"}]`,
		`echo?a=1#&b=2`:                   `[{"a":"1"}]`,
		`echo?a=%23b`:                     `[{"a":"#b"}]`,
		`echo#?a=1`:                       `[{}]`,
		`echo?auth=x&bx24_sdk_ver=1&b=2`:  `[{"b":"2"}]`,
		`who?auth=x&auth_connector=y`:     `[{"user":1,"installation":1,"connector":"y","start":0}]`,
		`list?start=-1`:                   `[[0]]`,
		`echo?a=` + url.QueryEscape(`$x`): `[{"a":"$x"}]`,
	} {
		cmd, _ := json.Marshal([]string{command})
		if maps, _ := b.batch(t, `{"cmd":`+string(cmd)+`}`); string(maps["result"]) != want {
			t.Errorf("%s: got %s %s, want %s", command, maps["result"], maps["result_error"], want)
		}
	}
}

// docs/protocol/rest.md section 8, per item.
func TestBatchJudgesEachCommand(t *testing.T) {
	b := open(t)
	for command, want := range map[string]string{
		"batch":            `{"error":"ERROR_BATCH_METHOD_NOT_ALLOWED","error_description":"Method is not allowed for batch usage"}`,
		"BATCH?cmd[]=who":  `{"error":"ERROR_BATCH_METHOD_NOT_ALLOWED","error_description":"Method is not allowed for batch usage"}`,
		"download":         `{"error":"ERROR_BATCH_METHOD_NOT_ALLOWED","error_description":"Method is not allowed for batch usage"}`,
		"upload":           `{"error":"ERROR_BATCH_METHOD_NOT_ALLOWED","error_description":"Method is not allowed for batch usage"}`,
		"":                 `{"error":"ERROR_METHOD_NOT_FOUND","error_description":"Method not found!"}`,
		"/who":             `{"error":"ERROR_METHOD_NOT_FOUND","error_description":"Method not found!"}`,
		"needs.task":       `{"error":"insufficient_scope","error_description":""}`,
		"refuses":          `{"error":"","error_description":"Access denied."}`,
		"argues":           `{"error":"ERROR_ARGUMENT","error_description":"wrong"}`,
		"panics":           `{"error":"INTERNAL_SERVER_ERROR","error_description":"Internal server error"}`,
		"full":             `{"error":"OVERLOAD_LIMIT","error_description":"REST API is blocked due to overload."}`,
		"echo?a[b][c][d]=": ``,
	} {
		maps, _ := b.batch(t, `{"cmd":{"x":"`+command+`"}}`)
		if want != "" {
			want = `{"x":` + want + `}`
		} else {
			want = `[]`
		}
		if string(maps["result_error"]) != want {
			t.Errorf("%s: got %s, want %s", command, maps["result_error"], want)
		}
	}
	code := b.Webhook(testportal.Admin, "crm")
	a := testportal.Post(b.handler, "/rest/1/"+code+"/batch", "", `{"cmd":{"a":"needs.app","b":"needs.crm","c":"needs.task"}}`)
	if !strings.Contains(a.Text, `"result":{"b":true},"result_error":{"a":{"error":"WRONG_AUTH_TYPE"`) || !strings.Contains(a.Text, `"c":{"error":"insufficient_scope","error_description":""}`) {
		t.Errorf("by webhook: %s", a.Text)
	}
}

func TestBatchRunsFiftyCommands(t *testing.T) {
	b := open(t)
	var commands []string
	for i := range 52 {
		commands = append(commands, fmt.Sprintf(`"c%d":"who"`, i))
	}
	maps, _ := b.batch(t, `{"cmd":{`+strings.Join(commands, ",")+`}}`)
	var done, failed map[string]any
	json.Unmarshal(maps["result"], &done)
	json.Unmarshal(maps["result_error"], &failed)
	if len(done) != 50 || done["c49"] == nil || len(failed) != 2 {
		t.Errorf("%d ran, failed: %s", len(done), maps["result_error"])
	}
	if got := string(maps["result_error"]); !strings.Contains(got, `"c50":{"error":"ERROR_BATCH_LENGTH_EXCEEDED","error_description":"Max batch length exceeded"}`) {
		t.Errorf("got %s", got)
	}
}

func TestBatchHalts(t *testing.T) {
	b := open(t)
	const all = `{"0":"1","2":"1"}`
	for halt, want := range map[string]string{
		`1`: `["1"]`, `true`: `["1"]`, `"1"`: `["1"]`, `"true"`: `["1"]`, `"false"`: `["1"]`, `"N"`: `["1"]`,
		`0`: all, `"0"`: all, `false`: all, `""`: all, `null`: all,
	} {
		maps, _ := b.batch(t, `{"HALT":`+halt+`,"Cmd":["one","nobody","one"]}`)
		if string(maps["result"]) != want {
			t.Errorf("halt %s: got %s, want %s", halt, maps["result"], want)
		}
	}
}

// docs/protocol/rest.md section 8, references.
func TestBatchReferencesLeadIntoEarlierAnswers(t *testing.T) {
	b := open(t)
	const first = `"a":"echo?n[x]=5&n[y][]=p&n[y][]=q&s=text","l":"list","e":"nobody"`
	for value, want := range map[string]string{
		`$result[a][s]`:                    `"text"`,
		`$RESULT[a][s]`:                    `"text"`,
		`$result[a][n]`:                    `{"x":"5","y":["p","q"]}`,
		`$result[a][n][y][1]`:              `"q"`,
		`$result[l]`:                       `[0]`,
		`$result[l][0]`:                    `0`,
		`$total[l]`:                        `120`,
		`$next[l]`:                         `50`,
		`$time[a][duration]`:               `0`,
		`$error[e][error]`:                 `"ERROR_METHOD_NOT_FOUND"`,
		`$result[a][NOPE]`:                 `{"n":{"x":"5","y":["p","q"]},"s":"text"}`,
		`$result[a][s][deeper]`:            `"text"`,
		`$result[A][s]`:                    `{"a":{"n":{"x":"5","y":["p","q"]},"s":"text"},"l":[0]}`,
		`$error[a]`:                        `{"e":{"error":"ERROR_METHOD_NOT_FOUND","error_description":"Method not found!"}}`,
		`$result[later]`:                   `{"a":{"n":{"x":"5","y":["p","q"]},"s":"text"},"l":[0]}`,
		`before $result[a][s] after`:       `"before text after"`,
		`$result[a][s] $result[a][n][x]`:   `"text 5"`,
		`x$result[l][0]`:                   `"x0"`,
		`$result[a][s]!`:                   `"text!"`,
		`see $result[a][n] there`:          `"see $result[a][n] there"`,
		`$result[a][s],$result[a][n][x]`:   `{"n":{"x":"5","y":["p","q"]},"s":"text"}`,
		`$result[]`:                        `{"a":{"n":{"x":"5","y":["p","q"]},"s":"text"},"l":[0]}`,
		`$result`:                          `"$result"`,
		`$result[a`:                        `"$result[a"`,
		`$results[a]`:                      `"$results[a]"`,
		`$result [a]`:                      `"$result [a]"`,
		`$$result[a][s]`:                   `"$text"`,
		`$result[x][y]` + repeat("[z]", 9): `{"a":{"n":{"x":"5","y":["p","q"]},"s":"text"},"l":[0]}`,
	} {
		command := "echo?v[w]=" + url.QueryEscape(value)
		maps, _ := b.batch(t, `{"cmd":{`+first+`,"x":"`+command+`","later":"who"}}`)
		var result map[string]json.RawMessage
		json.Unmarshal(maps["result"], &result)
		if got := string(result["x"]); got != `{"v":{"w":`+want+`}}` {
			t.Errorf("%s: got %s, want %s", value, got, want)
		}
	}
}

func repeat(text string, n int) string { return strings.Repeat(text, n) }

func TestBatchReferencesInKeysAndFilters(t *testing.T) {
	b := open(t)
	for command, want := range map[string]string{
		"echo?filter%5B%3EID%5D=%24result%5Ba%5D%5Bid%5D": `{"filter":{">ID":"7"}}`,
		"echo?f[]=$result[a][id]&f[]=x":                   `{"f":["7","x"]}`,
		"echo?a[k $total[l]]=1":                           `{"a":{"k $total[l":"1"}}`,
	} {
		maps, _ := b.batch(t, `{"cmd":{"a":"echo?id=7","l":"list","x":"`+command+`"}}`)
		var result map[string]json.RawMessage
		json.Unmarshal(maps["result"], &result)
		if string(result["x"]) != want {
			t.Errorf("%s: got %s, want %s", command, result["x"], want)
		}
	}
}

// What references insert counts against the limits of a request.
func TestBatchReferencesAreBounded(t *testing.T) {
	b := open(t)
	text := strings.Repeat("x", 1<<20)
	deep := "echo?d" + strings.Repeat("[d]", 40) + "=1"
	for name, tc := range map[string]struct{ first, second, limit string }{
		"bytes inside a text": {"echo?s=" + text, "echo?v=" + repeat("$result[a][s]+", 17), "16777216 bytes"},
		"bytes as values":     {"echo?s=" + text, "echo?" + repeat("v[]=$result[a][s]&", 17), "16777216 bytes"},
		"keys":                {"echo?" + repeat("l[]=&", 5000), "echo?" + repeat("v[]=$result[a]&", 5), "20000 keys"},
		"references":          {"echo?s=1", "echo?v=" + repeat("$result[a][s]+", 20_001), "20000 keys"},
		"depth":               {deep, "echo?v" + repeat("[v]", 40) + "=$result[a]", "64 depth"},
	} {
		maps, _ := b.batch(t, `{"cmd":{"a":"`+tc.first+`","b":"`+tc.second+`"}}`)
		want := `{"b":{"error":"ERROR_ARGUMENT","error_description":"the parameters exceed the limit of ` + tc.limit + `"}}`
		if string(maps["result_error"]) != want {
			t.Errorf("%s: got %.300s, want %s", name, maps["result_error"], want)
		}
	}
}

// docs/protocol/rest.md names no bound of what a batch answers; without one a
// call could have fifty answers of any length.
func TestBatchAnswersAreBounded(t *testing.T) {
	b := open(t)
	ran := 0
	counted := rest.Method{Name: "counted", Func: func(context.Context, *rest.Call) (any, error) { ran++; return "1", nil }}
	server := rest.New(rest.Config{Registry: rest.NewRegistry(append(testMethods, counted)...), Authority: b.Authority, Clock: b.Clock, Logger: b.Logger})
	server.Limits.Bytes = 1000
	h := serveAt(b, server, "batch")
	a := testportal.Post(h, "/rest/batch", b.token, `{"cmd":["big","counted","big","counted","counted"]}`)
	want := `{"error":"ERROR_ARGUMENT","error_description":"the answers of the batch exceed the limit of 1000 bytes"}`
	if !strings.Contains(a.Text, `"result_error":{"2":`+want+`,"3":`+want+`,"4":`+want+`}`) || ran != 1 {
		t.Errorf("%d ran, got %s", ran, a.Text)
	}
}
