package e2e_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/internal/e2e"
)

// homepage is the web server of an application: it keeps who came.
type homepage struct {
	*httptest.Server
	came chan *http.Request // with their forms read
}

func newHomepage(t *testing.T) *homepage {
	s := &homepage{came: make(chan *http.Request, 10)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/favicon.ico" {
			http.NotFound(w, r)
			return
		}
		r.ParseForm()
		s.came <- r
		fmt.Fprint(w, `<!DOCTYPE html><title>The application</title><h1 id="here">The application</h1>`)
	}))
	t.Cleanup(s.Close)
	return s
}

// tokens are what the authorisation server answers.
type tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	UserID       int64  `json:"user_id"`
	Error        string `json:"error"`
}

// lifetime is an application that a test carries through its life.
type lifetime struct {
	*e2e.Portal
	t        *testing.T
	receiver *e2e.Receiver
}

func (l *lifetime) token(grant string, params url.Values) (int, tokens) {
	l.t.Helper()
	params.Set("grant_type", grant)
	params.Set("client_id", l.ClientID)
	params.Set("client_secret", l.ClientSecret)
	answer, err := http.PostForm(l.OAuthURL+"/oauth/token/", params)
	if err != nil {
		l.t.Fatal(err)
	}
	defer answer.Body.Close()
	var out tokens
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
		l.t.Fatal(err)
	}
	return answer.StatusCode, out
}

func (l *lifetime) call(token, method string, params url.Values) e2e.Answer {
	l.t.Helper()
	form := url.Values{"auth": {token}}
	for name, values := range params {
		form[name] = values
	}
	return e2e.Post(l.t, l.PortalURL+"/rest/"+method, form)
}

func (l *lifetime) must(token, method string, params url.Values) json.RawMessage {
	l.t.Helper()
	a := l.call(token, method, params)
	if a.Error != "" || a.Status != http.StatusOK {
		l.t.Fatalf("%s answers %d %s: %s", method, a.Status, a.Error, a.ErrorDescription)
	}
	return a.Result
}

func (l *lifetime) bind(token string, events ...string) {
	l.t.Helper()
	for _, event := range events {
		l.must(token, "event.bind", url.Values{"event": {event}, "handler": {l.receiver.URL}})
	}
}

