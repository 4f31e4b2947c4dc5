package option_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/methods/option"
	"github.com/onevent/onevent/oauth"
)

type bench struct {
	*testportal.Portal
	handler     http.Handler
	admin, user testportal.Caller
}

func open(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{Portal: testportal.Open(t)}
	b.handler = b.Handler(b.Methods()...)
	b.admin, b.user = b.as(b.App, testportal.Admin), b.as(b.App, testportal.User)
	return b
}

// as calls with a token of an application.
func (b *bench) as(app onevent.ApplicationID, id onevent.UserID) testportal.Caller {
	return testportal.As(b.handler, b.Authority.Mint(oauth.Grant{Installation: b.Installation(app), User: b.Directory.User(1, id)}).Access)
}

func wantResult(t *testing.T, a testportal.Answer, result string) {
	t.Helper()
	if a.Status != 200 || !strings.HasPrefix(a.Text, `{"result":`+result+`,"time":{`) {
		t.Errorf("got %d %.300s, want %s", a.Status, a.Text, result)
	}
}

// docs/protocol/rest.md section 11.
func TestOptionsAreMergedAndRead(t *testing.T) {
	for _, kind := range []string{"app", "user"} {
		t.Run(kind, func(t *testing.T) {
			b := open(t)
			set, get := kind+".option.set", kind+".option.get"
			wantResult(t, b.admin.Call(get, ``), `[]`)
			wantResult(t, b.admin.Call(get, `{"option":"a"}`), `null`)
			wantResult(t, b.admin.Call(set, `{"options":{"b":"1","a":{"x":[1.50,null,{}],"y":[]}}}`), `true`)
			wantResult(t, b.admin.Call(set, `{"OPTIONS":{"c":null,"b":12345678901234567890}}`), `true`)
			wantResult(t, b.admin.Call(set, `{"d":true,"bx24_request_id":"1","state":"s","start":5,"auth_connector":"x"}`), `true`)
			wantResult(t, b.admin.Call(get, ``), `{"b":12345678901234567890,"a":{"x":[1.50,null,{}],"y":[]},"c":null,"d":true}`)
			for option, want := range map[string]string{
				`"a"`: `{"x":[1.50,null,{}],"y":[]}`, `"b"`: `12345678901234567890`, `"c"`: `null`, `"d"`: `true`, `"D"`: `null`, `"z"`: `null`, `""`: `null`,
				`null`: `{"b":12345678901234567890,"a":{"x":[1.50,null,{}],"y":[]},"c":null,"d":true}`,
			} {
				wantResult(t, b.admin.Call(get, `{"OPTION":`+option+`}`), want)
			}
		})
	}
}

func TestOptionsFromAForm(t *testing.T) {
	b := open(t)
	for _, query := range []string{"options[a][b]=1&options[c]=x", "e=f&g[]=1", "options[]=first"} {
		wantResult(t, b.admin.Call("app.option.set?"+query, ``), `true`)
	}
	wantResult(t, b.admin.Call("app.option.get", ``), `{"a":{"b":"1"},"c":"x","e":"f","g":["1"],"0":"first"}`)
	wantResult(t, b.admin.Call("app.option.get?option=g", ``), `["1"]`)
	wantResult(t, b.admin.Call("app.option.get?option=0", ``), `"first"`)
}

func TestBadOptionsAreRefused(t *testing.T) {
	b := open(t)
	for _, method := range []string{"app.option.set", "user.option.set"} {
		for _, params := range []string{``, `{}`, `[]`, `{"options":{}}`, `{"options":[]}`, `{"options":""}`, `{"options":"x","a":1}`, `{"options":null}`, `{"options":5}`, `{"bx24_sdk_ver":"1"}`} {
			a := b.admin.Call(method, params)
			if code, _ := a.Error(); a.Status != 400 || code != "ERROR_ARGUMENT" || a.Body["argument"] != "options" {
				t.Errorf("%s %s: %d %s", method, params, a.Status, a.Text)
			}
		}
	}
	for _, name := range []string{`["a"]`, `{"a":1}`, `[]`} {
		a := b.admin.Call("app.option.get", `{"option":`+name+`}`)
		if code, _ := a.Error(); a.Status != 400 || code != "ERROR_ARGUMENT" || a.Body["argument"] != "option" {
			t.Errorf("%s: %d %s", name, a.Status, a.Text)
		}
	}
	wantResult(t, b.admin.Call("app.option.get", ``), `[]`)
}

