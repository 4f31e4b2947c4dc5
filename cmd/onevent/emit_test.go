package main_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
)

func emit(t *testing.T, p *e2e.Portal, args ...string) (code int, out string) {
	t.Helper()
	code, stdout, stderr := e2e.Run(t, "", append([]string{"emit", "--creds", p.CredsFile}, args...)...)
	return code, stdout + stderr
}

func TestEmitShowsEveryAttemptUntilAllAreAnswered(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false")
	good, flaky := e2e.NewReceiver(t), e2e.NewReceiver(t)
	var calls atomic.Int32
	flaky.Answer(func(e2e.Request) int {
		if calls.Add(1) == 1 {
			return 500
		}
		return 204
	})
	p.Bind(t, "ONCRMACTIVITYUPDATE", good.URL)
	p.Bind(t, "ONCRMACTIVITYUPDATE", flaky.URL)
	code, out := emit(t, p, "oncrmactivityupdate", "--data", `{"FIELDS":{"ID":"999"}}`, "--user", "2")
	for _, line := range []string{": 2 deliveries", good.URL + ": attempt 1: 200 in ", flaky.URL + ": attempt 1: 500 in ", flaky.URL + ": attempt 2: 204 in "} {
		if code != 0 || strings.Count(out, line) != 1 {
			t.Errorf("exit code %d, %q is not there once:\n%s", code, line, out)
		}
	}
	if user := good.Wait(t, "ONCRMACTIVITYUPDATE", 1)[0].Value("auth[user_id]"); user != "2" {
		t.Errorf("the actor is %s", user)
	}
}

func TestEmitFailsWhenItIsNotAnsweredInTime(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false")
	r := e2e.NewReceiver(t)
	r.Answer(func(e2e.Request) int { return 500 })
	p.Bind(t, "ONCRMLEADADD", r.URL)
	code, out := emit(t, p, "ONCRMLEADADD", "--data", `{"FIELDS":{"ID":"1"}}`, "--timeout", "1s")
	if code != 1 || !strings.Contains(out, "attempt 1: 500") || !strings.Contains(out, "in time") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

func TestEmitFailsAtOnceWhenADeliveryHasFailedForGood(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false")
	r := e2e.NewReceiver(t)
	r.Answer(func(e2e.Request) int { return 500 })
	p.MustCall(t, "event.bind", map[string][]string{"event": {"ONCRMLEADADD"}, "handler": {r.URL}, "options[retry]": {"none"}}, nil)
	code, out := emit(t, p, "ONCRMLEADADD", "--data", `{"FIELDS":{"ID":"1"}}`, "--timeout", "25s")
	if code != 1 || !strings.Contains(out, "failed (exhausted)") || !strings.Contains(out, "without success") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

func TestEmitSaysWhenNobodyIsBound(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false")
	code, out := emit(t, p, "ONCRMLEADADD", "--data", `{"FIELDS":{"ID":"1"}}`)
	if code != 0 || !strings.Contains(out, "0 deliveries") || !strings.Contains(out, "no handler is bound") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

func TestEmitRefusesWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false")
	for says, args := range map[string][]string{
		`unknown event "ONNOTHING"`: {"ONNOTHING"},
		"by the platform alone":     {"ONAPPINSTALL"},
		"must have a value at":      {"ONCRMLEADADD", "--data", "{}"},
		"no user 77":                {"ONCRMLEADADD", "--data", `{"FIELDS":{"ID":"1"}}`, "--user", "77"},
	} {
		if code, out := emit(t, p, args...); code != 2 || !strings.Contains(out, says) {
			t.Errorf("%v: exit code %d, %s", args, code, out)
		}
	}
}
