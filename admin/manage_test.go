package admin_test

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/password"
)

func TestPortalIsFoundedWithItsAdministrator(t *testing.T) {
	t.Parallel()
	b := openEmpty(t)
	answer := b.do("POST", "/admin/v1/portals", `{"domain":"Portal.example.test","public_url":"http://portal.example.test:8080",
		"language":"de","time_zone":"Europe/Berlin","admin":{"email":"admin@example.test","password":"correct horse"}}`)
	if answer.status != http.StatusCreated || !regexp.MustCompile(`^\{"member_id":"[0-9a-f]{32}","user_id":1\}$`).MatchString(answer.body) {
		t.Fatalf("got %d %s", answer.status, answer.body)
	}
	list, err := b.Portals(b.ctx)
	b.must(err)
	list[0].MemberID = ""
	want := []client.Portal{{
		Domain: "portal.example.test", PublicURL: "http://portal.example.test:8080", Formerly: []string{},
		Language: "de", TimeZone: "Europe/Berlin", Settings: asDocumented,
	}}
	if !reflect.DeepEqual(list, want) {
		t.Errorf("got %+v", list)
	}
	admin := b.directory.FirstAdmin(b.directory.Portals()[0].ID)
	if admin == nil || admin.ID != 1 || admin.Name != "Administrator" {
		t.Fatalf("the administrator is %+v", admin)
	}
	if !matches(t, admin, "correct horse") || matches(t, admin, "correct hors") || strings.Contains(admin.Password, "horse") {
		t.Error("the password is not kept as a hash that matches it")
	}
}

