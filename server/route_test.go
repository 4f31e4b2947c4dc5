package server_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/server"
	"github.com/onevent/onevent/sqlite"
)

const adminToken = "an-admin-token"

type bed struct {
	*server.Server
	t     *testing.T
	token string
}

// newBed serves one portal whose application has a token.
func newBed(t *testing.T, change ...func(*server.Config)) *bed {
	t.Helper()
	ctx := context.Background()
	store, err := sqlite.Open(ctx, sqlite.Config{Path: filepath.Join(t.TempDir(), "onevent.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	ring, err := seal.NewRing(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	c := server.Config{
		Store: store, Ring: ring, AdminToken: adminToken, Clock: onevent.SystemClock{}, Logger: slog.New(slog.DiscardHandler),
		Sites: func(d *directory.Directory) server.Sites {
			return &server.PublicSites{Directory: d, OAuthURL: "https://oauth.example.com"}
		},
	}
	for _, f := range change {
		f(&c)
	}
	s, err := server.New(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop(ctx) })
	b := &bed{Server: s, t: t}
	b.install(ctx)
	return b
}

func (b *bed) install(ctx context.Context) {
	b.t.Helper()
	must := func(err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
	}
	portal, user, err := b.Manager.CreatePortal(ctx, lifecycle.PortalRequest{
		Domain: "portal.example.com", PublicURL: "https://portal.example.com", Language: "en",
		Admin: lifecycle.UserRequest{Email: "administrator@example.com", Password: "a long enough password"},
	})
	must(err)
	app, _, err := b.Manager.RegisterApplication(ctx, lifecycle.ApplicationRequest{Name: "one", Kind: onevent.KindLocal})
	must(err)
	_, err = b.Manager.RegisterVersion(ctx, lifecycle.VersionRequest{Application: app, Version: "1.0.0", Scope: "crm"})
	must(err)
	done, err := b.Manager.Install(ctx, lifecycle.InstallRequest{Portal: portal, Application: app, Version: "1.0.0"})
	must(err)
	tokens, err := b.Manager.IssueTokens(done.Installation, user.ID)
	must(err)
	b.token = tokens.Access
}

func (b *bed) do(method, url, body string, header ...string) (int, string) {
	b.t.Helper()
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Result().Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return w.Code, string(text)
}

func TestEveryFormOfAPathIsAnsweredWithoutARedirect(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	for _, url := range []string{
		"https://portal.example.com/rest/server.time",
		"https://portal.example.com/rest/server.time/",
		"https://portal.example.com/rest//server.time",
		"https://portal.example.com//rest//server.time.json",
		"https://portal.example.com/rest/SERVER%2Etime",
		"https://portal.example.com:8443/rest/server.time",
		"https://PORTAL.example.com/rest/server.time",
	} {
		code, text := b.do(http.MethodPost, url, "auth="+b.token)
		if code != http.StatusOK || !strings.Contains(text, `"result":"20`) {
			t.Errorf("%s: %d %s", url, code, text)
		}
	}
}

func TestTheAuthorisationServerAnswersByItsHostAndByItsPath(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	for _, base := range []string{"https://oauth.example.com", "https://portal.example.com/oauth-server"} {
		for _, path := range []string{"/rest/app.info", "/rest/app.info/", "//rest//app.info.json", "/rest//rest/app.info"} {
			code, text := b.do(http.MethodGet, base+path+"?auth="+b.token, "")
			var got struct {
				Result struct {
					ClientID string `json:"client_id"`
				} `json:"result"`
			}
			if err := json.Unmarshal([]byte(text), &got); err != nil || code != 200 || !strings.HasPrefix(got.Result.ClientID, "local.") {
				t.Errorf("%s: %d %s", base+path, code, text)
			}
		}
		for _, path := range []string{"/oauth/token/", "//oauth/token", "/oauth//token/", "/rest//oauth/token/", "/rest/oauth/token"} {
			code, text := b.do(http.MethodGet, base+path+"?grant_type=refresh_token", "")
			if code != http.StatusBadRequest || !strings.Contains(text, "invalid_request") {
				t.Errorf("%s: %d %s", base+path, code, text)
			}
		}
	}
	if code, text := b.do(http.MethodGet, "https://portal.example.com/rest/app.info?auth="+b.token, ""); !strings.Contains(text, `"LICENSE"`) {
		t.Errorf("the portal's own app.info: %d %s", code, text)
	}
}

// docs/protocol/rest.md section 2. What the header says was judged before.
func TestAWebhookThatCameByPlainHTTPIsRefused(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	_, hook, err := b.Manager.CreateIncomingWebhook(context.Background(), 1, 1, "crm")
	if err != nil {
		t.Fatal(err)
	}
	byHook, byToken := "/rest/1/"+hook.Reveal()+"/server.time", "/rest/server.time?auth="+b.token
	for _, c := range []struct {
		path, proto string
		want        int
	}{
		{byHook, "", 200}, {byHook, "https", 200}, {byHook, "http", 400}, {byHook, "HTTP", 400}, {byToken, "http", 200},
	} {
		code, text := b.do(http.MethodGet, "http://portal.example.com"+c.path, "", "X-Forwarded-Proto", c.proto)
		if code != c.want || code == 400 && text != `{"error":"INVALID_REQUEST","error_description":"Https required."}` {
			t.Errorf("by %q: %d %s", c.proto, code, text)
		}
	}
}

func TestUnknownHostsAreMisdirected(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	code, text := b.do(http.MethodGet, "https://other.example.com/rest/server.time?auth="+b.token, "")
	if code != http.StatusMisdirectedRequest || text != `{"error":"ERROR_CORE","error_description":"this host is not served here"}` {
		t.Errorf("answered %d %s", code, text)
	}
	code, text = b.do(http.MethodGet, "https://oauth.example.com/rest/profile?auth="+b.token, "")
	if code != http.StatusNotFound || !strings.HasPrefix(text, `{"error":"ERROR_CORE"`) {
		t.Errorf("the authorisation server answered a portal's method with %d %s", code, text)
	}
}

func TestManagementAndHealthAnswerUnderAnyHost(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	for _, url := range []string{"http://127.0.0.1:8055/admin/v1/stats", "http://127.0.0.1:8055//admin//v1/stats"} {
		code, text := b.do(http.MethodGet, url, "", "Authorization", "Bearer "+adminToken)
		if code != 200 || !strings.Contains(text, `"waiting":0`) {
			t.Errorf("%s: %d %s", url, code, text)
		}
	}
	if code, _ := b.do(http.MethodGet, "http://127.0.0.1:8055/admin/v1/stats", ""); code != http.StatusUnauthorized {
		t.Errorf("without a token: %d", code)
	}
	for _, path := range []string{"healthz", "readyz"} {
		if code, _ := b.do(http.MethodGet, "http://127.0.0.1:8055/"+path, ""); code != 200 {
			t.Errorf("%s: %d", path, code)
		}
	}
}

func TestWrongEscapesAreRefused(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	r := httptest.NewRequest(http.MethodGet, "https://portal.example.com/rest/", nil)
	r.URL.RawPath, r.URL.Path = "/rest/%2", "/rest/%2"
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r.WithContext(context.Background()))
	if w.Code < 400 || w.Code >= 500 {
		t.Errorf("answered %d", w.Code)
	}
}

