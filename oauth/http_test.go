package oauth_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/oauth"
)

type bench struct {
	*testportal.Portal
	server *oauth.HTTP
	base   string
}

func open(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	p := testportal.Open(t)
	return &bench{p, &oauth.HTTP{Authority: p.Authority, Logger: p.Logger}, "http://127.0.0.1:8055"}
}

func (b *bench) token(r *http.Request) testportal.Answer {
	return testportal.Do(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.server.Token(w, r, b.base) }), r)
}

func (b *bench) info(r *http.Request) testportal.Answer {
	return testportal.Do(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.server.AppInfo(w, r, b.base) }), r)
}

func get(form url.Values) *http.Request {
	return httptest.NewRequest(http.MethodGet, "/oauth/token/?"+form.Encode(), nil)
}

func refreshForm(refresh string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "client_id": {testportal.ClientID}, "client_secret": {testportal.ClientSecret}, "refresh_token": {refresh}}
}

// docs/protocol/oauth.md section 3.
func TestRefreshAnswersAllKeys(t *testing.T) {
	b := open(t)
	a := b.token(get(refreshForm(b.Tokens(testportal.User).Refresh)))
	want := map[string]any{
		"expires": float64(b.Clock.Now().Add(time.Hour).Unix()), "expires_in": 3600.0, "scope": "crm,calendar,user", "domain": "127.0.0.1",
		"server_endpoint": "http://127.0.0.1:8055/oauth-server/rest/", "status": "L", "client_endpoint": "http://127.0.0.1:8055/rest/",
		"member_id": "a223c6b3710f85df22e9377d6c4f7553", "user_id": 2.0,
	}
	if a.Status != 200 {
		t.Fatalf("got %d %s", a.Status, a.Text)
	}
	for key, value := range want {
		if a.Body[key] != value {
			t.Errorf("%s is %v, want %v", key, a.Body[key], value)
		}
	}
	if len(a.Body) != len(want)+2 {
		t.Errorf("keys: %s", a.Text)
	}
	for name, value := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"} {
		if a.Header.Get(name) != value {
			t.Errorf("%s is %q", name, a.Header.Get(name))
		}
	}
	access, _ := a.Body["access_token"].(string)
	if acc, refusal := b.Authority.CheckToken(b.Row(), access); refusal != oauth.Granted || acc.User.ID != testportal.User {
		t.Errorf("the new token is refused: %s", refusal)
	}
	next, _ := a.Body["refresh_token"].(string)
	if again := b.token(get(refreshForm(next))); again.Status != 200 {
		t.Errorf("the new refresh token: %d %s", again.Status, again.Text)
	}
}

