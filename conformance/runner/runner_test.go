package runner_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/onevent/onevent/conformance/runner"
)

// answer is what the server under test says.
type answer struct {
	status int
	header map[string]string
	body   string
}

func serve(t *testing.T, f func(r *http.Request, n int) answer) *runner.Target {
	t.Helper()
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := f(r, n)
		n++
		for name, value := range a.header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(a.status)
		w.Write([]byte(a.body))
	}))
	t.Cleanup(s.Close)
	target, err := runner.NewTarget(map[string]string{
		"portal_url": s.URL, "webhook_url": s.URL + "/rest/1/hush0hush/", "access_token": "secret+token/1", "admin_token": "of an administrator"})
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func parse(t *testing.T, text string) *runner.Case {
	t.Helper()
	file, err := runner.Parse("a.cases", text, runner.Known)
	if err != nil {
		t.Fatal(err)
	}
	return file.Cases[0]
}

// expecting is a case with one request.
func expecting(t *testing.T, expected string) *runner.Case {
	t.Helper()
	return parse(t, "page: rest.md 1\ncase: one\n> GET /rest/x\n< 200\n"+expected+"\n")
}

func always(a answer) func(*http.Request, int) answer {
	return func(*http.Request, int) answer { return a }
}

func faults(t *testing.T, target *runner.Target, c *runner.Case) string {
	t.Helper()
	out := runner.Run(t.Context(), target, c)
	if out.Skipped != "" {
		t.Fatalf("skipped: %s", out.Skipped)
	}
	return strings.Join(out.Faults, "\n")
}