func TestUninstallRevokesTokensAtOnce(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	portal := b.Directory.PortalByDomain("portal.example.com")
	inst := b.Directory.Installations(portal.ID)[0]
	if err := b.Manager.Uninstall(ctx, portal, b.Directory.Application(inst.Application), true); err != nil {
		t.Fatal(err)
	}
	if code, text := b.do(http.MethodGet, "https://portal.example.com/rest/server.time?auth="+b.token, ""); code != http.StatusUnauthorized {
		t.Errorf("%d %s", code, text)
	}
}

// ask gives the whole answer to a request without a body.
func (b *bed) ask(method, url string) *http.Response {
	b.t.Helper()
	w := httptest.NewRecorder()
	b.ServeHTTP(w, httptest.NewRequest(method, url, nil))
	return w.Result()
}

func (b *bed) move(domain string) {
	b.t.Helper()
	if err := b.Manager.MovePortal(context.Background(), 1, domain, "https://"+domain+":8443"); err != nil {
		b.t.Fatal(err)
	}
}

// docs/protocol/rest.md section 2.
func TestCallsUnderAFormerHostAreSentToTheNewOne(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.move("second.example.com")
	b.move("new.example.com")
	for _, path := range []string{
		"/rest/server.time",
		"/rest/",
		"/rest/profile.json?auth=" + b.token,
		"//rest//crm.activity.list/?filter%5B%3EID%5D=1&select[]=ID&text=a+b%20c&empty=",
		"/rest/SERVER%2Etime/?a=%2F..%2F",
		"/%72est/1/co%2Fde//profile",
		"/rest/api/1/code/profile",
		"/rest/../x",
		"/rest/é?ü=%C3%BC",
	} {
		for _, host := range []string{"portal.example.com", "second.example.com", "PORTAL.example.com:8080"} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				answer := b.ask(method, "https://"+host+path)
				want := "https://new.example.com:8443" + strings.Replace(path, "é", "%C3%A9", 1)
				if got := answer.Header.Get("Location"); answer.StatusCode != http.StatusFound || got != want {
					t.Errorf("%s %s%s: %d to %q, want %q", method, host, path, answer.StatusCode, got, want)
				}
				wantCORS(t, answer)
			}
		}
	}
	answer := b.ask(http.MethodOptions, "https://portal.example.com/rest/profile")
	if answer.StatusCode != http.StatusNoContent || answer.Header.Get("Location") != "" {
		t.Errorf("a preflight is answered %d", answer.StatusCode)
	}
	wantCORS(t, answer)
}