func TestTokenParametersComeByQueryAndBody(t *testing.T) {
	b := open(t)
	form := refreshForm(b.Tokens(1).Refresh)
	form.Del("client_secret")
	body := url.Values{"client_secret": {testportal.ClientSecret}, "redirect_uri": {"x"}, "bx24_request_id": {"y"}}
	r := httptest.NewRequest(http.MethodPost, "//oauth/token/?"+form.Encode(), strings.NewReader(body.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a := b.token(r); a.Status != 200 {
		t.Errorf("query and form: %d %s", a.Status, a.Text)
	}
	r = get(refreshForm(b.Tokens(1).Refresh))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a := b.token(r); a.Status != 200 {
		t.Errorf("GET with the content type of a form: %d %s", a.Status, a.Text)
	}
}

// docs/protocol/oauth.md section 4.
func TestTokenErrors(t *testing.T) {
	b := open(t)
	tokens := b.Tokens(1)
	used := b.Tokens(1).Refresh
	b.token(get(refreshForm(used)))
	b.Clock.Advance(oauth.Overlap)
	with := func(pairs ...string) url.Values {
		form := refreshForm(tokens.Refresh)
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return form
	}
	for _, tc := range []struct {
		name   string
		form   url.Values
		status int
		code   string
	}{
		{"nothing", url.Values{}, 400, "invalid_request"},
		{"unknown grant", with("grant_type", "password"), 400, "invalid_request"},
		{"no client", with("client_id", ""), 400, "invalid_request"},
		{"no secret", with("client_secret", ""), 400, "invalid_request"},
		{"no refresh token", with("refresh_token", ""), 400, "invalid_request"},
		{"no code", with("grant_type", "authorization_code"), 400, "invalid_request"},
		{"unknown client", with("client_id", "local.1"), 200, "wrong_client"},
		{"wrong secret", with("client_secret", "x"), 401, "invalid_client"},
		{"wrong secret before wrong token", with("client_secret", "x", "refresh_token", "x"), 401, "invalid_client"},
		{"unknown token", with("refresh_token", "x"), 400, "invalid_grant"},
		{"access token", with("refresh_token", tokens.Access), 400, "invalid_grant"},
		{"used token", with("refresh_token", used), 400, "invalid_grant"},
		{"any code", with("grant_type", "authorization_code", "code", "x"), 400, "invalid_grant"},
		{"a code beside a refresh token", with("grant_type", "authorization_code", "code", "x", "refresh_token", tokens.Refresh), 400, "invalid_grant"},
		{"a list", url.Values{"grant_type[]": {"refresh_token"}}, 400, "invalid_request"},
	} {
		a := b.token(get(tc.form))
		code, text := a.Error()
		if a.Status != tc.status || code != tc.code || text == "" || len(a.Body) != 2 {
			t.Errorf("%s: got %d %s, want %d %s", tc.name, a.Status, a.Text, tc.status, tc.code)
		}
		// One SDK takes these words for a portal that has moved.
		for _, word := range []string{"portal", "domain", "not found"} {
			if strings.Contains(strings.ToLower(text), word) {
				t.Errorf("%s: %q has the word %q", tc.name, text, word)
			}
		}
	}
}

func TestTokenRefusesWhatEnded(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*bench)
		status int
		code   string
	}{
		"uninstalled":     {func(b *bench) { b.ChangeInstallation(func(i *directory.Installation) { i.Ended = b.Clock.Now() }) }, 401, "NOT_INSTALLED"},
		"payment expired": {func(b *bench) { b.ChangeInstallation(func(i *directory.Installation) { i.Expired = true }) }, 401, "PAYMENT_REQUIRED"},
		"dismissed":       {func(b *bench) { b.ChangeUser(1, func(u *onevent.User) { u.Active = false }) }, 400, "invalid_grant"},
		"180 days later":  {func(b *bench) { b.Clock.Advance(oauth.RefreshLife) }, 400, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			form := refreshForm(b.Tokens(1).Refresh)
			tc.change(b)
			a := b.token(get(form))
			if code, _ := a.Error(); a.Status != tc.status || code != tc.code {
				t.Errorf("got %d %s", a.Status, a.Text)
			}
		})
	}
}

// docs/protocol/oauth.md section 5.
func TestAppInfoAnswersAllKeys(t *testing.T) {
	b := open(t)
	token := b.Token(testportal.User)
	want := `{"result":{"client_id":"` + testportal.ClientID + `","scope":"crm,calendar,user","expires":"2026-03-01T13:00:00+00:00",` +
		`"install":{"installed":true,"version":1,"status":"L","scope":"crm,calendar,user","domain":"127.0.0.1","uri":"http://127.0.0.1",` +
		`"client_endpoint":"http://127.0.0.1:8055/rest/","member_id":"a223c6b3710f85df22e9377d6c4f7553","member_type":"portal"},"user_id":2},"time":{"start":`
	bearer := httptest.NewRequest(http.MethodGet, "/rest/app.info", nil)
	bearer.Header.Set("Authorization", "Bearer "+token)
	for _, r := range []*http.Request{
		httptest.NewRequest(http.MethodGet, "/rest/app.info/?auth="+token, nil),
		httptest.NewRequest(http.MethodPost, "/rest/app.info.json", strings.NewReader("access_token="+token)),
		bearer,
	} {
		if a := b.info(r); a.Status != 200 || !strings.HasPrefix(a.Text, want) {
			t.Errorf("got %d %s\nwant %s", a.Status, a.Text, want)
		}
	}
	b.base = "https://[::1]:8443"
	a := b.info(httptest.NewRequest(http.MethodGet, "/rest/app.info/?auth="+token, nil))
	install, _ := a.Row()["install"].(map[string]any)
	if install["uri"] != "https://[::1]" || install["domain"] != "::1" {
		t.Errorf("install %v", install)
	}
}