// Each kind of expectation passes for the right body and fails for a wrong one.
func TestEveryKindOfExpectationCanFail(t *testing.T) {
	t.Parallel()
	const times = `"start":1.5,"finish":2,"duration":0,"processing":0,"date_start":"2026-01-01T00:00:00+00:00","date_finish":"2026-01-01T00:00:00+00:00"`
	for _, tc := range []struct{ name, expected, right, wrong, fault string }{
		{"number", `{"a":1}`, `{"a":1}`, `{"a":2}`, "body.a: expected 1, came 2"},
		{"type of a number", `{"a":1}`, `{"a":1}`, `{"a":"1"}`, `body.a: expected 1, came "1"`},
		{"digits of a number", `{"a":1.5}`, `{"a":1.5}`, `{"a":1.50}`, "body.a"},
		{"text", `{"a":"x"}`, `{"a":"x"}`, `{"a":"y"}`, `body.a: expected "x", came "y"`},
		{"type of a text", `{"a":"1"}`, `{"a":"1"}`, `{"a":1}`, `body.a: expected "1", came 1`},
		{"escapes", `{"a":"x\"\n\u00e9"}`, `{"a":"x\"\né"}`, `{"a":"x"}`, "body.a"},
		{"null", `{"a":null}`, `{"a":null}`, `{"a":false}`, "body.a: expected null, came false"},
		{"bool", `{"a":true}`, `{"a":true}`, `{"a":1}`, "body.a: expected true, came 1"},
		{"a key that is missing", `{"a":1, "b":2}`, `{"a":1,"b":2}`, `{"a":1}`, "body.b: expected a value, came no such key"},
		{"a key too many", `{"a":1}`, `{"a":1}`, `{"a":1,"b":2}`, `body: expected no key "b", came 2`},
		{"further keys", `{"a":1, ...}`, `{"a":1,"b":2}`, `{"b":2}`, "body.a"},
		{"absent", `{"b":absent, ...}`, `{"a":1}`, `{"a":1,"b":null}`, "body.b: expected no such key, came null"},
		{"optional", `{"b":optional 2}`, `{}`, `{"b":3}`, "body.b: expected 2, came 3"},
		{"any order", `{"a":1, "b":2}`, `{"b":2,"a":1}`, `{"b":2,"a":2}`, "body.a"},
		{"order", `ordered {"a":1, "b":2}`, `{"a":1,"b":2}`, `{"b":2,"a":1}`, `expected "b" after the key before it`},
		{"order among others", `ordered {"a":1, "b":2, ...}`, `{"x":0,"a":1,"y":0,"b":2}`, `{"b":2,"a":1}`, "after the key before it"},
		{"order below", `{"r":ordered {"a":1, "b":2}}`, `{"r":{"a":1,"b":2}}`, `{"r":{"b":2,"a":1}}`, "body.r"},
		{"a key twice", `{"a":{{any}}}`, `{"a":1}`, `{"a":1,"a":2}`, `the key "a" is there twice`},
		{"a list", `{"a":[1, 2]}`, `{"a":[1,2]}`, `{"a":[2,1]}`, "body.a.0"},
		{"a list that is too short", `{"a":[1, 2]}`, `{"a":[1,2]}`, `{"a":[1]}`, "body.a: expected a list of 2, came 1"},
		{"a list that is too long", `{"a":[1]}`, `{"a":[1]}`, `{"a":[1,2]}`, "body.a: expected a list of 1, came 2"},
		{"further items", `{"a":[1, ...]}`, `{"a":[1,2]}`, `{"a":[]}`, "body.a"},
		{"items anywhere", `{"a":[..., 2, 4, ...]}`, `{"a":[1,2,3,4]}`, `{"a":[1,4,3,2]}`, "item 2 of those written out"},
		{"so many alike", `{"a":[3 of {{int}}]}`, `{"a":[1,2,3]}`, `{"a":[1,2]}`, "a list of 3"},
		{"alike", `{"a":[3 of {{int}}]}`, `{"a":[1,2,3]}`, `{"a":[1,"2",3]}`, "body.a.1"},
		{"empty list, empty object", `{"a":[]}`, `{"a":[]}`, `{"a":{}}`, "body.a: expected a list of 0"},
		{"empty object, empty list", `{"a":{}}`, `{"a":{}}`, `{"a":[]}`, "body.a: expected an object, came []"},
		{"any", `{"a":{{any}}}`, `{"a":null}`, `{}`, "body.a"},
		{"int", `{"a":{{int}}}`, `{"a":-7}`, `{"a":1.5}`, "body.a: expected int, came 1.5"},
		{"int is no text", `{"a":{{int}}}`, `{"a":7}`, `{"a":"7"}`, "body.a"},
		{"int in a text", `{"a":"U{{int}}"}`, `{"a":"U7"}`, `{"a":"Ux"}`, `body.a: expected "U{{int}}", came "Ux"`},
		{"number of any kind", `{"a":{{number}}}`, `{"a":1.5}`, `{"a":"1.5"}`, "body.a"},
		{"text of any kind", `{"a":{{text}}}`, `{"a":""}`, `{"a":null}`, "body.a"},
		{"bool of any kind", `{"a":{{bool}}}`, `{"a":false}`, `{"a":0}`, "body.a"},
		{"object of any kind", `{"a":{{object}}}`, `{"a":{}}`, `{"a":[]}`, "body.a"},
		{"list of any kind", `{"a":{{list}}}`, `{"a":[]}`, `{"a":{}}`, "body.a"},
		{"empty", `{"a":{{empty}}}`, `{"a":""}`, `{"a":" "}`, "body.a"},
		{"iso", `{"a":{{iso}}}`, `{"a":"2026-01-01T00:00:00+00:00"}`, `{"a":"2026-01-01T00:00:00Z"}`, "body.a: expected iso"},
		{"expression", `{"a":"{{/[a-f0-9]{4}/}}"}`, `{"a":"00ff"}`, `{"a":"00fg"}`, "body.a"},
		{"expression holds for the whole", `{"a":{{/[0-9]/}}}`, `{"a":"1"}`, `{"a":"12"}`, "body.a"},
		{"expression of no scalar", `{"a":{{/.*/}}}`, `{"a":1}`, `{"a":[]}`, "body.a"},
		{"ascending", `{"a":{{ascending ID}}}`, `{"a":[{"ID":"9"},{"ID":"10"}]}`, `{"a":[{"ID":"10"},{"ID":"9"}]}`, "ID ascending"},
		{"ascending without repeats", `{"a":{{ascending ID}}}`, `{"a":[]}`, `{"a":[{"ID":1},{"ID":1}]}`, "ID ascending"},
		{"descending", `{"a":{{descending ID}}}`, `{"a":[{"ID":10},{"ID":9}]}`, `{"a":[{"ID":9},{"ID":10}]}`, "ID descending"},
		{"ascending wants numbers", `{"a":{{ascending ID}}}`, `{"a":[{"ID":1}]}`, `{"a":[{}]}`, "a number in ID"},
		{"ascending wants a list", `{"a":{{ascending ID}}}`, `{"a":[]}`, `{"a":{}}`, "a list"},
		{"time", `{"time":{{time}}}`, `{"time":{` + times + `}}`, `{"time":[]}`, "the object time"},
		{"a key of time", `{"time":{{time}}}`, `{"time":{` + times + `}}`, `{"time":{` + strings.Replace(times, `"duration":0,`, "", 1) + `}}`, "the key duration"},
		{"a type in time", `{"time":{{time}}}`, `{"time":{` + times + `}}`, `{"time":{` + strings.Replace(times, `1.5`, `"1.5"`, 1) + `}}`, "body.time.start"},
		{"operating_reset_at", `{"time":{{time}}}`, `{"time":{` + times + `,"operating_reset_at":1}}`, `{"time":{` + times + `,"operating_reset_at":1.5}}`, "operating_reset_at"},
		{"no JSON", `{"a":1}`, `{"a":1}`, `{"a":1`, "body: expected JSON"},
		{"more than JSON", `{"a":1}`, `{"a":1}`, `{"a":1}}`, "something follows"},
		{"text body", "<r>{{int}}</r>", "<r>1</r>", "<r>x</r>", "body: expected <r>{{int}}</r>"},
		{"text body is whole", "<r/>", "<r/>", "<r/>\n", "body"},
		{"no body", "{{empty}}", "", "x", "body"},
		{"a variable", `{"a":"{{webhook_code}}"}`, `{"a":"hush0hush"}`, `{"a":"other"}`, "body.a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := expecting(t, "<\n< "+tc.expected)
			if got := faults(t, serve(t, always(answer{200, nil, tc.right})), c); got != "" {
				t.Errorf("the right body: %s", got)
			}
			got := faults(t, serve(t, always(answer{200, nil, tc.wrong})), c)
			if !strings.Contains(got, tc.fault) {
				t.Errorf("the wrong body: %s, want %s", got, tc.fault)
			}
			if !strings.Contains(got, "a.cases:3: one") || !strings.Contains(got, "came 200") {
				t.Errorf("the report does not say where: %s", got)
			}
		})
	}
}

