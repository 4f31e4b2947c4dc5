package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/methods/app"
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
	for _, m := range app.Methods(b.Directory) {
		if m.Signed != (m.Name == "app.info") {
			t.Errorf("%s is signed: %v", m.Name, m.Signed)
		}
	}
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
	wantResult(t, b.admin.Call("scope", `{"full":"false"}`), `["crm","calendar","user"]`)
}

func TestMethodsListsByScope(t *testing.T) {
	b := open(t)
	for params, want := range map[string][4]bool{ // app.info, crm.activity.add, user.get, telephony.externalline.get
		``:                         {true, true, true, false},
		`{"full":true}`:            {true, true, true, true},
		`{"FULL":"Y"}`:             {true, true, true, true},
		`{"full":"true"}`:          {true, true, true, true},
		`{"full":1}`:               {true, true, true, true},
		`{"full":"false"}`:         {true, true, true, false},
		`{"full":0}`:               {true, true, true, false},
		`{"full":"N"}`:             {true, true, true, false},
		`{"scope":"crm"}`:          {false, true, false, false},
		`{"SCOPE":"crm"}`:          {false, true, false, false},
		`{"scope":"telephony"}`:    {false, false, false, true},
		`{"scope":"user_brief"}`:   {false, false, true, false},
		`{"scope":""}`:             {true, false, false, false},
		`{"scope":"basic"}`:        {true, false, false, false},
		`{"scope":"","full":true}`: {true, false, false, false},
		`{"scope":null}`:           {true, true, true, false},
		`{"scope":"nonsense"}`:     {false, false, false, false},
		`{"scope":["crm"]}`:        {false, false, false, false},
	} {
		a := b.admin.Call("methods", params)
		for i, name := range []string{"app.info", "crm.activity.add", "user.get", "telephony.externalline.get"} {
			if got := strings.Contains(a.Text, `"`+name+`"`); a.Status != 200 || got != want[i] {
				t.Errorf("%s: %s listed is %v in %s", params, name, got, a.Text)
			}
		}
	}
	for query, want := range map[string]bool{"full=true": true, "scope=": false, "scope=crm": true, "": true} {
		if got := strings.Contains(b.admin.Call("methods?"+query, "").Text, `"crm.activity.add"`); got != want {
			t.Errorf("?%s lists crm.activity.add: %v", query, got)
		}
	}
	if a := b.hook("methods", ""); strings.Contains(a.Text, `"crm.activity.add"`) || !strings.Contains(a.Text, `"app.info"`) {
		t.Errorf("a webhook without scope: %s", a.Text)
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
	wantResult(t, b.admin.Call("method.get", ``), `{"isExisting":false,"isAvailable":false}`)
	wantResult(t, b.admin.Call("method.get", `{"name":[1]}`), `{"isExisting":false,"isAvailable":false}`)
}

// user.add and user.update need the scope user itself;
// docs/protocol/methods-activities-calendar-users.md section 3.
func TestMethodsThatASmallerScopeMayNotCallAreNotOffered(t *testing.T) {
	b := open(t)
	for scope, want := range map[string]bool{"user": true, "user_basic": false, "user_brief": false} {
		if got := strings.Contains(b.hook("methods", ``, scope).Text, `"user.add"`); got != want {
			t.Errorf("%s: user.add is listed: %v", scope, got)
		}
		if got := strings.Contains(b.admin.Call("methods", `{"scope":"`+scope+`"}`).Text, `"user.update"`); got != want {
			t.Errorf("methods of %s: user.update is listed: %v", scope, got)
		}
		available := map[bool]string{true: "true", false: "false"}[want]
		wantResult(t, b.hook("method.get", `{"name":"user.add"}`, scope), `{"isExisting":true,"isAvailable":`+available+`}`)
		wantResult(t, b.hook("method.get", `{"name":"user.get"}`, scope), `{"isExisting":true,"isAvailable":true}`)
	}
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

// docs/protocol/offline-events.md section 2.
func TestFeatures(t *testing.T) {
	b := open(t)
	for code, want := range map[string]string{"rest_offline_extended": "Y", "rest_auth_connector": "Y", "REST_AUTH_CONNECTOR": "Y", "nonsense": "N", "0": "N"} {
		wantResult(t, b.admin.Call("feature.get", `{"CODE":"`+code+`"}`), `{"value":"`+want+`"}`)
		wantResult(t, b.hook("feature.get", `{"code":"`+code+`"}`), `{"value":"`+want+`"}`)
	}
	for _, params := range []string{``, `{"CODE":""}`, `{"CODE":null}`, `{"CODE":["x"]}`} {
		a := b.admin.Call("feature.get", params)
		if code, text := a.Error(); a.Status != 400 || code != "CODE_EMPTY" || text != "CODE can't be empty" {
			t.Errorf("%s: %d %s", params, a.Status, a.Text)
		}
	}
}