func TestAppInfoErrors(t *testing.T) {
	b := open(t)
	token, expired := b.Token(1), b.Authority.MintExpired(oauth.Grant{Installation: b.Installation(b.App), User: b.Directory.User(b.ID, 1)})
	for shown, want := range map[string]string{
		"":                      "401 NO_AUTH_FOUND",
		"auth=x":                "401 invalid_token",
		"auth[]=" + token:       "401 NO_AUTH_FOUND",
		"auth=" + expired:       "401 expired_token",
		"auth=" + token + "&a=": "200 ",
	} {
		a := b.info(httptest.NewRequest(http.MethodGet, "/rest/app.info?"+shown, nil))
		code, _ := a.Error()
		if got := fmt.Sprint(a.Status, " ", code); got != want {
			t.Errorf("%.20s: %s, want %s", shown, got, want)
		}
	}
	b.ChangeInstallation(func(i *directory.Installation) { i.Ended = b.Clock.Now() })
	if a := b.info(httptest.NewRequest(http.MethodGet, "/rest/app.info?auth="+token, nil)); a.Body["error"] != "NOT_INSTALLED" {
		t.Errorf("after uninstall: %s", a.Text)
	}
}

func TestBadRequestsAreErrorsInJSON(t *testing.T) {
	b := open(t)
	for body, status := range map[string]int{
		"a" + strings.Repeat("[b]", 64) + "=1": 400, strings.Repeat("x", 64<<10+1): 413, strings.Repeat("x", 64<<10): 400, "{": 400, "%zz&&&=": 400,
	} {
		a := b.token(httptest.NewRequest(http.MethodPost, "/oauth/token/", strings.NewReader(body)))
		if code, _ := a.Error(); a.Status != status || code != "invalid_request" {
			t.Errorf("%.20s: %d %s", body, a.Status, a.Text)
		}
	}
	a := b.token(httptest.NewRequest(http.MethodOptions, "/oauth/token/", nil))
	if a.Status != 204 || a.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("preflight: %d", a.Status)
	}
}

// A refresh that can't be stored is no success, and its cause is logged without
// the token.
func TestAFailingStoreIsAnError(t *testing.T) {
	b := open(t)
	var log bytes.Buffer
	b.server.Logger = slog.New(slog.NewJSONHandler(&log, nil))
	refresh := b.Tokens(1).Refresh
	broken := *b.Authority
	b.server.Authority = &broken
	for cause, want := range map[error]string{
		onevent.ErrStorageFull: "503 OVERLOAD_LIMIT",
		onevent.ErrClosed:      "503 OVERLOAD_LIMIT",
		onevent.ErrDamaged:     "500 INTERNAL_SERVER_ERROR",
	} {
		broken.Store = failing{b.Store, cause}
		a := b.token(get(refreshForm(refresh)))
		code, _ := a.Error()
		if got := fmt.Sprint(a.Status, " ", code); got != want {
			t.Errorf("%v: %s, want %s", cause, got, want)
		}
	}
	lines := slices.DeleteFunc(strings.Split(log.String(), "\n"), func(line string) bool { return line == "" })
	if len(lines) != 1 || !json.Valid([]byte(lines[0])) || strings.Contains(lines[0], refresh) {
		t.Errorf("log: %q", lines)
	}
}
