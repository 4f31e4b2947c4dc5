package oauth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/session"
)

const (
	appURL     = "https://app.example.com/page?from=portal#top"
	installURL = "https://app.example.com/install"
	eventURL   = "https://app.example.com/events?"
	typed      = "correct horse battery staple"
)

// browser is a person at a portal whose application has URLs.
type browser struct {
	*bench
	log    bytes.Buffer
	cookie string
}

func openBrowser(t *testing.T) *browser {
	t.Helper()
	b := &browser{bench: open(t)}
	b.server.Logger = slog.New(slog.NewJSONHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.server.Door = &session.Door{Ring: b.Authority.Ring, Directory: b.Directory, Clock: b.Clock, Logger: b.server.Logger,
		Matches: func(_ context.Context, stored string, typed onevent.Secret) (bool, error) {
			return typed.Equal(stored), nil
		}}
	b.version(func(v *onevent.Version) { v.AppURL, v.InstallURL, v.EventURL = appURL, installURL, eventURL })
	return b
}

func (b *browser) version(change func(*onevent.Version)) {
	b.T.Helper()
	v := *b.Directory.Version(b.App, 1)
	change(&v)
	b.Update(func(tx onevent.Tx) error { return b.Directory.PutVersion(tx, v) })
}

// known signs a person in.
func (b *browser) known(user onevent.UserID) *browser {
	b.T.Helper()
	b.ChangeUser(user, func(u *onevent.User) { u.Password = typed })
	form := url.Values{"email": {b.Directory.User(b.ID, user).Email}, "password": {typed}}
	a := b.send(httptest.NewRequest(http.MethodPost, "/oauth/authorize/?client_id=x", strings.NewReader(form.Encode())))
	if a.Status != http.StatusSeeOther {
		b.T.Fatalf("signing in: %d %s", a.Status, a.Text)
	}
	b.cookie, _, _ = strings.Cut(a.Header.Get("Set-Cookie"), ";")
	return b
}

func (b *browser) send(r *http.Request) testportal.Answer {
	if b.cookie != "" {
		r.Header.Set("Cookie", b.cookie)
	}
	return testportal.Do(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.server.Authorise(w, r, b.Row(), b.base) }), r)
}

// get asks for a code; query follows client_id.
func (b *browser) get(query string) testportal.Answer {
	return b.send(httptest.NewRequest(http.MethodGet, "/oauth/authorize/?client_id="+testportal.ClientID+query, nil))
}

// code is a fresh one.
func (b *browser) code() string {
	b.T.Helper()
	a := b.get("")
	u, err := url.Parse(a.Header.Get("Location"))
	if a.Status != http.StatusFound || err != nil || u.Query().Get("code") == "" {
		b.T.Fatalf("no code: %d %s %v", a.Status, a.Text, err)
	}
	return u.Query().Get("code")
}

func codeForm(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "client_id": {testportal.ClientID}, "client_secret": {testportal.ClientSecret}, "code": {code}}
}

// wants fails unless the answer is a page of that status with those words, and
// has no code.
func (b *browser) wants(what string, a testportal.Answer, status int, words string) {
	b.T.Helper()
	if a.Status != status || !strings.Contains(a.Text, words) || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		b.T.Errorf("%s: got %d %s, want %d with %q", what, a.Status, a.Text, status, words)
	}
	if a.Header.Get("Location") != "" || a.Header.Get("Access-Control-Allow-Origin") != "" {
		b.T.Errorf("%s: headers %v", what, a.Header)
	}
	for name, value := range map[string]string{"Cache-Control": "no-store", "X-Frame-Options": "DENY"} {
		if a.Header.Get(name) != value {
			b.T.Errorf("%s: %s is %q", what, name, a.Header.Get(name))
		}
	}
	if policy := a.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.Contains(policy, "frame-ancestors 'none'") {
		b.T.Errorf("%s: policy %s", what, policy)
	}
}

