package main_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/internal/e2e"
)

func app(t *testing.T, p *e2e.Portal, args ...string) (code int, out string) {
	t.Helper()
	code, stdout, stderr := e2e.Run(t, "", append([]string{"app", args[0], "--creds", p.CredsFile}, args[1:]...)...)
	return code, stdout + stderr
}

func succeed(t *testing.T, p *e2e.Portal, says string, args ...string) {
	t.Helper()
	if code, out := app(t, p, args...); code != 0 || !strings.Contains(out, says) {
		t.Fatalf("%v: exit code %d, %q; it should say %q", args, code, out, says)
	}
}

func TestUpdateRegistersAnUnknownVersionFromTheOneBefore(t *testing.T) {
	t.Parallel()
	r := e2e.NewReceiver(t)
	p := e2e.Dev(t, "--handler", r.URL, "--scope", "crm")
	r.Wait(t, "ONAPPINSTALL", 1)
	succeed(t, p, "at version 2.1.0", "update", "--version", "2.1.0", "--language", "de")
	update := r.Wait(t, "ONAPPUPDATE", 1)[0]
	for key, want := range map[string]string{
		"data[VERSION]": "2.1.0", "data[PREVIOUS_VERSION]": "1.0.0", "data[LANGUAGE_ID]": "de", "auth[scope]": "crm", "auth[user_id]": "1",
	} {
		if got := update.Value(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	r.Wait(t, "ONAPPINSTALL", 2)
	other := e2e.NewReceiver(t)
	succeed(t, p, "scope crm,user", "update", "--version", "3", "--scope", "crm,user", "--event-url", other.URL)
	if got := other.Wait(t, "ONAPPINSTALL", 1)[0].Value("auth[scope]"); got != "crm,user" {
		t.Errorf("the scope is %s", got)
	}
	if code, out := app(t, p, "update", "--version", "2.1.0", "--scope", "calendar"); code != 2 || !strings.Contains(out, "registered already") {
		t.Errorf("exit code %d, %s", code, out)
	}
	for _, lower := range []string{"2.1.0", "2.10"} {
		if code, out := app(t, p, "update", "--version", lower); code != 1 || !strings.Contains(out, "version 3 is installed") || strings.Contains(out, "registered") {
			t.Errorf("exit code %d, %s", code, out)
		}
	}
	if code, out := app(t, p, "update", "--version", "two"); code != 2 || !strings.Contains(out, "digits and dots") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

func TestUninstallAndInstall(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	succeed(t, p, "is uninstalled", "uninstall")
	if a := p.Call(t, "profile", nil); a.Error != "NOT_INSTALLED" && a.Error != "invalid_token" {
		t.Errorf("its token still works: %+v", a)
	}
	for _, args := range [][]string{{"uninstall"}, {"finish"}, {"update", "--version", "2"}} {
		if code, out := app(t, p, args...); code != 1 || !strings.Contains(out, "not installed") {
			t.Errorf("%v: exit code %d, %s", args, code, out)
		}
	}
	succeed(t, p, "at version 1.0.0", "install")
	succeed(t, p, "at version 1.0.0", "finish")
	if code, out := app(t, p, "install", "local.nobody"); code != 1 || !strings.Contains(out, "no application") {
		t.Errorf("exit code %d, %s", code, out)
	}
}

func TestAnotherApplicationIsCarriedThroughItsLifeByItsID(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	made, err := p.Admin(t).RegisterApplication(t.Context(), client.NewApplication{Name: "Market", Kind: "market", UI: true})
	if err != nil {
		t.Fatal(err)
	}
	if code, out := app(t, p, "install", made.ClientID); code != 2 || !strings.Contains(out, "no version yet") {
		t.Errorf("exit code %d, %s", code, out)
	}
	version := client.Version{Version: "1", Scope: "crm", AppURL: "http://127.0.0.1:1/app", InstallURL: "http://127.0.0.1:1/install"}
	if err := p.Admin(t).RegisterVersion(t.Context(), made.ClientID, version); err != nil {
		t.Fatal(err)
	}
	succeed(t, p, "its installer has not finished", "install", made.ClientID)
	succeed(t, p, "is installed at version 1, status F", "finish", made.ClientID, "--user", "1")
	if code, out := app(t, p, "finish", made.ClientID, "--user", "2"); code != 1 || !strings.Contains(out, "administrator") {
		t.Errorf("exit code %d, %s", code, out)
	}
	succeed(t, p, "is uninstalled", "uninstall", made.ClientID, "--clean")
}

func TestAMarketApplicationIsPaidFor(t *testing.T) {
	t.Parallel()
	r := e2e.NewReceiver(t)
	p := e2e.Dev(t)
	made, err := p.Admin(t).RegisterApplication(t.Context(), client.NewApplication{Name: "Market", Kind: "market"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Admin(t).RegisterVersion(t.Context(), made.ClientID, client.Version{Version: "1", Scope: "crm"}); err != nil {
		t.Fatal(err)
	}
	if code, out := app(t, p, "pay", made.ClientID, "--status", "P"); code != 1 || !strings.Contains(out, "not installed") {
		t.Errorf("exit code %d, %s", code, out)
	}
	installed, err := p.Admin(t).Install(t.Context(), p.Creds.MemberID, made.ClientID, client.Install{Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	bound := e2e.Post(t, p.Creds.PortalURL+"/rest/event.bind", url.Values{"auth": {installed.AccessToken}, "event": {"ONAPPPAYMENT"}, "handler": {r.URL}})
	if bound.Error != "" {
		t.Fatal(bound)
	}
	succeed(t, p, "status F, and there is nothing to pay", "pay", made.ClientID)
	succeed(t, p, "status P, paid until 2999-12-31, days left: ", "pay", made.ClientID, "--status", "P", "--until", "2999-12-31")
	if got := r.Wait(t, "ONAPPPAYMENT", 1)[0].Value("data[STATUS]"); got != "P" {
		t.Errorf("the status that was told is %s", got)
	}
	succeed(t, p, "until 2020-01-01 has expired", "pay", made.ClientID, "--until", "2020-01-01")
	if got := r.Wait(t, "ONAPPPAYMENT", 2)[1].Value("data[PAYMENT_EXPIRED]"); got != "Y" {
		t.Errorf("that it expired is told as %s", got)
	}
	if a := e2e.Post(t, p.Creds.PortalURL+"/rest/profile", url.Values{"auth": {installed.AccessToken}}); a.Error != "PAYMENT_REQUIRED" {
		t.Errorf("REST answers %+v", a)
	}
	succeed(t, p, "status P, and there is nothing to pay", "pay", made.ClientID, "--until=")
	for _, c := range []struct {
		code  int
		words string
		args  []string
	}{
		{1, "nothing to pay for a local application", []string{"pay", "--status", "P"}},
		{2, "status must be one of", []string{"pay", made.ClientID, "--status", "X"}},
		{2, "such as 2026-12-31", []string{"pay", made.ClientID, "--until", "tomorrow"}},
		{1, "no application", []string{"pay", "app.nobody"}},
	} {
		if code, out := app(t, p, c.args...); code != c.code || !strings.Contains(out, c.words) {
			t.Errorf("%v: exit code %d, %s", c.args, code, out)
		}
	}
}

func TestAMethodIsConfirmedByHand(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--scope", "crm,telephony")
	if code, out := app(t, p, "confirm"); code != 1 || !strings.Contains(out, "no method waits") {
		t.Errorf("exit code %d, %s", code, out)
	}
	answers := func(method, want string) {
		t.Helper()
		if a := p.Call(t, method, nil); a.Error != want {
			t.Errorf("%s: got %+v, want %s", method, a, want)
		}
	}
	answers("voximplant.user.get", "METHOD_CONFIRM_WAITING")
	succeed(t, p, "voximplant.user.get is confirmed for user 1", "confirm")
	answers("voximplant.user.get", "")
	settings := client.SettingsChange{ConfirmMethods: new([]string{"app.info", "server.time"})}
	if _, err := p.Admin(t).ChangePortal(t.Context(), p.Creds.MemberID, client.PortalChange{Settings: settings}); err != nil {
		t.Fatal(err)
	}
	answers("app.info", "METHOD_CONFIRM_WAITING")
	answers("server.time", "METHOD_CONFIRM_WAITING")
	succeed(t, p, "nothing was decided", "confirm")
	succeed(t, p, "app.info is denied for user 1", "confirm", "--method", "app.info", "--deny")
	answers("app.info", "METHOD_CONFIRM_DENIED")
	succeed(t, p, "app.info is confirmed", "confirm", "--method", "app.info")
	answers("app.info", "")
	if code, out := app(t, p, "confirm", "--method", "user.get"); code != 1 || !strings.Contains(out, "has not called user.get") {
		t.Errorf("exit code %d, %s", code, out)
	}
	succeed(t, p, "server.time is confirmed", "confirm", p.Creds.ClientID)
}
