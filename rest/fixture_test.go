package rest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// bench is a portal whose methods show what the frame made of a call.
type bench struct {
	*testportal.Portal
	handler http.Handler
	token   string
}

func open(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	p := testportal.Open(t)
	return &bench{p, p.Handler(testMethods...), p.Token(testportal.Admin)}
}

var testMethods = []rest.Method{
	rest.Batch(),
	{Name: "echo", Func: func(_ context.Context, c *rest.Call) (any, error) { return c.Params, nil }},
	{Name: "who", Func: who},
	{Name: "needs.crm", Scope: "crm", Func: nothing},
	{Name: "needs.task", Scope: "task", Func: nothing},
	{Name: "needs.app", Auth: rest.AppAuth, Func: nothing},
	{Name: "list", Func: list},
	{Name: "null", Func: gives(nil)},
	{Name: "one", Func: gives("1")},
	{Name: "big", Func: gives(strings.Repeat("x", 500))},
	{Name: "fails", Func: fails(errors.New("secret cause"))},
	{Name: "full", Func: fails(onevent.ErrStorageFull)},
	{Name: "refuses", Func: fails(rest.ErrModule("Access denied."))},
	{Name: "argues", Func: fails(rest.ErrArgument("ID", "wrong"))},
	{Name: "invalid", Func: fails(onevent.Errorf(onevent.CodeInvalid, "no such text"))},
	{Name: "panics", Func: func(context.Context, *rest.Call) (any, error) { panic("oops") }},
	{Name: "unprintable", Func: func(context.Context, *rest.Call) (any, error) { return make(chan int), nil }},
}

func nothing(context.Context, *rest.Call) (any, error) { return true, nil }

func gives(result any) rest.Func {
	return func(context.Context, *rest.Call) (any, error) { return result, nil }
}

func fails(err error) func(context.Context, *rest.Call) (any, error) {
	return func(context.Context, *rest.Call) (any, error) { return nil, err }
}

func who(_ context.Context, c *rest.Call) (any, error) {
	installation := onevent.InstallationID(0)
	if c.Installation != nil {
		installation = c.Installation.ID
	}
	return wire.Map(
		wire.F("user", wire.Int(int64(c.User.ID))),
		wire.F("installation", wire.Int(int64(installation))),
		wire.F("connector", wire.String(c.Connector)),
		wire.F("start", wire.Int(int64(c.Start)))), nil
}

// list has 120 rows.
func list(_ context.Context, c *rest.Call) (any, error) {
	return rest.NewList(c, []int{c.Offset()}, 120), nil
}

func (b *bench) do(t *testing.T, method, path, contentType, body string, header ...string) testportal.Answer {
	t.Helper()
	r := httptest.NewRequest(method, testportal.Base+path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return testportal.Do(b.handler, r)
}

func wantText(t *testing.T, a testportal.Answer, status int, part string) {
	t.Helper()
	if a.Status != status || !strings.Contains(a.Text, part) {
		t.Errorf("got %d %s, want %d with %s", a.Status, a.Text, status, part)
	}
}

// serveAt serves one path on a server that a test made.
func serveAt(b *bench, s *rest.Server, path ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Serve(w, r, b.Row(), testportal.Base, onevent.Endpoints{}, path)
	})
}
