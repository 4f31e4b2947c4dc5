package main_test

import (
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