func TestStatusesAndHeadersCanFail(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		expected string
		came     answer
		fault    string
	}{
		{"< X-A: b", answer{200, map[string]string{"X-A": "b"}, ""}, ""},
		{"< X-A: b", answer{200, map[string]string{"X-A": "c"}, ""}, "X-A: expected b, came c"},
		{"< X-A: b", answer{200, nil, ""}, "X-A: expected b, came no such header"},
		{"< x-a: {{int}}", answer{200, map[string]string{"X-A": "5"}, ""}, ""},
		{"< X-A: {{/.*b.*/}}", answer{200, map[string]string{"X-A": "c"}, ""}, "X-A: expected {{/.*b.*/}}, came c"},
		{"< Location: absent", answer{200, nil, ""}, ""},
		{"< Location: absent", answer{200, map[string]string{"Location": "/"}, ""}, "Location: expected no such header, came /"},
		{"", answer{201, nil, ""}, "status: expected 200, came 201"},
		{"", answer{302, map[string]string{"Location": "/rest/y"}, ""}, "status: expected 200, came 302"},
	} {
		got := faults(t, serve(t, always(tc.came)), expecting(t, tc.expected))
		if tc.fault == "" && got != "" || !strings.Contains(got, tc.fault) {
			t.Errorf("%q: %s, want %q", tc.expected, got, tc.fault)
		}
	}
	either := parse(t, "page: rest.md 1\ncase: one\n> GET /rest/x\n< 200 or 204\n")
	for status, fault := range map[int]string{200: "", 204: "", 201: "expected 200 204, came 201"} {
		if got := faults(t, serve(t, always(answer{status, nil, ""})), either); !strings.Contains(got, fault) || fault == "" && got != "" {
			t.Errorf("%d: %s", status, got)
		}
	}
}

// What the file says of all answers holds for each, but not for those of the
// management API.
func TestHeadersOfAllAnswers(t *testing.T) {
	t.Parallel()
	c := parse(t, "page: rest.md 1\n< X-A: b\n\ncase: one\n> GET /admin/v1/x\n< 200\n> GET /rest/x\n< 200\n")
	if got := faults(t, serve(t, always(answer{200, nil, ""})), c); strings.Count(got, "X-A") != 1 || !strings.Contains(got, "a.cases:7") {
		t.Error(got)
	}
}

