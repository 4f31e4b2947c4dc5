package rest_test

import (
	"testing"

	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/rest"
)

// Where nobody can confirm, what needs it does not run.
func TestAMethodThatNobodyCanConfirmDoesNotRun(t *testing.T) {
	b := open(t)
	s := rest.New(rest.Config{
		Registry:  rest.NewRegistry(rest.Method{Name: "asks", Confirm: true, Func: nothing}, rest.Method{Name: "asks.crm", Confirm: true, Scope: "tasks", Func: nothing}),
		Authority: b.Authority, Clock: b.Clock, Logger: b.Logger,
	})
	b.handler = serveAt(b, s, "asks")
	wantText(t, testportal.Post(b.handler, "/rest/asks", b.token, ""), 401, `{"error":"METHOD_CONFIRM_WAITING","error_description":"Waiting for confirmation"}`)
	b.handler = serveAt(b, s, "asks.crm")
	wantText(t, testportal.Post(b.handler, "/rest/asks.crm", b.token, ""), 403, "insufficient_scope")
}