func matches(t *testing.T, u *onevent.User, typed onevent.Secret) bool {
	t.Helper()
	ok, err := password.Matches(t.Context(), u.Password, typed)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestAUserIsGivenAnotherPassword(t *testing.T) {
	t.Parallel()
	b := open(t)
	user := func() *onevent.User { return b.directory.User(b.portal.ID, 1) }
	b.ChangeUser(b.ctx, b.member, 1, client.UserChange{Password: new("first one")})
	before := *user()
	shown, err := b.ChangeUser(b.ctx, b.member, 1, client.UserChange{Password: new("second one")})
	b.must(err)
	if !matches(t, user(), "second one") || matches(t, user(), "first one") || user().Epoch != before.Epoch {
		t.Errorf("the user is %+v", user())
	}
	if !shown.Active || !shown.Admin {
		t.Errorf("got %+v", shown)
	}
	_, err = b.ChangeUser(b.ctx, b.member, 1, client.UserChange{Admin: new(true)})
	b.must(err)
	if !matches(t, user(), "second one") {
		t.Error("another change took the password away")
	}
	_, err = b.ChangeUser(b.ctx, b.member, 1, client.UserChange{Password: new("")})
	b.must(err)
	if user().Password != "" {
		t.Error("an empty password did not take the old one away")
	}
	answer := b.do("PATCH", "/admin/v1/portals/"+b.member+"/users/1", `{"password":"`+strings.Repeat("x", 1025)+`"}`)
	if answer.status != 400 || !strings.Contains(answer.body, "password must have 1 to 1024 bytes") {
		t.Errorf("got %d %s", answer.status, answer.body)
	}
}

func TestUsersAreCountedWithinTheirPortal(t *testing.T) {
	t.Parallel()
	b := open(t)
	other, first, err := b.CreatePortal(b.ctx, client.NewPortal{Domain: "b.example.test", PublicURL: "https://b.example.test"})
	b.must(err)
	second, err := b.CreateUser(b.ctx, other, client.Account{Name: "User"}, false)
	b.must(err)
	third, err := b.CreateUser(b.ctx, b.member, client.Account{Name: "User"}, true)
	b.must(err)
	if first != 1 || second != 2 || third != 3 {
		t.Errorf("ids %d %d %d", first, second, third)
	}
	users, err := b.Users(b.ctx, b.member)
	b.must(err)
	want := []client.User{
		{ID: 1, Email: "admin@example.test", Name: "Administrator", Admin: true, Active: true},
		{ID: 2, Name: "User", Active: true},
		{ID: 3, Name: "User", Admin: true, Active: true},
	}
	if len(users) != 3 || users[0] != want[0] || users[1] != want[1] || users[2] != want[2] {
		t.Errorf("got %+v", users)
	}
	if matches(t, b.directory.User(b.portal.ID, 2), "") {
		t.Error("a user without a password can sign in with an empty one")
	}
}

func TestBadInputIsRefusedBeforeAnythingIsStored(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.register(onevent.KindMarket, false, client.Version{})
	local := b.register(onevent.KindLocal, false, client.Version{})
	static, err := b.RegisterApplication(b.ctx, client.NewApplication{Name: "Files", Kind: onevent.KindLocal, UI: true, Static: true})
	b.must(err)
	files := static.ClientID
	users := "/admin/v1/portals/" + b.member + "/users"
	hooks := "/admin/v1/portals/" + b.member + "/webhooks/incoming"
	versions := "/admin/v1/applications/" + id + "/versions"
	place := "/admin/v1/portals/" + b.member + "/installations/"
	long := strings.Repeat("x", 1025)
	for _, c := range []struct {
		method, path, body string
		status             int
		code, words        string
	}{
		{"POST", "/admin/v1/portals", `[]`, 400, "invalid", "must be a JSON object"},
		{"POST", "/admin/v1/portals", `{"domain":`, 400, "invalid", "not JSON"},
		{"POST", "/admin/v1/portals", `{} {}`, 400, "invalid", "more than one"},
		{"POST", "/admin/v1/portals", `{"admin":{"pass":"x"}}`, 400, "invalid", `unknown key "pass"`},
		{"POST", "/admin/v1/portals", `{"domain":5}`, 400, "invalid", "domain must not be a JSON number"},
		{"POST", "/admin/v1/portals", `{}`, 400, "invalid", "public_url"},
		{"POST", "/admin/v1/portals", `{"public_url":"https://a.test"}`, 400, "invalid", "domain must be the host"},
		{"POST", "/admin/v1/portals", `{"domain":"b.test","public_url":"https://a.test"}`, 400, "invalid", "domain must be the host"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test:80","public_url":"https://a.test:80"}`, 400, "invalid", "domain must be the host"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test","public_url":"https://a.test/x"}`, 400, "invalid", "public_url"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test","public_url":"https://u:p@a.test"}`, 400, "invalid", "public_url"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test","public_url":"ftp://a.test"}`, 400, "invalid", "public_url"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test","public_url":"a.test"}`, 400, "invalid", "public_url"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test","public_url":"https://a.test","language":"deu"}`, 400, "invalid", "language"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test","public_url":"https://a.test","time_zone":"Mars/Base"}`, 400, "invalid", "time_zone"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test","public_url":"https://a.test","admin":{"email":"nobody"}}`, 400, "invalid", "email"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test","public_url":"https://a.test","admin":{"password":"` + long + `"}}`, 400, "invalid", "1024 bytes"},
		{"POST", "/admin/v1/portals", `{"domain":"PORTAL.example.test","public_url":"http://portal.example.test"}`, 409, "conflict", "portal.example.test"},

		{"POST", users, `{"email":"A <a@example.test>"}`, 400, "invalid", "email"},
		{"POST", users, `{"time_zone":"Nowhere"}`, 400, "invalid", "time_zone"},
		{"POST", users, `{"active":false}`, 400, "invalid", "unknown key"},
		{"POST", "/admin/v1/portals/x/users", `{}`, 404, "not_found", "member_id"},
		{"PATCH", users + "/9", `{"active":false}`, 404, "not_found", "no user 9"},
		{"PATCH", users + "/one", `{"active":false}`, 400, "invalid", "user_id"},
		{"PATCH", users + "/1", `{"active":false}`, 409, "conflict", "last active administrator"},
		{"PATCH", users + "/1", `{"admin":false}`, 409, "conflict", "last active administrator"},

		{"POST", hooks, `{"user_id":9,"scope":"crm"}`, 404, "not_found", "no user 9"},
		{"POST", hooks, `{"scope":"crm"}`, 404, "not_found", "no user 0"},
		{"POST", hooks, `{"user_id":1,"scope":"basic"}`, 400, "invalid", "basic"},
		{"POST", hooks, `{"user_id":1,"scope":"crm,nothing"}`, 400, "invalid", "nothing"},

		{"POST", "/admin/v1/applications", `{"kind":"local"}`, 400, "invalid", "name"},
		{"POST", "/admin/v1/applications", `{"name":"` + strings.Repeat("ü", 256) + `","kind":"local"}`, 400, "invalid", "name"},
		{"POST", "/admin/v1/applications", `{"name":"App"}`, 400, "invalid", "kind"},
		{"POST", "/admin/v1/applications", `{"name":"App","kind":"market","rotate_application_token":"always"}`, 400, "invalid", "rotate_application_token must be never or update"},
		{"POST", "/admin/v1/applications", `{"name":"App","kind":"market","rotate_token":"update"}`, 400, "invalid", `unknown key "rotate_token"`},
		{"GET", "/admin/v1/applications/nobody", ``, 404, "not_found", "client_id"},

		{"POST", versions, `{"scope":"crm"}`, 400, "invalid", "version"},
		{"POST", versions, `{"version":"1.0.0"}`, 409, "conflict", "1.0.0"},
		{"POST", "/admin/v1/applications", `{"name":"x","kind":"market","ui":true,"static":true}`, 400, "invalid", "static is for local"},
		{"POST", "/admin/v1/applications", `{"name":"x","kind":"local","static":true}`, 400, "invalid", "static is for local"},
		{"POST", "/admin/v1/applications/" + files + "/versions", `{"version":"2","event_url":"https://a.test/"}`, 400, "invalid", "event_url must be empty"},
		{"POST", versions, `{"version":"1.0-rc"}`, 400, "invalid", "version"},
		{"POST", versions, `{"version":"1..0"}`, 400, "invalid", "version"},
		{"POST", versions, `{"version":".1"}`, 400, "invalid", "version"},
		{"POST", versions, `{"version":"1."}`, 400, "invalid", "version"},
		{"POST", versions, `{"version":"123456789012345678901"}`, 400, "invalid", "20 characters"},
		{"POST", versions, `{"version":"2","scope":"crm user"}`, 400, "invalid", "crm user"},
		{"POST", versions, `{"version":"2","app_url":"/page"}`, 400, "invalid", "app_url"},
		{"POST", versions, `{"version":"2","install_url":"javascript:alert(1)"}`, 400, "invalid", "install_url"},
		{"POST", versions, `{"version":"2","event_url":"ftp://a.test/"}`, 400, "invalid", "event_url"},

		{"PUT", place + id, `{}`, 404, "not_found", "no version"},
		{"PUT", place + id, `{"version":"9"}`, 404, "not_found", `no version "9"`},
		{"PUT", place + "nobody", `{"version":"1.0.0"}`, 404, "not_found", "client_id"},
		{"PUT", place + id, `{"version":"1.0.0","user_id":2}`, 403, "denied", "user 2 is no active administrator"},
		{"PUT", place + id, `{"version":"1.0.0","user_id":9}`, 403, "denied", "user 9 is no active administrator"},
		{"PUT", place + id, `{"version":"1.0.0","status":"L"}`, 400, "invalid", "local applications"},
		{"PUT", place + id, `{"version":"1.0.0","status":"f"}`, 400, "invalid", "F, D, T, P, S"},
		{"PUT", place + id, `{"version":"1.0.0","status":"FD"}`, 400, "invalid", "F, D, T, P, S"},
		{"PUT", place + local, `{"version":"1.0.0","status":"X"}`, 400, "invalid", "F, D, T, P, S"},
		{"PUT", place + id, `{"version":"1.0.0","language":"DE"}`, 400, "invalid", "language"},
		{"PUT", place + id, `{"version":"1.0.0","user_id":"1"}`, 400, "invalid", "user_id must not be a JSON string"},
		{"GET", place + id, ``, 404, "not_found", "not installed"},
		{"POST", place + id + "/finish", ``, 404, "not_found", "not installed"},
		{"POST", place + id + "/tokens", `{"user_id":1}`, 404, "not_found", "not installed"},
		{"POST", place + id + "/frame", `{"user_id":1}`, 404, "not_found", "not installed"},
		{"DELETE", place + id, ``, 404, "not_found", "not installed"},
		{"DELETE", place + id + "?clean=yes", ``, 400, "invalid", "clean must be 1 or 0"},

		{"GET", "/admin/v1/deliveries?event_id=", ``, 400, "invalid", "event_id"},
		{"GET", "/admin/v1/deliveries?event_id=x", ``, 400, "invalid", "event_id"},
		{"GET", "/admin/v1/deliveries?event_id=99", ``, 404, "not_found", ""},
		{"GET", "/admin/v1/portals/x/handlers", ``, 404, "not_found", "member_id"},
	} {
		t.Run(c.method+c.path+c.body, func(t *testing.T) {
			b := *b
			b.t = t
			b.wants(b.do(c.method, c.path, c.body), c.status, c.code, c.words)
		})
	}
	apps, err := b.Applications(b.ctx)
	b.must(err)
	if len(apps) != 3 || apps[0].ClientID != id || apps[1].ClientID != local || !apps[2].Static {
		t.Errorf("the applications are %+v", apps)
	}
	if len(b.directory.Portals()) != 1 || len(b.directory.Users(b.portal.ID)) != 2 || len(b.directory.Installations(b.portal.ID)) != 0 {
		t.Error("something was stored")
	}
}

func TestBodyIsLimited(t *testing.T) {
	t.Parallel()
	b := openEmpty(t)
	body := `{"name":"` + strings.Repeat("x", 16<<20) + `","kind":"local"}`
	b.wants(b.do("POST", "/admin/v1/applications", body), http.StatusRequestEntityTooLarge, "too_large", "16777216 bytes")
}

func TestCredentialsHaveTheProtocolsForm(t *testing.T) {
	t.Parallel()
	b := open(t)
	for kind, form := range map[string]string{"local": `^local\.[0-9a-f]{14}\.[0-9]{8}$`, "market": `^app\.[0-9a-f]{14}\.[0-9]{8}$`} {
		app, err := b.RegisterApplication(b.ctx, client.NewApplication{Name: "App", Kind: kind})
		b.must(err)
		if !regexp.MustCompile(form).MatchString(app.ClientID) || !regexp.MustCompile(`^[0-9A-Za-z]{50}$`).MatchString(app.ClientSecret) {
			t.Errorf("%s: got %+v", kind, app)
		}
	}
	hook, err := b.CreateIncomingWebhook(b.ctx, b.member, 2, "user, crm")
	b.must(err)
	if !regexp.MustCompile(`^[0-9a-z]{16}$`).MatchString(hook.Code) || hook.URL != "https://portal.example.test/rest/2/"+hook.Code+"/" {
		t.Errorf("got %+v", hook)
	}
	access, refusal := b.authority.CheckWebhook(b.portal, 2, hook.Code)
	if refusal != oauth.Granted || strings.Join(access.Scope, ",") != "user,crm" {
		t.Errorf("the webhook is %q with %q", refusal, access.Scope)
	}
}

func TestApplicationShowsItsVersionsInOrder(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.register(onevent.KindLocal, true, client.Version{Version: "10", Scope: "user, crm,user", AppURL: "http://127.0.0.1:8000/a?b=1"})
	b.must(b.RegisterVersion(b.ctx, id, client.Version{Version: "2.1.0", Scope: "crm"}))
	app, err := b.Application(b.ctx, id)
	b.must(err)
	want := []client.Version{{Version: "10", Scope: "user,crm", AppURL: "http://127.0.0.1:8000/a?b=1"}, {Version: "2.1.0", Scope: "crm"}}
	if app.Name != "App" || app.Kind != "local" || !app.UI || app.RotateApplicationToken != "never" ||
		len(app.Versions) != 2 || app.Versions[0] != want[0] || app.Versions[1] != want[1] {
		t.Errorf("got %+v", app)
	}
}

func TestInstallationAnswersItsStateAndTokens(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.register(onevent.KindMarket, false, client.Version{Scope: "user,crm"})
	path := "/admin/v1/portals/" + b.member + "/installations/" + id
	first := b.do("PUT", path, `{"version":"1.0.0","user_id":1,"language":"fr"}`)
	second := b.do("PUT", path, `{"version":"1.0.0","status":"P"}`)
	if first.status != http.StatusCreated || second.status != http.StatusOK {
		t.Errorf("got %d, then %d", first.status, second.status)
	}
	if !regexp.MustCompile(`^\{"installed":true,"status":"F","version":"1.0.0","application_token":"[0-9a-f]{32}",` +
		`"access_token":"[0-9a-f]+","refresh_token":"[0-9a-f]+","expires":1772370000\}$`).MatchString(first.body) {
		t.Errorf("got %s", first.body)
	}
	inst, err := b.Installation(b.ctx, b.member, id)
	b.must(err)
	if want := (client.Installation{ClientID: id, Installed: true, Status: "P", Version: "1.0.0", Scope: "user,crm", Language: "fr", UserID: 1}); inst != want {
		t.Errorf("got %+v", inst)
	}
	all, err := b.Installations(b.ctx, b.member)
	b.must(err)
	if len(all) != 1 || all[0] != inst {
		t.Errorf("installed are %+v", all)
	}
}

func TestTokensAreThoseOfTheirUser(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.install()
	tokens, err := b.IssueTokens(b.ctx, b.member, id, 2)
	b.must(err)
	access, refusal := b.authority.CheckToken(b.portal, tokens.AccessToken)
	if refusal != oauth.Granted || access.User.ID != 2 || tokens.UserID != 2 || tokens.Expires != b.clock.Now().Add(time.Hour).Unix() {
		t.Errorf("got %q, %+v, %+v", refusal, access.User, tokens)
	}
	path := "/admin/v1/portals/" + b.member + "/installations/" + id + "/tokens"
	b.wants(b.do("POST", path, `{"user_id":9}`), http.StatusNotFound, "not_found", "no user 9")
	b.wants(b.do("POST", path, ``), http.StatusNotFound, "not_found", "no user 0")
}

func TestAFrameIsOpenedForAUser(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.register(onevent.KindMarket, true, client.Version{Scope: "crm", AppURL: "https://app.test/page"})
	_, err := b.Install(b.ctx, b.member, id, client.Install{Version: "1.0.0"})
	b.must(err)
	post, err := b.OpenFrame(b.ctx, b.member, id, client.Visit{UserID: 2, Placement: "LEFT_MENU", Options: []byte(`{"a":{"b":"ü"}}`)})
	b.must(err)
	if !strings.HasPrefix(post.URL, "https://app.test/page?DOMAIN=") {
		t.Errorf("it is posted to %s", post.URL)
	}
	form, err := url.ParseQuery(post.Body)
	b.must(err)
	for _, f := range post.Fields {
		if form.Get(f.Name) != f.Value {
			t.Errorf("%s is %q, and %q in the body", f.Name, f.Value, form.Get(f.Name))
		}
	}
	if form.Get("PLACEMENT") != "LEFT_MENU" || form.Get("PLACEMENT_OPTIONS") != `{"a":{"b":"ü"}}` || len(form) != len(post.Fields) {
		t.Errorf("the body is %s", post.Body)
	}
	if access, refusal := b.authority.CheckToken(b.portal, form.Get("AUTH_ID")); refusal != oauth.Granted || access.User.ID != 2 {
		t.Errorf("the token is %q", refusal)
	}
	path := "/admin/v1/portals/" + b.member + "/installations/" + id + "/frame"
	b.wants(b.do("POST", path, `{"user_id":9}`), http.StatusNotFound, "not_found", "no such user")
	b.wants(b.do("POST", path, `{"user_id":1,"placement_options":"x"}`), http.StatusBadRequest, "invalid", "placement_options")
}

func TestDismissedUserHasNoTokens(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.install()
	tokens, err := b.IssueTokens(b.ctx, b.member, id, 2)
	b.must(err)
	no, yes := false, true
	user, err := b.ChangeUser(b.ctx, b.member, 2, client.UserChange{Active: &no})
	b.must(err)
	if user.Active {
		t.Error("the user is still active")
	}
	if _, refusal := b.authority.CheckToken(b.portal, tokens.AccessToken); refusal != oauth.AuthorizationError {
		t.Errorf("the token is %q", refusal)
	}
	path := "/admin/v1/portals/" + b.member + "/installations/" + id + "/tokens"
	b.wants(b.do("POST", path, `{"user_id":2}`), http.StatusForbidden, "denied", "dismissed")
	b.wants(b.do("POST", "/admin/v1/portals/"+b.member+"/webhooks/incoming", `{"user_id":2,"scope":"crm"}`), http.StatusForbidden, "denied", "dismissed")
	_, err = b.ChangeUser(b.ctx, b.member, 2, client.UserChange{Active: &yes})
	b.must(err)
	if _, refusal := b.authority.CheckToken(b.portal, tokens.AccessToken); refusal != oauth.InvalidToken {
		t.Errorf("after the return the old token is %q", refusal)
	}
}

func TestUninstallAnswersNothingAndLeavesNothingToUninstall(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.install()
	path := "/admin/v1/portals/" + b.member + "/installations/" + id
	if answer := b.do("DELETE", path+"?clean=0", ""); answer.status != http.StatusNoContent || answer.body != "" {
		t.Errorf("got %d %q", answer.status, answer.body)
	}
	b.wants(b.do("DELETE", path, ""), http.StatusNotFound, "not_found", "not installed")
}

func TestHandlersAreListedWithWhatTheyBelongTo(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.install("ONCRMDEALADD")
	list, err := b.Handlers(b.ctx, b.member)
	b.must(err)
	if len(list) != 2 {
		t.Fatalf("got %+v", list)
	}
	list[0].ID, list[1].ID = "", ""
	if want := (client.Handler{ClientID: id, Event: "ONAPPINSTALL", URL: "https://app.example.test/event", Platform: true}); list[0] != want {
		t.Errorf("got %+v", list[0])
	}
	if want := (client.Handler{ClientID: id, Event: "ONCRMDEALADD", URL: "https://app.example.test/oncrmdealadd"}); list[1] != want {
		t.Errorf("got %+v", list[1])
	}
	b.must(b.Uninstall(b.ctx, b.member, id, false))
	if list, err = b.Handlers(b.ctx, b.member); err != nil || len(list) != 0 {
		t.Errorf("after the uninstall: %+v, %v", list, err)
	}
}

func TestDeliveriesAreShownWithTheirAttempts(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install("ONCRMDEALADD")
	list := b.published(b.do("POST", b.events(), `{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":5}}}`))
	shown := func() client.Delivery {
		deliveries, err := b.Deliveries(b.ctx, list[0].ID)
		b.must(err)
		if len(deliveries) != 1 {
			t.Fatalf("got %+v", deliveries)
		}
		return deliveries[0]
	}
	d := shown()
	if d.State != "waiting" || d.Verdict != "" || len(d.Attempts) != 0 || d.EventID != list[0].ID || d.Event != "ONCRMDEALADD" || d.URL != "https://app.example.test/oncrmdealadd" {
		t.Errorf("got %+v", d)
	}
	b.settle(d.ID, onevent.Outcome{State: onevent.StateWaiting, Attempts: 1, Attempt: onevent.Attempt{Time: b.clock.Now(), Took: 15 * time.Millisecond, Error: "connect",
		Phases: onevent.Phases{Lookup: 1500 * time.Microsecond, Connect: time.Microsecond}}})
	b.settle(d.ID, onevent.Outcome{State: onevent.StateFailed, Verdict: onevent.VerdictExhausted, Attempts: 2, Attempt: onevent.Attempt{Time: b.clock.Now().Add(time.Second), Status: 500, Took: 20 * time.Millisecond, Answer: "<b>a\n\x00\xff\u202eé"}})
	d = shown()
	want := []client.Attempt{
		{Time: "2026-03-01T12:00:00.000Z", Status: 0, MS: 15, Error: "connect", Class: "refused", Phases: client.Phases{Lookup: 1.5, Connect: 0.001}},
		{Time: "2026-03-01T12:00:01.000Z", Status: 500, MS: 20, Class: "status", Answer: "<b>a\n\\x00\\xff\\u202eé"},
	}
	if d.State != "failed" || d.Verdict != "exhausted" || len(d.Attempts) != 2 || d.Attempts[0] != want[0] || d.Attempts[1] != want[1] {
		t.Errorf("got %+v", d)
	}
	raw := b.do("GET", "/admin/v1/deliveries?event_id="+list[0].ID, "")
	for _, part := range []string{`"phases":{"lookup_ms":1.500,"connect_ms":0.001}`, `"phases":{}`, `\u003cb\u003ea\n\\x00`} {
		if !strings.Contains(raw.body, part) {
			t.Errorf("%s is not in %s", part, raw.body)
		}
	}
}

// settle records what became of a delivery, as dispatch does.
func (b *bench) settle(id string, o onevent.Outcome) {
	b.t.Helper()
	n, err := strconv.ParseInt(id, 10, 64)
	b.must(err)
	o.Delivery = onevent.DeliveryID(n)
	b.must(b.store.Settle(b.ctx, func(tx onevent.Tx) error { return tx.Settle(&o) }))
}

func TestStatsTellWaitingFromInFlight(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install("ONCRMDEALADD")
	before := b.stats().Waiting
	b.published(b.do("POST", b.events(), `[{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":5}}},{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":6}}}]`))
	all := before + 2
	for _, c := range []struct {
		inFlight int
		waiting  int64
	}{{0, all}, {1, all - 1}, {int(all), 0}, {int(all) + 5, 0}} {
		b.inFlight = c.inFlight
		if s := b.stats(); s.Waiting != c.waiting || s.InFlight != int64(c.inFlight) {
			t.Errorf("with %d in flight: %+v", c.inFlight, s)
		}
	}
}

func TestClientTellsWhatWasWrong(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, err := b.Publish(b.ctx, b.member, "", client.Event{Event: "ONCRMDEALADD", Data: []byte(`{"FIELDS":{"ID":1}}`)}, client.Event{Event: "ONNOTHING"})
	var e *client.Error
	if !errors.As(err, &e) || e.Status != 400 || e.Code != "invalid" || e.Index != 1 || !strings.Contains(e.Error(), "ONNOTHING") {
		t.Errorf("got %#v", err)
	}
	_, err = client.New(b.url, "wrong", nil).Stats(b.ctx)
	if !errors.As(err, &e) || e.Status != 401 || e.Code != "unauthorized" || e.Index != -1 {
		t.Errorf("got %#v", err)
	}
}