// docs/protocol/oauth.md section 2.
func TestASignedInPersonIsSentBackWithACode(t *testing.T) {
	b := openBrowser(t).known(testportal.User)
	const want = `^https://app\.example\.com/page\?from=portal&code=([0-9a-f]{100,200})&state=JJHgsdgf&domain=127\.0\.0\.1&` +
		`member_id=a223c6b3710f85df22e9377d6c4f7553&scope=crm%2Ccalendar%2Cuser&server_domain=127\.0\.0\.1#top$`
	a := b.get("&state=JJHgsdgf&response_type=code&scope=task")
	if a.Status != http.StatusFound || !regexp.MustCompile(want).MatchString(a.Header.Get("Location")) {
		t.Fatalf("got %d %s", a.Status, a.Header.Get("Location"))
	}
	if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("headers %v", a.Header)
	}
	if at := b.get("").Header.Get("Location"); strings.Contains(at, "state") {
		t.Errorf("a state that was not given comes back: %s", at)
	}
	tokens := b.token(get(codeForm(b.code())))
	access, _ := tokens.Body["access_token"].(string)
	acc, refusal := b.Authority.CheckToken(b.Row(), access)
	if refusal != oauth.Granted || acc.User.ID != testportal.User || acc.Installation != b.Installation(b.App) {
		t.Errorf("the code's token stands for %+v, %s", acc, refusal)
	}
}

func TestWithoutASessionThePersonIsAskedToSignIn(t *testing.T) {
	b := openBrowser(t)
	b.wants("nobody", b.get("&state=x"), http.StatusOK, `name="password"`)
	// Who has not signed in does not learn which applications there are.
	a := b.send(httptest.NewRequest(http.MethodGet, "/oauth/authorize/?client_id=local.none", nil))
	b.wants("an unknown application", a, http.StatusOK, `name="password"`)
}

