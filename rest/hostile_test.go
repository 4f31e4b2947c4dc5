package rest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/rest"
)

// within fails the test when work takes much longer than its size explains. The
// bound leaves room for a machine that is busy and a race detector.
func within(t *testing.T, most time.Duration, work func()) {
	t.Helper()
	began := time.Now()
	work()
	if took := time.Since(began); took > most {
		t.Errorf("it took %v, at most %v are allowed", took, most)
	}
}

func numbered(n int, format string) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, format, i)
	}
	return out.String()
}

func (b *bench) form(t *testing.T, path, body string) testportal.Answer {
	t.Helper()
	return b.do(t, http.MethodPost, path, "application/x-www-form-urlencoded", body, "Authorization", "Bearer "+b.token)
}

// docs/protocol/rest.md section 3.
func TestThousandsOfSDKKeysAreDroppedInOnePass(t *testing.T) {
	b := open(t)
	body := numbered(19_900, "&bx24_%d=1") + "&x=1"
	within(t, 4*time.Second, func() { wantText(t, b.form(t, "/rest/echo", body), 200, `{"result":{"x":"1"},`) })
}

// docs/protocol/rest.md section 3.
func TestCommandsOfABatchHoldNoNUL(t *testing.T) {
	b := open(t)
	body := "cmd[c0]=" + url.QueryEscape("echo?a%00b=1&c%00=x%00y%2500&d[]=%00")
	wantText(t, b.form(t, "/rest/batch", body), 200, `"result":{"c0":{"a":"1","c":"xy%00","d":[""]}}`)
}

// docs/protocol/rest.md section 9.
func TestABatchEndsWithItsRequest(t *testing.T) {
	b := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	methods := append(testMethods, rest.Method{Name: "cancel", Func: func(context.Context, *rest.Call) (any, error) { cancel(); return true, nil },
		V3: func(context.Context, *rest.Call) (any, error) { cancel(); return true, nil }})
	for path, body := range map[string]string{
		"/rest/batch":     `{"cmd":["cancel","who"]}`,
		"/rest/api/batch": `[{"method":"cancel"},{"method":"cancel"}]`,
	} {
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, testportal.Base+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+b.token)
		if a := testportal.Do(b.Handler(methods...), r); !strings.Contains(a.Text, "OVERLOAD_LIMIT") {
			t.Errorf("%s: %s", path, a.Text)
		}
	}
}

func TestTheKeysOfABatchAreBounded(t *testing.T) {
	b := open(t)
	key := strings.Repeat("k", 1<<19)
	wantText(t, b.form(t, "/rest/batch", "cmd[a"+key[1:]+"]=who&cmd[b"+key[1:]+"]=who"), 200, `"result_error":[]`)
	wantText(t, b.form(t, "/rest/batch", "cmd[a"+key+"]=who&cmd[b"+key[1:]+"]=who"), 413, "the keys of cmd exceed the limit of 1048576 bytes")
}

func TestAStateIsBounded(t *testing.T) {
	b := open(t)
	wantText(t, b.form(t, "/rest/who", "state="+strings.Repeat("s", 4096)), 200, `"user":1`)
	wantText(t, b.form(t, "/rest/who", "state="+strings.Repeat("s", 4097)), 400, `state exceeds the limit of 4096 bytes","argument":"state"`)
}

// docs/protocol/rest.md section 8.
func TestREST3RunsNothingOfABatchThatIsTooLong(t *testing.T) {
	b := open(t)
	ran := 0
	b.handler = b.Handler(rest.Batch(), rest.Method{Name: "count", Func: nothing, V3: func(context.Context, *rest.Call) (any, error) { ran++; return nil, nil }})
	entry := `{"method":"count"},`
	a := testportal.Post(b.handler, "/rest/api/batch", b.token, `[`+strings.Repeat(entry, 50)+`{"method":"count"}]`)
	wantText(t, a, 400, "ERROR_BATCH_LENGTH_EXCEEDED")
	a = testportal.Post(b.handler, "/rest/api/batch", b.token, `[1,`+strings.Repeat(entry, 50)+`"x"]`)
	wantText(t, a, 200, `"result":[null`)
	if ran != 50 {
		t.Errorf("%d commands ran", ran)
	}
}