// U+0000 never gets here, and the size of all options together is bounded.
func TestNamesAndValuesAreBounded(t *testing.T) {
	b := open(t)
	wantResult(t, b.user.Call("user.option.set", `{"options":{"a\u0000b":"c\u0000d","":"empty","é{}\"":1}}`), `true`)
	wantResult(t, b.user.Call("user.option.get", ``), `{"ab":"cd","":"empty","é{}\"":1}`)
	wantResult(t, b.user.Call("user.option.get", `{"option":""}`), `"empty"`)
	half := strings.Repeat("x", onevent.MaxRecord/2)
	wantResult(t, b.user.Call("user.option.set", `{"options":{"half":"`+half+`"}}`), `true`)
	for _, options := range []string{`"other":"` + half + `"`, `"` + half + `":1`} {
		a := b.user.Call("user.option.set", `{"options":{`+options+`}}`)
		want := `{"error":"ERROR_ARGUMENT","error_description":"The options take more than 262144 bytes together","argument":"options"}`
		if a.Status != 413 || a.Text != want {
			t.Errorf("got %d %.200s", a.Status, a.Text)
		}
	}
	wantResult(t, b.user.Call("user.option.get", `{"option":"other"}`), `null`)
	wantResult(t, b.user.Call("user.option.set", `{"options":{"half":"x"}}`), `true`)
}

func TestOptionsAreForApplicationsAlone(t *testing.T) {
	b := open(t)
	code := b.Webhook(testportal.Admin, "crm")
	for _, method := range []string{"app.option.get", "app.option.set", "user.option.get", "user.option.set"} {
		a := testportal.Post(b.handler, "/rest/1/"+code+"/"+method, "", `{"a":1}`)
		if code, text := a.Error(); a.Status != 403 || code != "ACCESS_DENIED" || text != "Access denied! Application context required" {
			t.Errorf("%s: %d %s", method, a.Status, a.Text)
		}
	}
	userCode := b.Webhook(testportal.User)
	if _, text := testportal.Post(b.handler, "/rest/2/"+userCode+"/app.option.set", "", `{"a":1}`).Error(); text != "Access denied! Application context required" {
		t.Errorf("an ordinary user's webhook is told %s", text)
	}
}

func TestAdministratorsAloneSetOptionsOfTheApplication(t *testing.T) {
	b := open(t)
	for _, params := range []string{`{"a":1}`, ``} {
		a := b.user.Call("app.option.set", params)
		if code, text := a.Error(); a.Status != 403 || code != "ACCESS_DENIED" || text != "Access denied! Administrator authorization required" {
			t.Errorf("%d %s", a.Status, a.Text)
		}
	}
	wantResult(t, b.admin.Call("app.option.set", `{"a":1}`), `true`)
	wantResult(t, b.user.Call("app.option.get", ``), `{"a":1}`)
}

func TestOptionsOfUsersAreTheirOwn(t *testing.T) {
	b := open(t)
	wantResult(t, b.user.Call("user.option.set", `{"mine":1}`), `true`)
	wantResult(t, b.admin.Call("user.option.get", ``), `[]`)
	wantResult(t, b.admin.Call("app.option.get", ``), `[]`)
	wantResult(t, b.user.Call("user.option.get", ``), `{"mine":1}`)
}

