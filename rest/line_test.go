package rest_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/rest"
)

func TestACallIsOneWideLine(t *testing.T) {
	b := open(t)
	var log testkit.Log
	b.Logger = log.Logger(slog.LevelDebug)
	h := b.Handler(append(testMethods, rest.Method{Name: "raises", Raises: true, Func: b.raise})...)
	webhook := "/rest/1/" + b.Webhook(testportal.Admin) + "/"
	for _, test := range []struct {
		path, token, body string
		keys              string
		want              map[string]any
	}{
		{"/rest/who", b.token, "", "method portal installation client_id user status code duration events",
			map[string]any{"method": "who", "user": 1.0, "installation": 1.0, "status": 200.0, "code": "", "events": 0.0,
				"client_id": b.Directory.Application(b.App).ClientID, "portal": b.Row().MemberID}},
		{"/rest/raises", b.token, `{"n":2}`, "method portal installation client_id user status code duration events",
			map[string]any{"method": "raises", "events": 2.0}},
		{webhook + "who", "", "", "method portal webhook user status code duration events",
			map[string]any{"method": "who", "webhook": 1.0, "user": 1.0}},
		{"/rest/who", "none", "", "method portal status code duration events",
			map[string]any{"status": 401.0, "code": "invalid_token"}},
		{"/rest/argues", b.token, "", "method portal installation client_id user status code duration events",
			map[string]any{"status": 400.0, "code": "ERROR_ARGUMENT"}},
		{"/rest/batch", b.token, `{"cmd":["raises?n=1","fails","raises?n=2","none"]}`,
			"method portal installation client_id user status code duration events commands failed",
			map[string]any{"method": "batch", "status": 200.0, "events": 3.0, "commands": 4.0, "failed": 2.0}},
	} {
		before := len(log.Lines(t, "rest call"))
		testportal.Post(h, test.path, test.token, test.body)
		lines := log.Lines(t, "rest call")[before:]
		if len(lines) != 1 {
			t.Fatalf("%s has %d lines", test.path, len(lines))
		}
		if keys := strings.Join(lines[0].Keys, " "); keys != test.keys {
			t.Errorf("%s: the keys are %s", test.path, keys)
		}
		for key, want := range test.want {
			if got := lines[0].Values[key]; got != want {
				t.Errorf("%s: %s is %v instead of %v", test.path, key, got, want)
			}
		}
	}
	if strings.Contains(log.String(), strings.Split(webhook, "/")[3]) {
		t.Error("the log holds the code of a webhook")
	}
}