func wantCORS(t *testing.T, answer *http.Response) {
	t.Helper()
	if answer.Header.Get("Access-Control-Allow-Origin") != "*" || answer.Header.Get("Access-Control-Allow-Headers") == "" ||
		answer.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the headers are %v", answer.Header)
	}
}

func TestOnlyCallsAreSentOnFromAFormerHost(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.move("new.example.com")
	for _, path := range []string{"/", "/restful", "/oauth/authorize/", "/x/rest/profile"} {
		if answer := b.ask(http.MethodGet, "https://portal.example.com"+path); answer.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
	if answer := b.ask(http.MethodGet, "https://portal.example.com/healthz"); answer.StatusCode != http.StatusOK {
		t.Errorf("health: %d", answer.StatusCode)
	}
	if answer := b.ask(http.MethodGet, "https://third.example.com/rest/profile"); answer.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a host that it never had: %d", answer.StatusCode)
	}
}

// An application that kept server_endpoint asks there for its next token, and
// would be cut off for good if nobody answered.
func TestTheAuthorisationServerAnswersUnderAFormerHost(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.move("new.example.com")
	for _, path := range []string{"/oauth-server/oauth/token/", "/oauth-server/rest/oauth/token/", "/oauth/token/", "/rest/oauth/token"} {
		code, text := b.do(http.MethodPost, "https://portal.example.com"+path, "grant_type=refresh_token")
		if code != http.StatusBadRequest || !strings.Contains(text, "invalid_request") {
			t.Errorf("%s: %d %s", path, code, text)
		}
	}
	code, text := b.do(http.MethodGet, "https://portal.example.com/oauth-server/rest/app.info?auth="+b.token, "")
	if code != http.StatusOK || !strings.Contains(text, "https://new.example.com:8443/rest/") || strings.Contains(text, "portal.example.com") {
		t.Errorf("app.info: %d %s", code, text)
	}
}