func TestRequestsAreSentAsWritten(t *testing.T) {
	t.Parallel()
	var got []string
	target := serve(t, func(r *http.Request, _ int) answer {
		var body strings.Builder
		r.Write(&body)
		got = append(got, r.Method+" "+r.RequestURI+" "+body.String())
		return answer{200, nil, ""}
	})
	c := parse(t, `page: rest.md 1
case: one
> POST //rest///a%2Eb/?x[]=1&y=%5B{{access_token}}
> X-A: {{webhook}}
>
> {"n":[{{list 3 "#" end}}]}
>
> {{repeat 2 [ end}}
< 200
> POST {{portal_url}}/rest/x
> Content-Type: application/x-www-form-urlencoded
>
> a=1
> &b=2
< 200
> POST /rest/x
> Content-Type: multipart/form-data; boundary=b
>
> --b
> x
< 200
`)
	if f := faults(t, target, c); f != "" {
		t.Fatal(f)
	}
	for i, want := range [][]string{
		{"POST //rest///a%2Eb/?x[]=1&y=%5Bsecret+token/1 ", "X-A: /rest/1/hush0hush\r\n", "\r\n\r\n{\"n\":[\"0\",\"1\",\"2\"]}\n\n[["},
		{"POST /rest/x ", "\r\n\r\na=1&b=2"},
		{"POST /rest/x ", "\r\n\r\n--b\r\nx"},
	} {
		for _, part := range want {
			if !strings.Contains(got[i], part) {
				t.Errorf("%q lacks %q", got[i], part)
			}
		}
	}
}

func TestStepsShareWhatTheyKeep(t *testing.T) {
	t.Parallel()
	var targets []string
	target := serve(t, func(r *http.Request, _ int) answer {
		targets = append(targets, r.RequestURI)
		return answer{200, map[string]string{"X-Next": "page7"}, `{"id":5,"name":"n9-x","list":[1,2]}`}
	})
	c := parse(t, `page: rest.md 1
case: one
> GET /rest/x?u={{unique}}
< 200
< X-Next: page{{int as page}}
<
< {"id":{{int as id}}, "name":"n{{int as n}}-{{/(x|y)/ as letter}}", "list":{{list as rows}}}
> GET /rest/y?{{id}}&{{n}}&{{letter}}&{{page}}&{{rows}}&u={{unique}}
< 200
<
< {"id":{{id}}, "name":"n{{n}}-{{letter}}", "list":{{rows}}}
`)
	if got := faults(t, target, c); got != "" {
		t.Fatal(got)
	}
	_, unique, _ := strings.Cut(targets[0], "u=")
	if want := "/rest/y?5&9&x&7&[1,2]&u=" + unique; targets[1] != want || unique == "" {
		t.Errorf("sent %s, want %s", targets[1], want)
	}
}

// A step fails the case, ends it, and what puts things back is still sent, as
// far as it knows what to put back.
func TestFinallyRunsAfterAFailure(t *testing.T) {
	t.Parallel()
	var targets []string
	target := serve(t, func(r *http.Request, _ int) answer {
		targets = append(targets, r.RequestURI)
		return answer{200, nil, `{"id":5}`}
	})
	c := parse(t, `page: rest.md 1
case: one
> GET /rest/make
< 200
<
< {"id":{{int as id}}}
> GET /rest/fails
< 404
> GET /rest/never
< 200
<
< {"never":{{int as never}}}
finally
> GET /rest/delete?id={{id}}
< 200
finally
> GET /rest/delete?id={{never}}
< 200
`)
	got := faults(t, target, c)
	if strings.Join(targets, " ") != "/rest/make /rest/fails /rest/delete?id=5" || strings.Count(got, "a.cases:") != 1 {
		t.Errorf("sent %v, faults %s", targets, got)
	}
}

func TestTimesRepeatsARequest(t *testing.T) {
	t.Parallel()
	sent := 0
	target := serve(t, func(_ *http.Request, n int) answer {
		sent++
		if n == 3 {
			return answer{503, nil, ""}
		}
		return answer{200, nil, ""}
	})
	text := "page: rest.md 1\ncase: one\ntimes 3\n> GET /rest/x\n< 200\n"
	if got := faults(t, target, parse(t, text)); got != "" || sent != 3 {
		t.Errorf("%d sent: %s", sent, got)
	}
	if got := faults(t, target, parse(t, text)); !strings.Contains(got, "came 503") || sent != 4 {
		t.Errorf("%d sent: %s", sent, got)
	}
}

func TestReportsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	target := serve(t, always(answer{200, nil, `{"code":"made-up-code","echo":"secret+token/1 secret%2Btoken%2F1 hush0hush"}`}))
	c := parse(t, `page: rest.md 1
case: one
> GET /rest/x
< 200
<
< {"code":{{text as code}}, ...}
> POST {{webhook}}/x?auth={{access_token}}&c={{code}}
>
> {{access_token}} {{code}}
< 500
<
< {"echo":"{{access_token}}", ...}
`)
	got := faults(t, target, c)
	for _, secret := range []string{"secret+token", "secret%2Btoken", "hush0hush", "made-up-code"} {
		if strings.Contains(got, secret) {
			t.Errorf("the report shows %s: %s", secret, got)
		}
	}
	if !strings.Contains(got, "sent POST <webhook>/x?auth=<access_token>&c=<code>") {
		t.Error(got)
	}
}

// A secret that a report would cut in half is hidden before it is cut.
func TestLongReportsHoldNoHalfSecrets(t *testing.T) {
	t.Parallel()
	for filler := 280; filler < 320; filler++ {
		echo := strings.Repeat("x", filler) + "hush0hush" + strings.Repeat("y", 5000)
		c := expecting(t, "<\n< {\"a\":\"{{webhook_code}}\"}")
		if got := faults(t, serve(t, always(answer{200, nil, `{"a":"` + echo + `"}`})), c); strings.Contains(got, "hus") {
			t.Errorf("the report shows part of a secret: %s", got)
		}
	}
}

func TestCasesRunWhereTheyMay(t *testing.T) {
	t.Parallel()
	values := func(kind string) map[string]string {
		v := map[string]string{"portal_url": "http://127.0.0.1:1", "access_token": "t"}
		if kind == "ours" {
			v["admin_token"] = "a"
		}
		return v
	}
	for _, tc := range []struct {
		about, kind string
		write       bool
		skipped     string
	}{
		{"", "ours", false, ""},
		{"", "foreign", true, "not made for accounts of others"},
		{"account: reads\n", "foreign", false, ""},
		{"account: writes\n", "foreign", false, "creates data"},
		{"account: writes\n", "foreign", true, ""},
		{"account: writes\n", "ours", false, ""},
		{"needs: dev\n", "ours", false, ""},
		{"account: reads\nneeds: dev\n", "foreign", false, "needs onevent"},
		{"needs: own server\n", "ours", false, "needs a server of its own"},
		{"needs: webhook, access_token\n", "ours", false, "the target has no webhook"},
		{"needs: access_token\n", "ours", false, ""},
	} {
		target, err := runner.NewTarget(values(tc.kind))
		if err != nil {
			t.Fatal(err)
		}
		target.Write = tc.write
		got := runner.Run(t.Context(), target, parse(t, "page: rest.md 1\ncase: one\n"+tc.about+"> GET /rest/x\n< 200\n")).Skipped
		if tc.skipped == "" && got != "" || !strings.Contains(got, tc.skipped) {
			t.Errorf("%q on %s: %q, want %q", tc.about, tc.kind, got, tc.skipped)
		}
	}
	target, _ := runner.NewTarget(values("ours"))
	if got := runner.Run(t.Context(), target, parse(t, "page: rest.md 1\ncase: one\n> GET {{webhook}}/x\n< 200\n")).Skipped; got != "the target has no webhook" {
		t.Errorf("a variable that the target lacks: %q", got)
	}
}

func TestACaseWithAServerOfItsOwnGetsAFreshOne(t *testing.T) {
	t.Parallel()
	target := serve(t, always(answer{500, nil, ""}))
	target.Fresh = func() *runner.Target { return serve(t, always(answer{200, nil, ""})) }
	c := parse(t, "page: rest.md 1\ncase: one\nneeds: own server\n> GET /rest/x\n< 200\n")
	if got := faults(t, target, c); got != "" {
		t.Error(got)
	}
}

// What a request carries goes to the target alone.
func TestNothingIsSentElsewhere(t *testing.T) {
	t.Parallel()
	asked := false
	elsewhere := serve(t, func(*http.Request, int) answer { asked = true; return answer{200, nil, ""} })
	c := parse(t, "page: rest.md 1\ncase: one\n> GET "+elsewhere.Values["portal_url"]+"/x?{{access_token}}\n< 200\n")
	if got := faults(t, serve(t, always(answer{200, nil, ""})), c); asked || !strings.Contains(got, "is no address of the target") {
		t.Errorf("asked %v: %s", asked, got)
	}
}

func TestAServerThatIsNotThereFails(t *testing.T) {
	t.Parallel()
	target, err := runner.NewTarget(map[string]string{"portal_url": "http://127.0.0.1:1", "admin_token": "a"})
	if err != nil {
		t.Fatal(err)
	}
	if got := faults(t, target, expecting(t, "")); !strings.Contains(got, "no answer") {
		t.Error(got)
	}
}