// unread fails the test when a body is read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestABodyThatSaysItIsTooLongIsNotRead(t *testing.T) {
	b := open(t)
	r := httptest.NewRequest(http.MethodPost, testportal.Base+"/rest/who", unread{t})
	r.ContentLength = 16<<20 + 1
	wantText(t, testportal.Do(b.handler, r), 413, "the parameters exceed the limit of 16777216 bytes")
}

// docs/protocol/rest.md section 3.
func TestEveryPartOfAMultipartBodyCounts(t *testing.T) {
	b := open(t)
	for name, part := range map[string]string{
		"fields":        "--b\r\nContent-Disposition: form-data; name=a%20+\r\n\r\n1&\r\n",
		"files":         "--b\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n1\r\n",
		"without names": "--b\r\n\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			body := func(n int) string { return strings.Repeat(part, n) + "--b--" }
			header := []string{"Authorization", "Bearer " + b.token}
			a := b.do(t, http.MethodPost, "/rest/echo", "multipart/form-data; boundary=b", body(20_000), header...)
			if a.Status != 200 || name == "fields" && !strings.HasPrefix(a.Text, `{"result":{"a%20+":"1&"}`) {
				t.Errorf("got %d %.200s", a.Status, a.Text)
			}
			a = b.do(t, http.MethodPost, "/rest/echo", "multipart/form-data; boundary=b", body(20_001), header...)
			wantText(t, a, 400, "the parameters exceed the limit of 20000 keys")
		})
	}
}

// docs/operations.md, section "Limits of a request".
func TestLargeBodiesAtOnceAreBounded(t *testing.T) {
	b := open(t)
	server := rest.New(rest.Config{Registry: rest.NewRegistry(testMethods...), Authority: b.Authority, Clock: b.Clock, Logger: b.Logger, BodyRoom: 200 << 10})
	b.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.Serve(w, r, b.Row(), testportal.Base, testportal.Addresses{}.Endpoints(b.Row(), testportal.Base), []string{"who"})
	})
	large := "x=" + strings.Repeat("x", 200<<10)
	body, sending := io.Pipe()
	r := httptest.NewRequest(http.MethodPost, testportal.Base+"/rest/who", body)
	r.Header.Set("Authorization", "Bearer "+b.token)
	answered := make(chan testportal.Answer)
	go func() { answered <- testportal.Do(b.handler, r) }()
	for _, part := range []string{large, ""} { // when the second is read, the first has been counted
		if _, err := io.WriteString(sending, part); err != nil {
			t.Fatal(err)
		}
	}
	wantText(t, b.form(t, "/rest/who", large), 503, "OVERLOAD_LIMIT")
	wantText(t, b.form(t, "/rest/who", large[:64<<10]), 200, `"user":1`)
	sending.Close()
	wantText(t, <-answered, 200, `"user":1`)
	wantText(t, b.form(t, "/rest/who", large), 200, `"user":1`)
}

// docs/protocol/rest.md section 8.
func TestWhatABatchInsertsIsBoundedOverAllItsCommands(t *testing.T) {
	b := open(t)
	text := strings.Repeat("x", 8<<20-len("who"))
	insert := func(n int) string {
		return "cmd[a]=echo?x=" + text + numbered(n, "&cmd[b%d]=who?x=$result[a][x]y")
	}
	wantText(t, b.form(t, "/rest/batch", insert(2)), 200, `"result_error":[]`)
	wantText(t, b.form(t, "/rest/batch", insert(3)), 200, `"result_error":{"b2":{"error":"ERROR_ARGUMENT","error_description":"the parameters exceed the limit of 16777216 bytes"}}`)
}