func TestTokensAndWebhooksWorkUnderTheNewHost(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	_, hook, err := b.Manager.CreateIncomingWebhook(context.Background(), 1, 1, "crm")
	if err != nil {
		t.Fatal(err)
	}
	b.move("new.example.com")
	for _, call := range []string{"server.time?auth=" + b.token, "1/" + hook.Reveal() + "/server.time"} {
		r := httptest.NewRequest(http.MethodPost, "https://new.example.com/rest/"+call, nil)
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"result":"20`) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	code, text := b.do(http.MethodGet, "https://oauth.example.com/rest/app.info?auth="+b.token, "")
	if code != http.StatusOK || !strings.Contains(text, "new.example.com") || strings.Contains(text, "portal.example.com") {
		t.Errorf("the authorisation server: %d %s", code, text)
	}
}

func TestAFormerHostThatAnotherPortalTookIsThatPortals(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.move("new.example.com")
	_, _, err := b.Manager.CreatePortal(context.Background(), lifecycle.PortalRequest{Domain: "portal.example.com", PublicURL: "https://portal.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	code, text := b.do(http.MethodPost, "https://portal.example.com/rest/server.time", "auth="+b.token)
	if code != http.StatusUnauthorized {
		t.Errorf("a token of the portal that left: %d %s", code, text)
	}
	b.move("third.example.com")
	if code, _ := b.do(http.MethodPost, "https://new.example.com/rest/server.time", ""); code != http.StatusFound {
		t.Errorf("the host that it left last: %d", code)
	}
}

func TestThePagesOfAPortalAreOnItsHostAlone(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	for _, path := range []string{"/oauth/authorize/", "/oauth/authorize", "//oauth//authorize/", "/oauth/authori%7ae"} {
		code, text := b.do(http.MethodGet, "https://portal.example.com"+path+"?client_id=x&state=y", "")
		if code != http.StatusOK || !strings.Contains(text, `name="password"`) {
			t.Errorf("%s: %d %s", path, code, text)
		}
		for _, base := range []string{"https://oauth.example.com", "https://portal.example.com/oauth-server", "https://portal.example.com/rest"} {
			if code, text := b.do(http.MethodGet, base+path+"?client_id=x", ""); code != http.StatusNotFound && code != http.StatusUnauthorized || strings.Contains(text, "<html") {
				t.Errorf("%s%s: %d %s", base, path, code, text)
			}
		}
	}
	if code, text := b.do(http.MethodPost, "https://portal.example.com//oauth/sign-out", ""); code != http.StatusOK || !strings.Contains(text, "signed out") {
		t.Errorf("signing out: %d %s", code, text)
	}
	if code, text := b.do(http.MethodGet, "https://portal.example.com/oauth/", ""); code != http.StatusNotFound {
		t.Errorf("/oauth/: %d %s", code, text)
	}
}

// The whole way: sign in, be sent to the application, exchange the code.
func TestTheFullFlowGivesTokens(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	ctx := t.Context()
	app, secret, err := b.Manager.RegisterApplication(ctx, lifecycle.ApplicationRequest{Name: "two", Kind: onevent.KindLocal})
	if err == nil {
		_, err = b.Manager.RegisterVersion(ctx, lifecycle.VersionRequest{Application: app, Version: "1.0.0", Scope: "crm,user", AppURL: "https://app.example.com/"})
	}
	if err == nil {
		_, err = b.Manager.Install(ctx, lifecycle.InstallRequest{Portal: b.Directory.Portals()[0], Application: app, Version: "1.0.0"})
	}
	if err != nil {
		t.Fatal(err)
	}
	send := func(method, body, cookie string) *http.Response {
		r := httptest.NewRequest(method, "https://portal.example.com//oauth/authorize/?client_id="+app.ClientID+"&state=a+b%2B", strings.NewReader(body))
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		return w.Result()
	}
	in := send(http.MethodPost, "email=administrator%40example.com&password=a+long+enough+password", "")
	if in.StatusCode != http.StatusSeeOther || in.Header.Get("Location") != "/oauth/authorize/?client_id="+app.ClientID+"&state=a+b%2B" {
		t.Fatalf("signing in: %d to %s", in.StatusCode, in.Header.Get("Location"))
	}
	cookie, _, _ := strings.Cut(in.Header.Get("Set-Cookie"), ";")
	out := send(http.MethodGet, "", cookie)
	at := out.Header.Get("Location")
	code, rest, _ := strings.Cut(strings.TrimPrefix(at, "https://app.example.com/?code="), "&")
	if want := "state=a+b%2B&domain=portal.example.com&member_id=" + b.Directory.Portals()[0].MemberID + "&scope=crm%2Cuser&server_domain=oauth.example.com"; out.StatusCode != http.StatusFound || rest != want {
		t.Fatalf("%d to %s, want %s", out.StatusCode, at, want)
	}
	form := "grant_type=authorization_code&client_id=" + app.ClientID + "&client_secret=" + secret.Reveal() + "&code=" + code
	if status, text := b.do(http.MethodGet, "https://oauth.example.com/oauth/token/?"+form, ""); status != 200 || !strings.Contains(text, `"client_endpoint":"https://portal.example.com/rest/"`) {
		t.Errorf("%d %s", status, text)
	}
	if status, text := b.do(http.MethodGet, "https://portal.example.com/oauth/token/?"+form, ""); status != 400 || !strings.Contains(text, "invalid_grant") {
		t.Errorf("used: %d %s", status, text)
	}
}

func TestNobodySignsInByHTTPWherePortalsHaveHTTPS(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		r := httptest.NewRequest(method, "http://portal.example.com//oauth/authorize/?client_id=x&state=a+b", strings.NewReader("email=a&password=b"))
		r.Header.Set("X-Forwarded-Proto", "http")
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		if at := w.Header().Get("Location"); w.Code != http.StatusFound || at != "https://portal.example.com//oauth/authorize/?client_id=x&state=a+b" || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: %d to %s", method, w.Code, at)
		}
	}
}
