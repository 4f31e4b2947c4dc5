package main_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
)

type handler struct {
	Event, Handler string
	AuthType       string `json:"auth_type"`
}

func handlersOf(t *testing.T, p *e2e.Portal) (all []handler) {
	t.Helper()
	p.MustCall(t, "event.get", nil, &all)
	return all
}

// bindable are the events that the application may bind, without the two that
// dev leaves out.
func bindable(t *testing.T, p *e2e.Portal) (codes []string) {
	t.Helper()
	p.MustCall(t, "events", nil, &codes)
	return slices.DeleteFunc(codes, func(c string) bool { return c == "ONAPPINSTALL" || c == "ONOFFLINEEVENT" })
}

// boundTo are the events bound to a URL in actor mode, each as often as it is
// bound.
func boundTo(t *testing.T, p *e2e.Portal, url string) (codes []string) {
	t.Helper()
	for _, h := range handlersOf(t, p) {
		if h.Handler == url && h.AuthType == "0" && h.Event != "ONAPPINSTALL" {
			codes = append(codes, h.Event)
		}
	}
	return codes
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func TestWithoutAHandlerNothingOfTheApplicationIsBound(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	if all := handlersOf(t, p); len(all) != 0 {
		t.Errorf("%v", all)
	}
}

func TestHandlerIsBoundToEveryEventAndGetsOnAppInstallOnce(t *testing.T) {
	t.Parallel()
	r := e2e.NewReceiver(t)
	p := e2e.Dev(t, "--handler", r.URL)
	install := r.Wait(t, "ONAPPINSTALL", 1)[0]
	if install.Value("data[VERSION]") != "1.0.0" || install.Value("auth[application_token]") != p.ApplicationToken || install.Value("auth[refresh_token]") == "" {
		t.Errorf("ONAPPINSTALL is %s", install.Body)
	}
	want := bindable(t, p)
	if got := boundTo(t, p, r.URL); len(want) < 100 || !sameSet(got, want) {
		t.Errorf("bound are\n%v\nwant\n%v", got, want)
	}
	p.Publish(t, "ONCRMACTIVITYUPDATE", `{"FIELDS":{"ID":"999"}}`)
	r.Wait(t, "ONCRMACTIVITYUPDATE", 1)
	p.UntilSettled(t)
	p.Stop(t)

	again := e2e.DevIn(t, p.Dir, "--handler", r.URL)
	if got := boundTo(t, again, r.URL); !sameSet(got, want) {
		t.Errorf("after a restart bound are %v", got)
	}
	again.UntilSettled(t)
	if n := len(r.Of("ONAPPINSTALL")); n != 1 {
		t.Errorf("ONAPPINSTALL came %d times", n)
	}
}

func TestARestartBindsOnlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	r := e2e.NewReceiver(t)
	p := e2e.Dev(t, "--handler", r.URL)
	want := bindable(t, p)
	unbind := map[string][]string{"event": {"ONCRMLEADADD"}, "handler": {r.URL}}
	p.MustCall(t, "event.unbind", unbind, nil)
	before := handlerIDs(t, p)
	p.Stop(t)
	q := e2e.DevIn(t, p.Dir, "--handler", r.URL)
	if got := boundTo(t, q, r.URL); !sameSet(got, want) {
		t.Errorf("bound are %v", got)
	}
	after := handlerIDs(t, q)
	for event, id := range before {
		if after[event] != id {
			t.Errorf("%s was bound anew", event)
		}
	}
}

func handlerIDs(t *testing.T, p *e2e.Portal) map[string]string {
	t.Helper()
	list, err := p.Admin(t).Handlers(t.Context(), p.MemberID)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, h := range list {
		ids[h.ClientID+" "+h.Event] = h.ID
	}
	return ids
}

func TestAnotherHandlerTakesThePlaceOfTheOneBefore(t *testing.T) {
	t.Parallel()
	first, second := e2e.NewReceiver(t), e2e.NewReceiver(t)
	p := e2e.Dev(t, "--handler", first.URL)
	first.Wait(t, "ONAPPINSTALL", 1)
	p.UntilSettled(t)
	p.Stop(t)
	q := e2e.DevIn(t, p.Dir, "--handler", second.URL)
	second.Wait(t, "ONAPPINSTALL", 1)
	if old := boundTo(t, q, first.URL); len(old) != 0 {
		t.Errorf("still bound to the first: %v", old)
	}
	if got := boundTo(t, q, second.URL); !sameSet(got, bindable(t, q)) {
		t.Errorf("bound to the second: %v", got)
	}
	if q.ApplicationToken != p.ApplicationToken {
		t.Error("it is another installation")
	}
}

func TestAnUninstalledApplicationIsInstalledAtTheNextStart(t *testing.T) {
	t.Parallel()
	r := e2e.NewReceiver(t)
	p := e2e.Dev(t, "--handler", r.URL)
	if code, out, stderr := e2e.Run(t, "", "app", "uninstall", "--creds", p.CredsFile); code != 0 {
		t.Fatalf("exit code %d, %s%s", code, out, stderr)
	}
	r.Wait(t, "ONAPPUNINSTALL", 1)
	p.UntilSettled(t)
	p.Stop(t)
	q := e2e.DevIn(t, p.Dir, "--handler", r.URL)
	r.Wait(t, "ONAPPINSTALL", 2)
	if q.ClientID != p.ClientID || q.ClientSecret != p.ClientSecret || q.ApplicationToken == p.ApplicationToken {
		t.Errorf("before %+v\nafter %+v", p.Creds, q.Creds)
	}
	if got := boundTo(t, q, r.URL); !sameSet(got, bindable(t, q)) {
		t.Errorf("bound are %v", got)
	}
}