// TestTheLifeOfAnApplication plays it on the real binary with a browser: a person signs
// in and lets it act for him, it exchanges the code, binds, works, meets an expired token
// and refreshes, is updated and uninstalled.
func TestTheLifeOfAnApplication(t *testing.T) {
	t.Parallel()
	home := newHomepage(t)
	l := &lifetime{Portal: e2e.Dev(t, "--app-url", home.URL+"/app?from=portal", "--scope", "crm,user"), t: t, receiver: e2e.NewReceiver(t)}
	email, password := "administrator@example.com", "correct horse battery staple"
	if _, err := l.Admin(t).ChangeUser(t.Context(), l.MemberID, 1, client.UserChange{Email: &email, Password: &password}); err != nil {
		t.Fatal(err)
	}
	browser := e2e.NewBrowser(t)

	const state = "a b+c&d=ü"
	authorise := l.PortalURL + "/oauth/authorize/?client_id=" + l.ClientID + "&state=" + url.QueryEscape(state) +
		"&redirect_uri=" + url.QueryEscape("https://elsewhere.example/") + "&scope=task"
	browser.Do(t,
		chromedp.Navigate(authorise),
		chromedp.SendKeys(chromedp.CSS(`#email`), email),
		chromedp.SendKeys(chromedp.CSS(`#password`), "wrong\r"),
		chromedp.WaitVisible(chromedp.CSS(`.problem`)),
		chromedp.SendKeys(chromedp.CSS(`#password`), password+"\r"),
		chromedp.WaitVisible(chromedp.CSS(`#here`)),
	)
	first := (<-home.came).URL.Query()
	want := `^\?from=portal&code=[0-9a-f]+&state=a\+b%2Bc%26d%3D%C3%BC&domain=127\.0\.0\.1&member_id=` + l.MemberID +
		`&scope=crm%2Cuser&server_domain=127\.0\.0\.1$`
	if at := strings.TrimPrefix(browser.Address(t), home.URL+"/app"); !regexp.MustCompile(want).MatchString(at) {
		t.Errorf("the browser was sent to %s", at)
	}
	if first.Get("state") != state {
		t.Errorf("state came back as %q", first.Get("state"))
	}
	browser.Do(t, chromedp.Navigate(authorise), chromedp.WaitVisible(chromedp.CSS(`#here`)))
	second := (<-home.came).URL.Query()
	if second.Get("code") == "" || second.Get("code") == first.Get("code") {
		t.Errorf("who is signed in is sent back with %q", second)
	}

	status, mine := l.token("authorization_code", url.Values{"code": {first.Get("code")}})
	if status != http.StatusOK || mine.AccessToken == "" || mine.RefreshToken == "" || mine.UserID != 1 {
		t.Fatalf("the code is exchanged for %d %+v", status, mine)
	}
	if status, again := l.token("authorization_code", url.Values{"code": {first.Get("code")}}); status != 400 || again.Error != "invalid_grant" {
		t.Errorf("the same code once more: %d %+v", status, again)
	}

	l.bind(mine.AccessToken, "ONCRMACTIVITYADD", "ONAPPUPDATE")
	added := l.must(mine.AccessToken, "crm.activity.add", url.Values{
		"fields[SUBJECT]": {"Call"}, "fields[TYPE_ID]": {"2"}, "fields[OWNER_TYPE_ID]": {"3"}, "fields[OWNER_ID]": {"1"},
		"fields[RESPONSIBLE_ID]": {"1"}, "fields[COMMUNICATIONS][0][VALUE]": {"+491"}, "fields[COMMUNICATIONS][0][ENTITY_ID]": {"1"},
		"fields[COMMUNICATIONS][0][ENTITY_TYPE_ID]": {"3"},
	})
	told := l.receiver.Wait(t, "ONCRMACTIVITYADD", 1)[0]
	if told.Value("data[FIELDS][ID]") != string(added) || told.Value("auth[application_token]") != l.ApplicationToken {
		t.Errorf("told of %s: %s", added, told.Body)
	}
	l.must(told.Value("auth[access_token]"), "crm.activity.get", url.Values{"id": {string(added)}})

	if a := l.call(l.ExpiredAccessToken, "profile", nil); a.Status != http.StatusUnauthorized || a.Error != "expired_token" {
		t.Errorf("an expired token: %d %s", a.Status, a.Error)
	}
	status, fresh := l.token("refresh_token", url.Values{"refresh_token": {mine.RefreshToken}})
	if status != http.StatusOK || fresh.AccessToken == mine.AccessToken || fresh.RefreshToken == mine.RefreshToken {
		t.Fatalf("refreshed: %d %+v", status, fresh)
	}
	l.must(fresh.AccessToken, "profile", nil)

	l.app("update", "--version", "2.0.0")
	update := l.receiver.Wait(t, "ONAPPUPDATE", 1)[0]
	if update.Value("data[VERSION]") != "2.0.0" || update.Value("data[PREVIOUS_VERSION]") != "1.0.0" || update.Value("auth[refresh_token]") == "" {
		t.Errorf("told of the update: %s", update.Body)
	}
	if left := string(l.must(fresh.AccessToken, "event.get", nil)); left != "[]" {
		t.Errorf("after the update stand %s", left)
	}

	l.bind(fresh.AccessToken, "ONAPPUNINSTALL")
	l.app("uninstall")
	end := l.receiver.Wait(t, "ONAPPUNINSTALL", 1)[0]
	if end.Value("auth[application_token]") != l.ApplicationToken || end.Value("auth[access_token]") != "" || end.Value("data[CLEAN]") != "1" {
		t.Errorf("told of the end: %s", end.Body)
	}
	for _, token := range []string{mine.AccessToken, fresh.AccessToken, update.Value("auth[access_token]")} {
		if a := l.call(token, "profile", nil); a.Status != http.StatusUnauthorized || a.Error != "NOT_INSTALLED" {
			t.Errorf("a token after the end: %d %s", a.Status, a.Error)
		}
	}
	if status, dead := l.token("refresh_token", url.Values{"refresh_token": {fresh.RefreshToken}}); status != 401 || dead.Error != "NOT_INSTALLED" {
		t.Errorf("a refresh after the end: %d %+v", status, dead)
	}
	browser.Do(t, chromedp.Navigate(authorise), chromedp.WaitVisible(chromedp.CSS(`h1`)))
	if at := browser.Address(t); at != authorise {
		t.Errorf("after the end the browser is sent to %s", at)
	}
}

