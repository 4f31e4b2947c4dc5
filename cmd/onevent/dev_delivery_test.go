package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

func TestDevRetriesAsItIsTold(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false", "--retry", "10ms,20ms", "--deadline", "1h", "--timeout", "5s")
	r := e2e.NewReceiver(t)
	r.Answer(func(e2e.Request) int { return 404 })
	p.Bind(t, "ONCRMLEADADD", r.URL)
	code, out := emit(t, p, "ONCRMLEADADD", "--data", `{"FIELDS":{"ID":"1"}}`)
	if code != 1 || !strings.Contains(out, "attempt 3: 404") || strings.Contains(out, "attempt 4") || !strings.Contains(out, "failed (exhausted)") {
		t.Errorf("exit code %d, %s", code, out)
	}
	list, err := p.Admin(t).Destinations(t.Context(), p.MemberID)
	want := onevent.DeliveryOptions{Order: "object", Retry: "10ms,20ms", Deadline: 3600, Concurrency: 64, Timeout: 5}
	if err != nil || len(list) != 1 || list[0].Effective != want {
		t.Errorf("what counts is %+v, %v", list, err)
	}
}

func TestAnApplicationsOptionsHoldFromTheNextAttemptOn(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false", "--retry", "10ms")
	r := e2e.NewReceiver(t)
	r.Answer(func(e2e.Request) int { return 404 })
	p.Bind(t, "ONCRMLEADADD", r.URL)
	for _, c := range []struct{ retry, last, next string }{{"none", "attempt 1: 404", "attempt 2"}, {"10ms,10ms,10ms", "attempt 4: 404", "attempt 5"}} {
		_, err := p.Admin(t).ChangeApplication(t.Context(), p.ClientID, client.ApplicationChange{Delivery: client.DeliveryChange{Retry: &c.retry}})
		if err != nil {
			t.Fatal(err)
		}
		code, out := emit(t, p, "ONCRMLEADADD", "--data", `{"FIELDS":{"ID":"1"}}`)
		if code != 1 || !strings.Contains(out, c.last) || strings.Contains(out, c.next) {
			t.Errorf("%s: exit code %d, %s", c.retry, code, out)
		}
	}
}

func TestDevSaysWhatDisabledAHandlerAndWhatHelps(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false")
	r := e2e.NewReceiver(t)
	r.Answer(func(e2e.Request) int { return 410 })
	p.Bind(t, "ONCRMLEADADD", r.URL)
	p.Publish(t, "ONCRMLEADADD", `{"FIELDS":{"ID":"1"}}`)
	line := " ! " + r.URL + ": it answered 410, so its handler of ONCRMLEADADD is disabled and its events wait; event.bind enables it again"
	testkit.Eventually(t, e2e.Patience, "the screen tells of it", func() bool { return strings.Contains(p.Stdout.String(), line) })
	testkit.Eventually(t, e2e.Patience, "the log tells of it, once", func() bool {
		log := p.Stderr.String()
		return strings.Count(log, `"msg":"operator event"`) == 1 && strings.Contains(log, `"verdict":"gone"`)
	})
	r.Answer(func(e2e.Request) int { return 200 })
	handlers, err := p.Admin(t).Handlers(t.Context(), p.MemberID)
	if err != nil || len(handlers) != 1 || handlers[0].Disabled != "gone" {
		t.Fatalf("%+v, %v", handlers, err)
	}
	if _, err := p.Admin(t).EnableHandler(t.Context(), p.MemberID, handlers[0].ID); err != nil {
		t.Fatal(err)
	}
	p.UntilSettled(t)
	r.Wait(t, "ONCRMLEADADD", 2)
}

func TestDevSendsOperatorEventsSignedWithTheSecretThatItsFolderKeeps(t *testing.T) {
	t.Parallel()
	ops, app := e2e.NewReceiver(t), e2e.NewReceiver(t)
	app.Answer(func(e2e.Request) int { return 410 })
	p := e2e.Dev(t, "--echo=false", "--operator", ops.URL)
	p.Bind(t, "ONCRMLEADADD", app.URL)
	p.Publish(t, "ONCRMLEADADD", `{"FIELDS":{"ID":"1"}}`)
	testkit.Eventually(t, e2e.Patience, "the operator hears of it", func() bool { return len(ops.Got()) == 1 })
	kept, err := os.ReadFile(filepath.Join(p.Dir, "secrets.json"))
	if err != nil {
		t.Fatal(err)
	}
	var secrets struct {
		OperatorSecret string `json:"operator_secret"`
	}
	if err := json.Unmarshal(kept, &secrets); err != nil {
		t.Fatal(err)
	}
	wh, err := webhooks.NewWebhook(secrets.OperatorSecret)
	if err != nil {
		t.Fatal(err)
	}
	got := ops.Got()[0]
	if err := wh.Verify([]byte(got.Body), got.Header); err != nil || !strings.Contains(got.Body, `"type":"handler.disabled"`) {
		t.Errorf("%v: %s", err, got.Body)
	}
	if out := p.Stdout.String() + p.Stderr.String(); strings.Contains(out, secrets.OperatorSecret) {
		t.Errorf("the secret is shown: %s", out)
	}
}