// Neither another application nor another portal shares them.
func TestOptionsOfOthersAreNeverSeen(t *testing.T) {
	b := open(t)
	wantResult(t, b.admin.Call("app.option.set", `{"a":1}`), `true`)
	wantResult(t, b.admin.Call("user.option.set", `{"a":1}`), `true`)
	market := b.market()
	other := b.as(market.ID, testportal.Admin)
	wantResult(t, other.Call("app.option.get", ``), `[]`)
	wantResult(t, other.Call("user.option.get", ``), `[]`)
	wantResult(t, other.Call("user.option.set", `{"b":2}`), `true`)
	wantResult(t, b.admin.Call("user.option.get", ``), `{"a":1}`)

	portal, _, err := b.Manager.CreatePortal(context.Background(), lifecycle.PortalRequest{Domain: "two.example.com", PublicURL: "https://two.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	app := b.Directory.Application(b.App)
	if _, err := b.Manager.Install(context.Background(), lifecycle.InstallRequest{Portal: portal, Application: app, Version: "1.0.0"}); err != nil {
		t.Fatal(err)
	}
	b.ID = portal.ID
	token := b.Authority.Mint(oauth.Grant{Installation: b.Installation(b.App), User: b.Directory.User(portal.ID, 1)}).Access
	wantResult(t, testportal.As(b.handler, token).Call("app.option.get", ``), `[]`)
	wantResult(t, testportal.As(b.handler, token).Call("user.option.get", ``), `[]`)
}

// market registers and installs a market application.
func (b *bench) market() *onevent.Application {
	b.T.Helper()
	app, _, err := b.Manager.RegisterApplication(context.Background(), lifecycle.ApplicationRequest{Name: "Market", Kind: onevent.KindMarket})
	if err == nil {
		_, err = b.Manager.RegisterVersion(context.Background(), lifecycle.VersionRequest{Application: app, Version: "1", Scope: "crm"})
	}
	if err != nil {
		b.T.Fatal(err)
	}
	b.installMarket(app)
	return app
}

func (b *bench) installMarket(app *onevent.Application) {
	b.T.Helper()
	if _, err := b.Manager.Install(context.Background(), lifecycle.InstallRequest{Portal: b.Row(), Application: app, Version: "1"}); err != nil {
		b.T.Fatal(err)
	}
}

// docs/protocol/app-lifecycle.md section 3.3.
func TestOptionsEndWithACleanUninstallation(t *testing.T) {
	for _, clean := range []bool{false, true} {
		t.Run(fmt.Sprint(clean), func(t *testing.T) {
			b := open(t)
			app := b.market()
			for id := onevent.UserID(1); id <= 60; id++ {
				b.ChangeUser(id, func(*onevent.User) {})
				wantResult(t, b.as(app.ID, id).Call("user.option.set", `{"a":1}`), `true`)
			}
			wantResult(t, b.as(app.ID, 1).Call("app.option.set", `{"a":1}`), `true`)
			wantResult(t, b.user.Call("user.option.set", `{"other":1}`), `true`)
			if err := b.Manager.Uninstall(context.Background(), b.Row(), app, clean); err != nil {
				t.Fatal(err)
			}
			b.installMarket(app)
			want := `{"a":1}`
			if clean {
				want = `[]`
			}
			wantResult(t, b.as(app.ID, 1).Call("app.option.get", ``), want)
			for _, id := range []onevent.UserID{1, 2, 51, 60} {
				wantResult(t, b.as(app.ID, id).Call("user.option.get", ``), want)
			}
			wantResult(t, b.user.Call("user.option.get", ``), `{"other":1}`)
		})
	}
}

// It is uninstalled with its data whatever is asked for.
func TestALocalApplicationLeavesNothing(t *testing.T) {
	b := open(t)
	wantResult(t, b.admin.Call("user.option.set", `{"a":1}`), `true`)
	if err := b.Manager.Uninstall(context.Background(), b.Row(), b.Directory.Application(b.App), false); err != nil {
		t.Fatal(err)
	}
	if a := b.admin.Call("user.option.set", `{"a":1}`); a.Status != 401 {
		t.Errorf("got %d %s", a.Status, a.Text)
	}
	b.Install(b.App)
	wantResult(t, b.as(b.App, 1).Call("user.option.get", ``), `[]`)
}

// interrupted runs something before its next update.
type interrupted struct {
	onevent.Store
	before func()
}

func (s *interrupted) Update(ctx context.Context, fn func(onevent.Tx) error) error {
	s.before()
	return s.Store.Update(ctx, fn)
}

// An application that is uninstalled while it calls leaves nothing behind.
func TestNothingIsKeptAfterTheUninstallation(t *testing.T) {
	b := open(t)
	store := &interrupted{b.Store, func() {
		if err := b.Manager.Uninstall(context.Background(), b.Row(), b.Directory.Application(b.App), true); err != nil {
			t.Error(err)
		}
	}}
	token := b.Token(testportal.Admin)
	h := b.Handler(option.Methods(option.Config{Store: store, Directory: b.Directory})...)
	if a := testportal.As(h, token).Call("app.option.set", `{"a":1}`); a.Status != 401 || a.Body["error"] != "NOT_INSTALLED" {
		t.Errorf("got %d %s", a.Status, a.Text)
	}
	b.Install(b.App)
	wantResult(t, b.as(b.App, 1).Call("app.option.get", ``), `[]`)
}

// Each of two calls at once keeps what the other sets.
func TestOptionsSetAtOnceAreAllKept(t *testing.T) {
	b := open(t)
	var done sync.WaitGroup
	for i := range 20 {
		done.Go(func() { b.admin.Call("app.option.set", fmt.Sprintf(`{"options":{"k%d":1}}`, i)) })
	}
	done.Wait()
	if row := b.admin.Call("app.option.get", ``).Row(); len(row) != 20 {
		t.Errorf("kept %v", row)
	}
}