func TestTheStateComesBackByteForByte(t *testing.T) {
	b := openBrowser(t).known(testportal.User)
	for sent, want := range map[string]string{
		"":                   "",
		"a+b%20c%2Bd":        "a+b%20c%2Bd",
		"%c3%BC%FF%00%0d%0a": "%c3%BC%FF%00%0d%0a",
		"%zz%":               "%zz%",
		"a=b;c":              "a=b;c",
		"%26code%3Dx%23":     "%26code%3Dx%23",
		"\xc3\xbc<\"'>|":     "%C3%BC%3C%22'%3E%7C",
		"~!*()/?:@,$'":       "~!*()/?:@,$'",
	} {
		r := httptest.NewRequest(http.MethodGet, "/oauth/authorize/", nil)
		r.URL.RawQuery = "state=" + sent + "&client_id=" + testportal.ClientID
		a := b.send(r)
		if !strings.Contains(a.Header.Get("Location"), "&state="+want+"&domain=") {
			t.Errorf("%q came back in %s", sent, a.Header.Get("Location"))
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/oauth/authorize/", nil)
	r.URL.RawQuery = "client_id=" + testportal.ClientID + "&state=a#b"
	if at := b.send(r).Header.Get("Location"); !strings.Contains(at, "&state=a%23b&domain=") {
		t.Errorf("a bare # comes back in %s", at)
	}
	if a := b.get("&state=" + strings.Repeat("x", 4096)); a.Status != http.StatusFound {
		t.Errorf("the longest state: %d", a.Status)
	}
	b.wants("a longer one", b.get("&state="+strings.Repeat("x", 4097)), http.StatusBadRequest, "longer than 4096 bytes")
}

func TestACodeGoesToARegisteredURLAlone(t *testing.T) {
	b := openBrowser(t).known(testportal.User)
	for asked, want := range map[string]string{
		"":                                "https://app.example.com/page?from=portal&code=",
		appURL:                            "https://app.example.com/page?from=portal&code=",
		installURL:                        "https://app.example.com/install?code=",
		eventURL:                          "https://app.example.com/events?code=",
		"https://evil.example.com/":       "https://app.example.com/page?from=portal&code=",
		"https://app.example.com/":        "https://app.example.com/page?from=portal&code=",
		installURL + "/":                  "https://app.example.com/page?from=portal&code=",
		installURL + "/../evil":           "https://app.example.com/page?from=portal&code=",
		installURL + "?next=evil":         "https://app.example.com/page?from=portal&code=",
		"HTTPS://app.example.com/install": "https://app.example.com/page?from=portal&code=",
		"javascript:alert(1)":             "https://app.example.com/page?from=portal&code=",
		"//evil.example.com":              "https://app.example.com/page?from=portal&code=",
		"https://app.example.com@evil.example.com/install": "https://app.example.com/page?from=portal&code=",
	} {
		if at := b.get("&redirect_uri=" + url.QueryEscape(asked)).Header.Get("Location"); !strings.HasPrefix(at, want) {
			t.Errorf("redirect_uri %q leads to %s", asked, at)
		}
	}
	b.version(func(v *onevent.Version) { v.AppURL = "javascript:alert(1)" })
	b.wants("a URL that is none of HTTP", b.get(""), http.StatusOK, `class="code"`)
}

func TestACodeGoesToTheUploadedPagesOfAStaticApplication(t *testing.T) {
	b := openBrowser(t).known(testportal.User)
	b.version(func(v *onevent.Version) { v.AppURL, v.InstallURL, v.EventURL = "", "", "" })
	app := *b.Directory.Application(b.App)
	app.UI, app.Static = true, true
	b.Update(func(tx onevent.Tx) error {
		set := onevent.FileSet{ID: 1, Application: b.App, Version: 1, State: onevent.FilesStand, Installer: true}
		return errors.Join(b.Directory.PutApplication(tx, app), b.Directory.PutFileSet(tx, set))
	})
	home := b.base + "/applications/" + testportal.ClientID + "/1.0.0/"
	for asked, want := range map[string]string{
		"": home + "?code=", home: home + "?code=", home + "install.html": home + "install.html?code=", home + "other.html": home + "?code=",
	} {
		if at := b.get("&redirect_uri=" + url.QueryEscape(asked)).Header.Get("Location"); !strings.HasPrefix(at, want) {
			t.Errorf("redirect_uri %q leads to %s", asked, at)
		}
	}
}

func TestWithoutAURLTheCodeIsShown(t *testing.T) {
	b := openBrowser(t).known(testportal.User)
	b.version(func(v *onevent.Version) { v.AppURL = "" })
	a := b.get("&state=x")
	b.wants("no URL", a, http.StatusOK, "Your code")
	code := regexp.MustCompile(`<code class="code">([0-9a-f]+)</code>`).FindStringSubmatch(a.Text)
	if code == nil {
		t.Fatal(a.Text)
	}
	if got := b.token(get(codeForm(code[1]))); got.Status != 200 {
		t.Errorf("the code that is shown: %d %s", got.Status, got.Text)
	}
}

func TestWhatIsInTheWayOfACodeIsAPageOfThePortal(t *testing.T) {
	b := openBrowser(t).known(testportal.User)
	raw := func(query string) testportal.Answer {
		r := httptest.NewRequest(http.MethodGet, "/oauth/authorize/", nil)
		r.URL.RawQuery = query
		return b.send(r)
	}
	id := "client_id=" + testportal.ClientID
	b.wants("no client_id", raw(""), 400, "client_id is missing")
	b.wants("an empty client_id", raw("client_id=&state=x"), 400, "client_id is missing")
	b.wants("a list", raw("client_id[]="+testportal.ClientID), 400, "client_id is missing")
	b.wants("client_id twice", raw(id+"&"+id), 400, "client_id is there twice")
	b.wants("client_id twice, once encoded", raw(id+"&client%5Fid=x"), 400, "client_id is there twice")
	b.wants("state twice", raw(id+"&state=a&state=a"), 400, "state is there twice")
	b.wants("redirect_uri twice", raw(id+"&redirect_uri=a&redirect_uri=b"), 400, "redirect_uri is there twice")
	b.wants("unknown", raw("client_id=local.none"), 404, "not known")
	b.wants("markup", raw("client_id="+url.QueryEscape(`"><script>alert(1)</script>`)), 404, "&gt;&lt;script&gt;alert(1)")
	b.wants("NUL and no UTF-8", raw("client_id=%00%ff%fe"), 404, "not known")
	b.wants("no percent-encoding", raw("client_id=%zz"), 404, "%zz")
	b.wants("very long", raw(id+"&x="+strings.Repeat("x", 1<<20)), 414, "too long")
	for _, method := range []string{http.MethodHead, http.MethodPut, http.MethodOptions, http.MethodDelete} {
		r := httptest.NewRequest(method, "/oauth/authorize/?"+id, nil)
		if a := b.send(r); a.Status != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET, POST" {
			t.Errorf("%s: %d", method, a.Status)
		}
	}
	if a := raw("client_id=%3Cscript%3E"); strings.Contains(a.Text, "<script") {
		t.Errorf("markup is not escaped: %s", a.Text)
	}
}

func TestACodeNeedsAnInstallationThatThePersonMayUse(t *testing.T) {
	for what, c := range map[string]struct {
		change func(*browser)
		status int
		words  string
	}{
		"uninstalled":      {func(b *browser) { b.ChangeInstallation(func(i *directory.Installation) { i.Ended = b.Clock.Now() }) }, 404, "not installed"},
		"not finished":     {func(b *browser) { b.ChangeInstallation(func(i *directory.Installation) { i.Installed = false }) }, 403, "not ready"},
		"not paid":         {func(b *browser) { b.ChangeInstallation(func(i *directory.Installation) { i.Expired = true }) }, 402, "not paid"},
		"dismissed":        {func(b *browser) { b.ChangeUser(testportal.User, func(u *onevent.User) { u.Active = false }) }, 200, `name="password"`},
		"dismissed once":   {func(b *browser) { b.ChangeUser(testportal.User, func(u *onevent.User) { u.Epoch++ }) }, 200, `name="password"`},
		"another password": {func(b *browser) { b.ChangeUser(testportal.User, func(u *onevent.User) { u.Password = "$argon2id$" }) }, 200, `name="password"`},
	} {
		t.Run(what, func(t *testing.T) {
			b := openBrowser(t).known(testportal.User)
			c.change(b)
			b.wants(what, b.get(""), c.status, c.words)
		})
	}
	b := openBrowser(t).known(testportal.Admin)
	b.ChangeInstallation(func(i *directory.Installation) { i.Installed = false })
	b.code()
}

func TestACodeIsGoodOnceAndForHalfAMinute(t *testing.T) {
	b := openBrowser(t).known(testportal.User)
	code := b.code()
	b.Clock.Advance(29 * time.Second)
	first := b.token(get(codeForm(code)))
	if first.Status != 200 || len(first.Body) != 11 || first.Body["user_id"] != 2.0 {
		t.Fatalf("got %d %s", first.Status, first.Text)
	}
	for range 3 {
		b.wantGrant("used", code, 400, "invalid_grant")
	}
	// The tokens of the first exchange are left alone.
	refresh, _ := first.Body["refresh_token"].(string)
	next := wantRefresh(t, b.Portal, "the code's refresh token", refresh, oauth.Granted)
	wantRefresh(t, b.Portal, "the next one", next.Tokens.Refresh, oauth.Granted)
	b.wantGrant("used, after refreshes", code, 400, "invalid_grant")
	late := b.code()
	b.Clock.Advance(30 * time.Second)
	b.wantGrant("expired", late, 400, "invalid_grant")
}

func (b *browser) wantGrant(what, code string, status int, want string) {
	b.T.Helper()
	a := b.token(get(codeForm(code)))
	if got, _ := a.Error(); a.Status != status || got != want {
		b.T.Errorf("%s: %d %s, want %d %s", what, a.Status, a.Text, status, want)
	}
}

func TestWhatIsNoCodeOfTheClientGivesNothing(t *testing.T) {
	b := openBrowser(t).known(testportal.User)
	b.Update(func(tx onevent.Tx) error { return putOther(b.Portal, tx) })
	b.Install(7)
	tokens := b.Tokens(testportal.User)
	code := b.code()
	changed := []byte(code)
	changed[len(changed)/2] ^= 1 // 0 and 1, a and `: not hex, or another digit
	for what, proof := range map[string]string{
		"made up": "00", "tampered": string(changed), "cut": code[:len(code)-2], "an access token": tokens.Access,
		"a refresh token": tokens.Refresh, "very long": strings.Repeat("0", 60_000), "markup": "<script>",
	} {
		b.wantGrant(what, proof, 400, "invalid_grant")
	}
	form := codeForm(code)
	form.Set("client_secret", "wrong")
	if a := b.token(get(form)); a.Status != 401 || a.Body["error"] != "invalid_client" {
		t.Errorf("wrong secret: %d %s", a.Status, a.Text)
	}
	form = codeForm(code)
	form.Set("client_id", "app.other")
	form.Set("client_secret", "other-secret")
	if a := b.token(get(form)); a.Status != 400 || a.Body["error"] != "invalid_grant" {
		t.Errorf("another client: %d %s", a.Status, a.Text)
	}
	form = codeForm(code)
	form.Set("client_id", "local.none")
	if a := b.token(get(form)); a.Status != 200 || a.Body["error"] != "wrong_client" {
		t.Errorf("unknown client: %d %s", a.Status, a.Text)
	}
	if _, refusal, err := b.Authority.Refresh(t.Context(), testportal.ClientID, testportal.ClientSecret, code); refusal != oauth.InvalidGrant || err != nil {
		t.Errorf("a code refreshes: %s, %v", refusal, err)
	}
	wantRefusal(t, b.Portal, "a code as a token", code, oauth.InvalidToken)
	form = codeForm(code)
	form.Set("redirect_uri", "https://elsewhere.example.com")
	form.Set("scope", "task")
	if a := b.token(get(form)); a.Status != 200 || a.Body["scope"] != "crm,calendar,user" {
		t.Errorf("after all of them: %d %s", a.Status, a.Text)
	}
}

func TestACodeDiesWithWhatItStandsFor(t *testing.T) {
	for what, c := range map[string]struct {
		change func(*browser)
		status int
		code   string
	}{
		"uninstalled": {func(b *browser) { b.ChangeInstallation(func(i *directory.Installation) { i.Ended = b.Clock.Now() }) }, 401, "NOT_INSTALLED"},
		"installed again": {func(b *browser) {
			b.ChangeInstallation(func(i *directory.Installation) { i.Ended = b.Clock.Now() })
			b.Install(b.App)
		}, 401, "NOT_INSTALLED"},
		"not paid":      {func(b *browser) { b.ChangeInstallation(func(i *directory.Installation) { i.Expired = true }) }, 401, "PAYMENT_REQUIRED"},
		"another epoch": {func(b *browser) { b.ChangeInstallation(func(i *directory.Installation) { i.Epoch++ }) }, 400, "invalid_grant"},
		"dismissed": {func(b *browser) {
			b.ChangeUser(testportal.User, func(u *onevent.User) { u.Active, u.Epoch = false, u.Epoch+1 })
		}, 400, "invalid_grant"},
		"back again":      {func(b *browser) { b.ChangeUser(testportal.User, func(u *onevent.User) { u.Epoch++ }) }, 400, "invalid_grant"},
		"password change": {func(b *browser) { b.ChangeUser(testportal.User, func(u *onevent.User) { u.Password = "" }) }, 200, ""},
	} {
		t.Run(what, func(t *testing.T) {
			b := openBrowser(t).known(testportal.User)
			code := b.code()
			c.change(b)
			b.wantGrant(what, code, c.status, c.code)
		})
	}
}

func TestTheWayOfACodeLeavesNoSecretInTheLog(t *testing.T) {
	b := openBrowser(t).known(testportal.User)
	code := b.code()
	a := b.token(get(codeForm(code)))
	b.token(get(codeForm(code)))
	access, _ := a.Body["access_token"].(string)
	refresh, _ := a.Body["refresh_token"].(string)
	_, cookie, _ := strings.Cut(b.cookie, "=")
	for what, secret := range map[string]string{
		"code": code, "access token": access, "refresh token": refresh, "cookie": cookie, "password": typed, "e-mail address": "user@example.com",
		"client secret": testportal.ClientSecret,
	} {
		if secret == "" || strings.Contains(b.log.String(), secret) {
			t.Errorf("the log has the %s: %s", what, b.log.String())
		}
	}
	if b.log.Len() == 0 {
		t.Error("nothing was logged: the test sees nothing")
	}
}