func TestMalformedFilesAreRefused(t *testing.T) {
	t.Parallel()
	const head, request = "page: rest.md 1\ncase: one\n", "> GET /rest/x\n"
	for _, tc := range []struct{ text, fault string }{
		{"", "begins with its page"},
		{"page: rest.md 1\ncolour: red\n", "before the first case"},
		{"nonsense\n", "neither a key"},
		{"case: one\n" + request + "< 200\n", "cites no page"},
		{head, "no request"},
		{head + request, "nothing says how"},
		{head + request + "\n" + request + "< 200\n", "nothing says how"},
		{head + "< 200\n", "an answer without a request"},
		{head + request + "< 200\n\n< 200\n", "an answer without a request"},
		{head + "colour: red\n" + request + "< 200\n", "the key colour is unknown"},
		{head + "account: maybe\n" + request + "< 200\n", "reads or writes"},
		{head + "needs: money\n" + request + "< 200\n", `nobody can have "money"`},
		{head + request + "< 200\nneeds: dev\n", "behind a request"},
		{head + "pending:\n" + request + "< 200\n", "neither a key"},
		{head + "> get /x\n< 200\n", "method and target"},
		{head + "> GET\n< 200\n", "method and target"},
		{"page: rest.md 1\n" + request, "before the first case"},
		{head + request + "< 2000\n", "no status"},
		{head + request + "< OK\n", "no status"},
		{head + "> GET /rest/{{nobody}}\n< 200\n", "nobody knows the variable nobody"},
		{head + "> GET /rest/{{int}}\n< 200\n", "has no value that could be sent"},
		{head + "> GET /rest/x\n> X-A: {{/a/}}\n< 200\n", "has no value that could be sent"},
		{head + "> GET /rest/x\n> no header\n< 200\n", "this is no header"},
		{head + request + "< 200\n<\n< {\"a\":1\n", "at"},
		{head + request + "< 200\n<\n< {\"a\":1} x\n", "something follows"},
		{head + request + "< 200\n<\n< {\"a\":nonsense}\n", "no value"},
		{head + request + "< 200\n<\n< {\"a\":\"x}\n", "without its end"},
		{head + request + "< 200\n<\n< {\"a\":{{/(/}}}\n", "missing closing"},
		{head + request + "< 200\n<\n< {\"a\":{{int as 5}}}\n", "no placeholder"},
		{head + request + "< 200\n<\n< {\"a\":{{access_token as x}}}\n", "a variable already"},
		{head + request + "< 200\n<\n< {\"a\":{{any as int}}}\n", "the name of a form"},
		{head + request + "< 200\n<\n< {\"a\":[2 of 1, 2]}\n", "`N of`"},
		{head + request + "< 200\n<\n< {\"a\":{{nobody}}}\n", "nobody knows"},
		{head + "times 1\n" + request + "< 200\n", "times is a number"},
		{head + request + "< 200\nfinally\n", "without a request"},
		{head + request + "< 200\ntimes 5\n", "without a request"},
		{head + request + "< 200\ncase: one\n" + request + "< 200\n", `a second case "one"`},
		{head + "> GET /{{repeat 1000000 x end}}\n< 200\n", "too many"},
	} {
		_, err := runner.Parse("a.cases", tc.text, runner.Known)
		if err == nil || !strings.Contains(err.Error(), tc.fault) || !strings.HasPrefix(err.Error(), "a.cases:") {
			t.Errorf("%q: %v, want %s", tc.text, err, tc.fault)
		}
	}
}

func TestTargetsAreReadFromTheirFiles(t *testing.T) {
	t.Parallel()
	for _, values := range []map[string]string{{}, {"portal_url": "nonsense"}} {
		if _, err := runner.NewTarget(values); err == nil {
			t.Errorf("%v was taken", values)
		}
	}
	target, err := runner.NewTarget(map[string]string{"webhook_url": "https://portal.example/rest/1/abc/"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"portal_url": "https://portal.example", "webhook": "/rest/1/abc", "webhook_user": "1", "webhook_code": "abc"} {
		if target.Values[name] != want {
			t.Errorf("%s is %q, want %q", name, target.Values[name], want)
		}
	}
	if _, err := runner.ReadTarget(t.TempDir() + "/none"); err == nil {
		t.Error("a file that is not there was read")
	}
}