func (l *lifetime) app(args ...string) {
	l.t.Helper()
	if code, out, failed := e2e.Run(l.t, "", append(append([]string{"app"}, args...), "--creds", l.CredsFile)...); code != 0 {
		l.t.Fatalf("app %v: %d %s%s", args, code, out, failed)
	}
}

// TestAnInstallerInItsFrame has a browser post what opens the installer of a market
// application, which binds with the token that it gets; until it has finished nothing
// reaches it, and then ONAPPINSTALL does.
func TestAnInstallerInItsFrame(t *testing.T) {
	t.Parallel()
	home := newHomepage(t)
	p := e2e.Dev(t)
	api, receiver := p.Admin(t), e2e.NewReceiver(t)
	app, err := api.RegisterApplication(t.Context(), client.NewApplication{Name: "Market", Kind: "market", UI: true})
	if err != nil {
		t.Fatal(err)
	}
	err = api.RegisterVersion(t.Context(), app.ClientID, client.Version{
		Version: "1", Scope: "crm", AppURL: home.URL + "/app", InstallURL: home.URL + "/install.php?step=1",
	})
	if err != nil {
		t.Fatal(err)
	}
	done, err := api.Install(t.Context(), p.MemberID, app.ClientID, client.Install{Version: "1"})
	if err != nil || done.Installed {
		t.Fatalf("installed: %+v %v", done, err)
	}
	browser := e2e.NewBrowser(t)
	open := func(path string) url.Values {
		t.Helper()
		post, err := api.OpenFrame(t.Context(), p.MemberID, app.ClientID, client.Visit{UserID: 1})
		if err != nil {
			t.Fatal(err)
		}
		browser.Do(t, chromedp.Navigate(framePage(t, post)), chromedp.Submit(chromedp.CSS(`form`)), chromedp.WaitVisible(chromedp.CSS(`#here`)))
		came := <-home.came
		if came.Method != http.MethodPost || came.URL.Path != path {
			t.Errorf("%s %s came, want %s", came.Method, came.URL.Path, path)
		}
		if came.URL.Query().Get("APP_SID") == "" || came.PostForm.Get("APPLICATION_TOKEN") != done.ApplicationToken {
			t.Errorf("came: %v %v", came.URL, came.PostForm)
		}
		return came.PostForm
	}
	form := open("/install.php")
	l := &lifetime{Portal: p, t: t, receiver: receiver}
	l.bind(form.Get("AUTH_ID"), "ONAPPINSTALL", "ONCRMDEALADD")
	p.Publish(t, "ONCRMDEALADD", `{"FIELDS":{"ID":"1"}}`)
	p.UntilSettled(t)
	if got := receiver.Got(); len(got) != 0 {
		t.Errorf("before it has finished came %s", got[0].Body)
	}
	if _, err := api.Finish(t.Context(), p.MemberID, app.ClientID, 1); err != nil {
		t.Fatal(err)
	}
	welcome := receiver.Wait(t, "ONAPPINSTALL", 1)[0]
	if welcome.Value("auth[application_token]") != form.Get("APPLICATION_TOKEN") || welcome.Value("auth[refresh_token]") == "" {
		t.Errorf("told of the installation: %s", welcome.Body)
	}
	p.Publish(t, "ONCRMDEALADD", `{"FIELDS":{"ID":"2"}}`)
	receiver.Wait(t, "ONCRMDEALADD", 1)
	open("/app")
}

// framePage is a page whose form is that of a portal's frame.
func framePage(t *testing.T, post client.Frame) string {
	page := `<!DOCTYPE html><form method="post" action="` + html.EscapeString(post.URL) + `">`
	for _, f := range post.Fields {
		page += `<input type="hidden" name="` + f.Name + `" value="` + html.EscapeString(f.Value) + `">`
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, page+`<button>Open</button></form>`)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
