package admin_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/internal/testkit"
)

func TestARequestIsOneWideLine(t *testing.T) {
	t.Parallel()
	b := open(t)
	var log testkit.Log
	b.logger = log.Logger(slog.LevelDebug)
	b.serve(b.store, b.ring)
	app := b.register(onevent.KindLocal, false, client.Version{})
	portal := "/admin/v1/portals/" + b.member
	event := `{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":7,"SECRET":"hush"}}}`
	for _, test := range []struct {
		method, path, body string
		keys               string
		want               map[string]any
	}{
		{"GET", "/admin/v1/stats?auth=hush", "", "route status code duration events", map[string]any{"route": "GET /admin/v1/stats", "status": 200.0, "code": ""}},
		{"POST", portal + "/events", "[" + event + "," + event + "]", "route portal status code duration events",
			map[string]any{"route": "POST /admin/v1/portals/{member_id}/events", "portal": b.member, "status": 202.0, "events": 2.0}},
		{"POST", portal + "/events", `{"event":"hush"}`, "route portal status code duration events", map[string]any{"status": 400.0, "code": "invalid", "events": 0.0}},
		{"GET", "/admin/v1/applications/" + app, "", "route client_id status code duration events", map[string]any{"client_id": app}},
		{"GET", "/admin/v1/applications/hush", "", "route status code duration events",
			map[string]any{"route": "GET /admin/v1/applications/{client_id}", "status": 404.0, "code": "not_found"}},
		{"GET", "/admin/v1/hush", "", "route status code duration events", map[string]any{"route": "", "status": 404.0}},
		{"POST", "/admin/v1/stats", "", "route status code duration events", map[string]any{"status": 405.0, "code": "method_not_allowed"}},
	} {
		before := len(log.Lines(t, "management call"))
		b.do(test.method, test.path, test.body)
		lines := log.Lines(t, "management call")[before:]
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
	for _, secret := range []string{"hush", token} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
