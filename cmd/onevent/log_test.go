package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

func verb(t *testing.T, p *e2e.Portal, args ...string) (code int, out string) {
	t.Helper()
	code, stdout, stderr := e2e.Run(t, "", append(args, "--creds", p.CredsFile)...)
	return code, stdout + stderr
}

func TestWhatHappenedIsListedAndExplained(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false", "--retry", "1h")
	good, bad := e2e.NewReceiver(t), e2e.NewReceiver(t)
	bad.Answer(func(e2e.Request) int { return 500 })
	p.Bind(t, "ONCRMACTIVITYUPDATE", good.URL)
	p.Bind(t, "ONCRMACTIVITYUPDATE", bad.URL+"?key=1")
	first := p.Publish(t, "ONCRMACTIVITYUPDATE", `{"FIELDS":{"ID":"999"}}`)
	second := p.Publish(t, "ONCRMACTIVITYUPDATE", `{"FIELDS":{"ID":"999"}}`)
	lost := p.Publish(t, "ONCRMDEALADD", `{"FIELDS":{"ID":"5"}}`)
	good.Wait(t, "ONCRMACTIVITYUPDATE", 2)
	bad.Wait(t, "ONCRMACTIVITYUPDATE", 1)
	says := func(want []string, args ...string) {
		t.Helper()
		var out string
		ok := func() bool {
			var code int
			code, out = verb(t, p, args...)
			for _, part := range want {
				if code != 0 || !strings.Contains(out, part) {
					return false
				}
			}
			return true
		}
		defer func() {
			if t.Failed() {
				t.Logf("%v should say %q:\n%s", args, want, out)
			}
		}()
		testkit.Eventually(t, e2e.Patience, args[0]+" says it", ok)
	}
	says([]string{"1 delivered, 1 waiting.", "DELIVERED", "answered 200", "WAITING", "Attempt 1 was answered 500. The next attempt is at", "(in "}, "explain", first.ID)
	says([]string{"It waits behind delivery", "about the same object", "event " + first.ID}, "explain", second.ID)
	says([]string{"Nobody was told", "event.bind with event=ONCRMDEALADD"}, "explain", lost.ID)
	says([]string{"Event " + second.ID + ":", "Event " + first.ID + ":"}, "explain", "--object", "crm.activity:999")
	says([]string{"no event about it"}, "explain", "--object", "crm.activity:1")
	says([]string{" -> " + good.URL + ": delivered, attempt 1: 200 in "}, "deliveries", "--object", "crm.activity:999", "--state", "delivered")
	says([]string{"waiting, attempt 1: 500 in ", "again at "}, "deliveries", "--event", "ONCRMACTIVITYUPDATE", "--state", "waiting,failed")
	says([]string{"nothing was found"}, "deliveries", "--state", "failed")
	code, out := verb(t, p, "deliveries", "--event", "ONCRMACTIVITYUPDATE", "--json", "--limit", "3")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); code != 0 || len(lines) != 3 || !json.Valid([]byte(lines[2])) {
		t.Errorf("exit code %d, %s", code, out)
	}
}

func TestTheLogIsReadByURLAndToken(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false")
	lost := p.Publish(t, "ONCRMDEALADD", `{"FIELDS":{"ID":"5"}}`)
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(p.AdminToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, access := range [][]string{{"--url", p.PortalURL, "--token", p.AdminToken}, {"--url", p.PortalURL, "--token-file", file}} {
		code, stdout, stderr := e2e.Run(t, t.TempDir(), append([]string{"explain", lost.ID}, access...)...)
		if code != 0 || !strings.Contains(stdout, "Nobody was told") {
			t.Errorf("exit code %d, %s%s", code, stdout, stderr)
		}
	}
	refused(t, 1, "the admin token is missing or wrong", "explain", "1", "--url", p.PortalURL, "--token", "wrong")
	refused(t, 2, "--portal is missing", "explain", "--object", "crm.deal:5", "--url", p.PortalURL, "--token", p.AdminToken)
	refused(t, 1, "not found", "explain", "777", "--creds", p.CredsFile)
	refused(t, 2, `unknown event "ONNOTHING"`, "deliveries", "--event", "ONNOTHING", "--creds", p.CredsFile)
	refused(t, 2, `unknown state "lost"`, "tail", "--state", "lost", "--creds", p.CredsFile)
	refused(t, 1, `no portal has the member_id "nobody"`, "deliveries", "--portal", "nobody", "--creds", p.CredsFile)
}

func TestTailShowsWhatHappensUntilTheServerEnds(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false")
	r := e2e.NewReceiver(t)
	r.Answer(func(e2e.Request) int { return 500 })
	p.Bind(t, "ONCRMACTIVITYUPDATE", r.URL)
	people := e2e.Start(t, "", nil, "tail", "--creds", p.CredsFile)
	programs := e2e.Start(t, "", nil, "tail", "--creds", p.CredsFile, "--json", "--state", "waiting", "--object", "crm.activity:999")
	testkit.Eventually(t, e2e.Patience, "both show the attempt", func() bool {
		p.Publish(t, "ONCRMDEALADD", `{"FIELDS":{"ID":"5"}}`)
		p.Publish(t, "ONCRMACTIVITYUPDATE", `{"FIELDS":{"ID":"999"}}`)
		return strings.Contains(people.Stdout.String(), "ONCRMACTIVITYUPDATE crm.activity:999") &&
			strings.Contains(people.Stdout.String(), "ONCRMDEALADD crm.deal:5") &&
			strings.Contains(people.Stdout.String(), " 0 deliveries")
	})
	p.Publish(t, "ONCRMACTIVITYUPDATE", `{"FIELDS":{"ID":"998"}}`)
	testkit.Eventually(t, e2e.Patience, "the attempt is shown", func() bool {
		return strings.Contains(people.Stdout.String(), " -> "+r.URL+": 500 in ") && strings.Contains(people.Stdout.String(), "again at ")
	})
	testkit.Eventually(t, e2e.Patience, "the first attempt or its retry is shown to programs", func() bool {
		return strings.Contains(programs.Stdout.String(), "crm.activity:999")
	})
	if code := p.Stop(t); code != 0 {
		t.Errorf("the portal ends with %d", code)
	}
	for _, listener := range []*e2e.Process{people, programs} {
		if code := listener.Wait(t); code != 1 || !strings.Contains(listener.Stderr.String(), "the server has ended the stream") {
			t.Errorf("exit code %d, %s", code, listener.Stderr)
		}
	}
	if text := programs.Stdout.String(); strings.Contains(text, "crm.activity:998") || strings.Contains(text, "ONCRMDEALADD") || strings.Contains(text, "\x1b") {
		t.Errorf("the filter lets through %s", text)
	}
}
