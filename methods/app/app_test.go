package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
)

type bench struct {
	*testportal.Portal
	handler http.Handler
	admin   testportal.Caller
}

func open(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	p := testportal.Open(t)
	h := p.Handler(p.Methods()...)
	return &bench{p, h, testportal.As(h, p.Token(testportal.Admin))}
}

func (b *bench) hook(method, params string, scope ...string) testportal.Answer {
	return testportal.Post(b.handler, "/rest/1/"+b.Webhook(testportal.Admin, scope...)+"/"+method, "", params)
}

func wantResult(t *testing.T, a testportal.Answer, result string) {
	t.Helper()
	if a.Status != 200 || !strings.HasPrefix(a.Text, `{"result":`+result+`,"time":{`) {
		t.Errorf("got %d %s, want %s", a.Status, a.Text, result)
	}
}

// docs/protocol/rest.md section 11.
func TestInfoOfAnApplication(t *testing.T) {
	b := open(t)
	info := `{"ID":1,"CODE":"` + testportal.ClientID + `","VERSION":1,"STATUS":"L","INSTALLED":true,"PAYMENT_EXPIRED":"N","DAYS":null,` +
		`"LANGUAGE_ID":"en","LICENSE":"en_pro","LICENSE_TYPE":"pro","LICENSE_FAMILY":"pro"}`
	wantResult(t, b.admin.Call("app.info", ""), info)
	b.ChangeInstallation(func(i *directory.Installation) {
		i.Installed, i.PaidUntil = false, b.Clock.Now().Add(49*time.Hour)
	})
	info = strings.Replace(strings.Replace(info, "true", "false", 1), "null", "2", 1)
	wantResult(t, b.admin.Call("app.info", ""), info)
	b.Clock.Advance(50 * time.Minute)
	b.ChangeInstallation(func(i *directory.Installation) { i.PaidUntil = b.Clock.Now().Add(-time.Hour) })
	wantResult(t, b.admin.Call("app.info", ""), strings.Replace(info, `"DAYS":2`, `"DAYS":0`, 1))
}

func TestInfoOfAWebhook(t *testing.T) {
	b := open(t)
	wantResult(t, b.hook("app.info", "", "crm", "task"), `{"SCOPE":["crm","task"],"LICENSE":"en_pro"}`)
	wantResult(t, b.hook("app.info", ""), `{"SCOPE":[],"LICENSE":"en_pro"}`)
}

func TestScope(t *testing.T) {
	b := open(t)
	wantResult(t, b.admin.Call("scope", ""), `["crm","calendar","user"]`)
	wantResult(t, b.hook("scope", ""), `[]`)
	all := b.admin.Call("scope", `{"full":true}`)
	if !strings.Contains(all.Text, `"telephony"`) || strings.Contains(all.Text, `"basic"`) {
		t.Errorf("full scope: %s", all.Text)
	}
}

func TestMethodsListsByScope(t *testing.T) {
	b := open(t)
	for params, want := range map[string][3]bool{ // app.info, crm.activity.add, telephony.externalline.get
		``:                     {true, true, false},
		`{"full":true}`:        {true, true, true},
		`{"scope":"crm"}`:      {false, true, false},
		`{"scope":""}`:         {true, false, false},
		`{"scope":"nonsense"}`: {false, false, false},
		`{"scope":["crm"]}`:    {false, false, false},
	} {
		a := b.admin.Call("methods", params)
		for i, name := range []string{"app.info", "crm.activity.add", "telephony.externalline.get"} {
			if got := strings.Contains(a.Text, `"`+name+`"`); a.Status != 200 || got != want[i] {
				t.Errorf("%s: %s listed is %v in %s", params, name, got, a.Text)
			}
		}
	}
}

func TestMethodGet(t *testing.T) {
	b := open(t)
	for name, want := range map[string]string{
		"crm.activity.add": `{"isExisting":true,"isAvailable":true}`, "telephony.externalline.get": `{"isExisting":true,"isAvailable":false}`,
		"nonsense": `{"isExisting":false,"isAvailable":false}`, "": `{"isExisting":false,"isAvailable":false}`,
	} {
		wantResult(t, b.admin.Call("method.get", `{"name":"`+name+`"}`), want)
	}
	wantResult(t, b.admin.Call("method.get", `{"name":[1]}`), `{"isExisting":false,"isAvailable":false}`)
}

func TestServerTimeIsInThePortalsZone(t *testing.T) {
	b := open(t)
	wantResult(t, b.admin.Call("server.time", ""), `"2026-03-01T14:00:00+02:00"`)
}

func TestTelephonyIsForItsScope(t *testing.T) {
	b := open(t)
	if a := b.admin.Call("telephony.externalline.get", ""); a.Status != 403 || a.Body["error"] != "insufficient_scope" {
		t.Errorf("got %d %s", a.Status, a.Text)
	}
	wantResult(t, b.hook("telephony.externalline.get", "", "telephony"), `[]`)
}