func TestInstallingAgainSaysThatTheTokensInTheFileAreOld(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	const old = "its tokens in the creds file are of the installation before"
	if code, out, stderr := e2e.Run(t, "", "app", "update", "--version", "2.0.0", "--creds", p.CredsFile); code != 0 || strings.Contains(out, old) {
		t.Errorf("exit code %d, %s%s", code, out, stderr)
	}
	if code, out, stderr := e2e.Run(t, "", "app", "uninstall", "--creds", p.CredsFile); code != 0 {
		t.Errorf("exit code %d, %s%s", code, out, stderr)
	}
	if code, out, stderr := e2e.Run(t, "", "app", "install", "--creds", p.CredsFile); code != 0 || !strings.Contains(out, old) {
		t.Errorf("exit code %d, %s%s", code, out, stderr)
	}
}

// echoOf lists the handlers of the echo handler's application.
func echoOf(t *testing.T, p *e2e.Portal) (events []string) {
	t.Helper()
	list, err := p.Admin(t).Handlers(t.Context(), p.MemberID)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range list {
		if h.ClientID != p.ClientID {
			events = append(events, h.Event)
		}
	}
	return events
}

func TestTheEchoHandlerIsBoundByAnApplicationOfItsOwn(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	if got := echoOf(t, p); !sameSet(got, append(bindable(t, p), "ONAPPINSTALL")) {
		t.Errorf("bound are %v", got)
	}
	before := p.UntilSettled(t)
	if before.Delivered != 1 {
		t.Errorf("its ONAPPINSTALL is not all that was delivered: %+v", before)
	}
	if n := p.Publish(t, "ONCRMLEADADD", `{"FIELDS":{"ID":"1"}}`).Deliveries; n != 1 {
		t.Errorf("%d deliveries", n)
	}
	if after := p.UntilSettled(t); after.Delivered != 2 || after.Failed != 0 {
		t.Errorf("%+v", after)
	}
	p.Stop(t)
	again := e2e.DevIn(t, p.Dir)
	if stats := again.UntilSettled(t); stats.Events != before.Events+1 {
		t.Errorf("a restart raised events: %+v", stats)
	}
}

func TestWithoutEchoNothingWaitsForIt(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	p.UntilSettled(t)
	p.Stop(t)
	q := e2e.DevIn(t, p.Dir, "--echo=false")
	if n := q.Publish(t, "ONCRMLEADADD", `{"FIELDS":{"ID":"1"}}`).Deliveries; n != 0 {
		t.Errorf("%d deliveries", n)
	}
	q.Stop(t)
	r := e2e.DevIn(t, p.Dir)
	if n := r.Publish(t, "ONCRMLEADADD", `{"FIELDS":{"ID":"1"}}`).Deliveries; n != 1 {
		t.Errorf("%d deliveries after it is on again", n)
	}
	fresh := e2e.Dev(t, "--echo=false")
	if got := echoOf(t, fresh); len(got) != 0 {
		t.Errorf("bound are %v", got)
	}
}

func TestScopeIsKeptUntilItIsSetAgain(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--scope", "crm,telephony")
	if p.Scope != "crm,telephony" || p.NoScopeMethod == "telephony.externalline.get" || p.NoScopeMethod == "" {
		t.Errorf("scope %s, %s", p.Scope, p.NoScopeMethod)
	}
	if a := p.Call(t, p.NoScopeMethod, nil); a.Error != "insufficient_scope" {
		t.Errorf("%s answers %+v", p.NoScopeMethod, a)
	}
	p.Stop(t)
	q := e2e.DevIn(t, p.Dir)
	if q.Scope != "crm,telephony" {
		t.Errorf("after a restart the scope is %s", q.Scope)
	}
	q.Stop(t)
	r := e2e.DevIn(t, p.Dir, "--scope", "calendar")
	if r.Scope != "calendar" {
		t.Errorf("set again, the scope is %s", r.Scope)
	}
	for what, answer := range map[string]e2e.Answer{
		"the application": r.Call(t, "crm.activity.list", nil),
		"the webhook":     e2e.Post(t, r.WebhookURL+"crm.activity.list", nil),
	} {
		if answer.Error != "insufficient_scope" {
			t.Errorf("%s may still: %+v", what, answer)
		}
	}
	if !slices.Contains(echoOf(t, r), "ONCALENDARENTRYADD") {
		t.Error("the echo handler is not bound to the events of the new scope")
	}
}

func TestADomainIsTheHostOfEverything(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	p.Stop(t)
	q := e2e.DevIn(t, p.Dir, "--domain", "Portal.Localhost")
	if !strings.HasPrefix(q.PortalURL, "http://portal.localhost:") || !strings.HasPrefix(q.TLSWebhookURL, "https://portal.localhost:") || q.Domain != "portal.localhost" {
		t.Errorf("%+v", q.Creds)
	}
	if q.MemberID != p.MemberID {
		t.Error("it is another portal")
	}
}
