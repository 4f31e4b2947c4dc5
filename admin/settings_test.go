package admin_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/seal"
)

var asDocumented = onevent.PortalSettings{RefreshToken: onevent.RefreshTokenDocumented, ConfirmMethods: []string{}}

func TestPortalIsChangedInWhatTheRequestNamesAlone(t *testing.T) {
	t.Parallel()
	b := open(t)
	path := "/admin/v1/portals/" + b.member
	portal := func(settings, language, zone string) string {
		return `{"member_id":"` + b.member + `","domain":"portal.example.test","public_url":"https://portal.example.test","formerly":[],"language":"` +
			language + `","time_zone":"` + zone + `","settings":` + settings + `}`
	}
	const unlimited = `,"rest.rate_burst":0,"rest.rate_per_second":0,"rest.operating_limit":0,"events.rate":0,"events.burst":0,"oauth.revoke_reused":false,"rest.confirm_methods":[]}`
	const documented = `{"events.refresh_token":"documented","events.no_access_check":false` + unlimited
	const both = `{"events.refresh_token":"always","events.no_access_check":true` + unlimited
	const limited = `{"events.refresh_token":"always","events.no_access_check":true,"rest.rate_burst":50,"rest.rate_per_second":0.5,"rest.operating_limit":480,"events.rate":2.5,"events.burst":10,"oauth.revoke_reused":true,"rest.confirm_methods":["user.add"]}`
	for _, c := range []struct{ body, want string }{
		{``, portal(documented, "de", "UTC")},
		{`{"settings":{}}`, portal(documented, "de", "UTC")},
		{`{"settings":{"events.no_access_check":true}}`, portal(`{"events.refresh_token":"documented","events.no_access_check":true`+unlimited, "de", "UTC")},
		{`{"settings":{"events.refresh_token":"always"}}`, portal(both, "de", "UTC")},
		{`{"language":"fr"}`, portal(both, "fr", "UTC")},
		{`{"time_zone":"Europe/Berlin"}`, portal(both, "fr", "Europe/Berlin")},
		{`{"settings":{"rest.rate_burst":50,"rest.rate_per_second":0.5,"rest.operating_limit":480,"events.rate":2.5,"events.burst":10,"oauth.revoke_reused":true,"rest.confirm_methods":["user.add","User.Add"]}}`, portal(limited, "fr", "Europe/Berlin")},
		{`{"time_zone":"Europe/Berlin"}`, portal(limited, "fr", "Europe/Berlin")},
		{`{"settings":{"rest.rate_burst":0,"rest.rate_per_second":0,"rest.operating_limit":0,"events.rate":0,"events.burst":0,"oauth.revoke_reused":false,"rest.confirm_methods":[]}}`, portal(both, "fr", "Europe/Berlin")},
		{`{"settings":` + documented + `,"language":"en","time_zone":"UTC"}`, portal(documented, "en", "UTC")},
	} {
		answer := b.do("PATCH", path, c.body)
		if answer.status != http.StatusOK || answer.body != c.want {
			t.Errorf("%s: got %d %s, want %s", c.body, answer.status, answer.body, c.want)
		}
		if got := b.do("GET", "/admin/v1/portals", "").body; got != `{"portals":[`+c.want+`]}` {
			t.Errorf("%s: listed as %s", c.body, got)
		}
	}
}

func TestPortalIsFoundedWithSettings(t *testing.T) {
	t.Parallel()
	b := openEmpty(t)
	settings := onevent.PortalSettings{RefreshToken: onevent.RefreshTokenAlways, NoAccessCheck: true, RateBurst: 250, RatePerSecond: 5, OperatingLimit: 480, EventRate: 0.5, EventBurst: 3, RevokeReused: true, ConfirmMethods: []string{"user.add"}}
	_, _, err := b.CreatePortal(b.ctx, client.NewPortal{Domain: "a.example.test", PublicURL: "https://a.example.test", Settings: settings})
	b.must(err)
	_, _, err = b.CreatePortal(b.ctx, client.NewPortal{Domain: "b.example.test", PublicURL: "https://b.example.test"})
	b.must(err)
	list, err := b.Portals(b.ctx)
	b.must(err)
	if len(list) != 2 || !reflect.DeepEqual(list[0].Settings, settings) || !reflect.DeepEqual(list[1].Settings, asDocumented) {
		t.Errorf("got %+v", list)
	}
}

func TestApplicationIsChangedInWhatTheRequestNamesAlone(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.register(onevent.KindMarket, true, client.Version{Scope: "crm"})
	for _, c := range []struct {
		change       client.ApplicationChange
		name, rotate string
	}{
		{client.ApplicationChange{}, "App", "never"},
		{client.ApplicationChange{RotateApplicationToken: new("update")}, "App", "update"},
		{client.ApplicationChange{Name: new("Other")}, "Other", "update"},
		{client.ApplicationChange{Name: new("App"), RotateApplicationToken: new("never")}, "App", "never"},
	} {
		changed, err := b.ChangeApplication(b.ctx, id, c.change)
		b.must(err)
		shown, err := b.Application(b.ctx, id)
		b.must(err)
		for _, app := range []client.Application{changed, shown} {
			if app.ClientID != id || app.Name != c.name || app.RotateApplicationToken != c.rotate ||
				app.Kind != "market" || !app.UI || len(app.Versions) != 1 {
				t.Errorf("got %+v", app)
			}
		}
	}
}

func TestBadSettingsAreRefusedByNameAndChangeNothing(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.register(onevent.KindMarket, false, client.Version{})
	portal, app := "/admin/v1/portals/"+b.member, "/admin/v1/applications/"+id
	before := b.do("GET", "/admin/v1/portals", "").body + b.do("GET", app, "").body
	for _, c := range []struct {
		method, path, body string
		status             int
		code, words        string
	}{
		{"PATCH", portal, `{"member_id":"a"}`, 400, "invalid", `unknown key "member_id"`},
		{"PATCH", portal, `{"domain":"a.test"}`, 400, "invalid", "domain and public_url move a portal together"},
		{"PATCH", portal, `{"public_url":"https://a.test"}`, 400, "invalid", "domain and public_url move a portal together"},
		{"PATCH", portal, `{"domain":"a.test","public_url":"https://b.test"}`, 400, "invalid", "domain must be the host of public_url"},
		{"PATCH", portal, `{"domain":"a.test","public_url":"https://a.test","language":"deu"}`, 400, "invalid", "language"},
		{"PATCH", portal, `{"settings":{"rest.rate_burst":50}}`, 400, "invalid", "rest.rate_per_second must be above 0 where rest.rate_burst is"},
		{"PATCH", portal, `{"settings":{"rest.rate_burst":-1}}`, 400, "invalid", "rest.rate_burst must be 0 (no limit) to 1000000"},
		{"PATCH", portal, `{"settings":{"rest.rate_burst":1000001,"rest.rate_per_second":2}}`, 400, "invalid", "rest.rate_burst"},
		{"PATCH", portal, `{"settings":{"rest.rate_burst":1.5,"rest.rate_per_second":2}}`, 400, "invalid", "settings.rest.rate_burst must be a whole number"},
		{"PATCH", portal, `{"settings":{"rest.rate_burst":"50"}}`, 400, "invalid", "settings.rest.rate_burst must not be a JSON string"},
		{"PATCH", portal, `{"settings":{"rest.rate_per_second":1e999}}`, 400, "invalid", "settings.rest.rate_per_second is too large a number"},
		{"PATCH", portal, `{"settings":{"rest.rate_per_second":1000001}}`, 400, "invalid", "rest.rate_per_second must be 0 to 1000000"},
		{"PATCH", portal, `{"settings":{"events.rate":-1}}`, 400, "invalid", "events.rate must be 0 (no limit), or 0.001 to 1000000 events a second"},
		{"PATCH", portal, `{"settings":{"events.rate":0.0001}}`, 400, "invalid", "events.rate"},
		{"PATCH", portal, `{"settings":{"events.rate":1000001}}`, 400, "invalid", "events.rate"},
		{"PATCH", portal, `{"settings":{"events.rate":1,"events.burst":-1}}`, 400, "invalid", "events.burst must be 0 (as many as in a second) to 1000000"},
		{"PATCH", portal, `{"settings":{"events.rate":1,"events.burst":1.5}}`, 400, "invalid", "settings.events.burst must be a whole number"},
		{"PATCH", portal, `{"settings":{"events.burst":5}}`, 400, "invalid", "events.rate must be above 0 where events.burst is"},
		{"PATCH", app, `{"delivery":{"rate":-1}}`, 400, "invalid", "delivery.rate must be a number from 0.001 to 1000000 events a second"},
		{"PATCH", app, `{"delivery":{"retry":"5s,often"}}`, 400, "invalid", "delivery.retry must be"},
		{"PATCH", app, `{"delivery":{"deadline":7776001}}`, 400, "invalid", "delivery.deadline must be a number from 0.001 to 7776000 seconds"},
		{"PATCH", app, `{"delivery":{"burst":1.5}}`, 400, "invalid", "delivery.burst must be a whole number"},
		{"PATCH", app, `{"delivery":{"order":"first"}}`, 400, "invalid", "delivery.order must be one of"},
		{"PATCH", app, `{"delivery":{"minTimeout":1}}`, 400, "invalid", `unknown key "minTimeout"`},
		{"PATCH", app, `{"delivery":5}`, 400, "invalid", "delivery must not be a JSON number"},
		{"PATCH", portal, `{"settings":{"rest.operating_limit":601}}`, 400, "invalid", "rest.operating_limit must be 0 (no limit) to 600 seconds"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test","public_url":"https://a.test","settings":{"rest.operating_limit":-1}}`, 400, "invalid", "rest.operating_limit"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test","public_url":"https://a.test","settings":{"rest.rate_burst":1}}`, 400, "invalid", "rest.rate_per_second"},
		{"PATCH", portal, `{"language":"fr","settings":{"events.retry":1}}`, 400, "invalid", `unknown key "events.retry"`},
		{"PATCH", portal, `{"language":"fr","settings":{"events.refresh_token":"never"}}`, 400, "invalid", "events.refresh_token must be documented or always"},
		{"PATCH", portal, `{"settings":{"events.refresh_token":""}}`, 400, "invalid", "events.refresh_token"},
		{"PATCH", portal, `{"settings":{"events.refresh_token":true}}`, 400, "invalid", "settings.events.refresh_token must not be a JSON bool"},
		{"PATCH", portal, `{"settings":{"oauth.revoke_reused":1}}`, 400, "invalid", "settings.oauth.revoke_reused must not be a JSON number"},
		{"PATCH", portal, `{"settings":{"events.no_access_check":"Y"}}`, 400, "invalid", "settings.events.no_access_check must not be a JSON string"},
		{"PATCH", portal, `{"settings":[]}`, 400, "invalid", "settings must not be a JSON array"},
		{"PATCH", portal, `{"settings":{"events.refresh_token":"always"},"language":"deu"}`, 400, "invalid", "language"},
		{"PATCH", portal, `{"language":""}`, 400, "invalid", "language"},
		{"PATCH", portal, `{"time_zone":"Mars/Base"}`, 400, "invalid", "time_zone"},
		{"PATCH", portal, `{"time_zone":""}`, 400, "invalid", "time_zone"},
		{"PATCH", portal, `{"time_zone":"Local"}`, 400, "invalid", "time_zone"},
		{"PATCH", "/admin/v1/portals/x", `{}`, 404, "not_found", "member_id"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test","public_url":"https://a.test","settings":{"events.refresh_token":"never"}}`, 400, "invalid", "events.refresh_token"},
		{"POST", "/admin/v1/portals", `{"domain":"a.test","public_url":"https://a.test","settings":{"refresh_token":"always"}}`, 400, "invalid", `unknown key "refresh_token"`},
		{"PATCH", app, `{"kind":"local"}`, 400, "invalid", `unknown key "kind"`},
		{"PATCH", app, `{"name":" "}`, 400, "invalid", "name"},
		{"PATCH", app, `{"name":"Other","rotate_application_token":"always"}`, 400, "invalid", "rotate_application_token must be never or update"},
		{"PATCH", app, `{"rotate_application_token":""}`, 400, "invalid", "rotate_application_token"},
		{"PATCH", "/admin/v1/applications/nobody", `{}`, 404, "not_found", "client_id"},
	} {
		b.wants(b.do(c.method, c.path, c.body), c.status, c.code, c.words)
	}
	if after := b.do("GET", "/admin/v1/portals", "").body + b.do("GET", app, "").body; after != before {
		t.Errorf("it was %s, it is %s", before, after)
	}
}

func TestPortalMovesWithAllThatItHas(t *testing.T) {
	t.Parallel()
	b := open(t)
	sent := b.send()
	b.install("ONCRMDEALADD")
	b.next(sent, "ONAPPINSTALL")
	moved, err := b.ChangePortal(b.ctx, b.member, client.PortalChange{
		Domain: new("Moved.example.test"), PublicURL: new("https://moved.example.test/"), Language: new("fr")})
	b.must(err)
	list, err := b.Portals(b.ctx)
	b.must(err)
	for _, p := range append(list, moved) {
		if p.Domain != "moved.example.test" || p.PublicURL != "https://moved.example.test" || p.Language != "fr" || len(p.Formerly) != 1 || p.Formerly[0] != "portal.example.test" {
			t.Errorf("got %+v", p)
		}
	}
	b.published(b.do("POST", b.events(), `{"event":"ONCRMDEALADD","user_id":1,"data":{"FIELDS":{"ID":5}}}`))
	form := b.next(sent, "ONCRMDEALADD")
	if form.Get("auth[domain]") != "moved.example.test" || form.Get("auth[client_endpoint]") != "https://moved.example.test/rest/" {
		t.Errorf("its events tell %v", form)
	}
	_, _, err = b.CreatePortal(b.ctx, client.NewPortal{Domain: "b.example.test", PublicURL: "https://b.example.test"})
	b.must(err)
	b.wants(b.do("PATCH", "/admin/v1/portals/"+b.member, `{"domain":"b.example.test","public_url":"https://b.example.test"}`),
		http.StatusConflict, "conflict", "another portal has the domain b.example.test")
	_, _, err = b.CreatePortal(b.ctx, client.NewPortal{Domain: "portal.example.test", PublicURL: "https://portal.example.test"})
	b.must(err)
	if list, err = b.Portals(b.ctx); err != nil || len(list) != 3 || len(list[0].Formerly) != 0 {
		t.Errorf("got %+v, %v", list, err)
	}
}

// A change is read again at the next start.
func TestSettingsOutliveTheServer(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.register(onevent.KindMarket, false, client.Version{})
	_, err := b.ChangePortal(b.ctx, b.member, client.PortalChange{
		Settings: client.SettingsChange{RefreshToken: new("always"), NoAccessCheck: new(true), ConfirmMethods: new([]string{"user.add"})}, Language: new("fr"), TimeZone: new("Asia/Tokyo")})
	b.must(err)
	_, err = b.ChangeApplication(b.ctx, id, client.ApplicationChange{RotateApplicationToken: new("update")})
	b.must(err)
	ring, err := seal.NewRing(seal.NewKey())
	b.must(err)
	fresh, err := directory.Load(b.ctx, b.store, ring)
	b.must(err)
	p := fresh.PortalByMember(b.member)
	if !reflect.DeepEqual(p.Settings, onevent.PortalSettings{RefreshToken: "always", NoAccessCheck: true, ConfirmMethods: []string{"user.add"}}) || p.Language != "fr" || p.TimeZone != "Asia/Tokyo" {
		t.Errorf("the portal is %+v", p)
	}
	if app := fresh.ApplicationByClientID(id); app.RotateToken != "update" {
		t.Errorf("the application is %+v", app)
	}
}

// posts are the bodies that the engine sent, each answered 200.
type posts chan url.Values

func (p posts) Post(ctx context.Context, r egress.Request) (egress.Response, error) {
	form, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return egress.Response{}, err
	}
	select {
	case p <- form:
		return egress.Response{Status: http.StatusOK}, nil
	case <-ctx.Done():
		return egress.Response{}, ctx.Err()
	}
}

// send puts a dispatch under the API.
func (b *bench) send() posts {
	b.t.Helper()
	sent := make(posts)
	engine := dispatch.New(dispatch.Config{
		Store: b.store, Directory: b.directory, Authority: b.authority, Addresses: addresses{},
		Poster: sent, Clock: b.clock, Logger: slog.New(slog.DiscardHandler),
	})
	b.must(engine.Start(b.ctx))
	b.t.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		engine.Stop(ended)
	})
	b.queue = engine
	b.serve(b.store, b.authority.Ring)
	return sent
}

// next is the body of the next event, which must be of that code.
func (b *bench) next(sent posts, code string) url.Values {
	b.t.Helper()
	select {
	case form := <-sent:
		if form.Get("event") != code {
			b.t.Fatalf("got %v instead of %s", form, code)
		}
		return form
	case <-time.After(20 * time.Second):
		b.t.Fatalf("%s did not come", code)
		return nil
	}
}

func TestRefreshTokenIsInEveryEventWhereThePortalSaysAlways(t *testing.T) {
	t.Parallel()
	b := open(t)
	sent := b.send()
	b.install("ONCRMDEALADD")
	b.next(sent, "ONAPPINSTALL")
	for _, c := range []struct {
		value string
		has   bool
	}{{"documented", false}, {"always", true}, {"documented", false}} {
		_, err := b.ChangePortal(b.ctx, b.member, client.PortalChange{Settings: client.SettingsChange{RefreshToken: new(c.value)}})
		b.must(err)
		b.published(b.do("POST", b.events(), `{"event":"ONCRMDEALADD","user_id":1,"data":{"FIELDS":{"ID":5}}}`))
		form := b.next(sent, "ONCRMDEALADD")
		if form.Get("auth[access_token]") == "" || form.Has("auth[refresh_token]") != c.has {
			t.Errorf("%s: got %v", c.value, form)
		}
		if c.has && form.Get("auth[refresh_token]") == "" {
			t.Error("refresh_token is empty")
		}
	}
}

// closed is the owner of objects that nobody may read.
type closed struct{}

func (closed) MayRead(onevent.RecordReader, *onevent.Portal, *onevent.User, string) (publish.Access, error) {
	return publish.AccessDenied, nil
}

func TestNoAccessCheckDeliversWhatTheUserMayNotRead(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.guards = map[string]publish.Guard{"crm.activity": closed{}}
	b.serve(b.store, b.authority.Ring)
	b.install("ONCRMACTIVITYADD")
	for _, c := range []struct {
		off  bool
		want int
	}{{false, 0}, {true, 1}, {false, 0}} {
		_, err := b.ChangePortal(b.ctx, b.member, client.PortalChange{Settings: client.SettingsChange{NoAccessCheck: &c.off}})
		b.must(err)
		list := b.published(b.do("POST", b.events(), `{"event":"ONCRMACTIVITYADD","user_id":2,"data":{"FIELDS":{"ID":5}}}`))
		if list[0].Deliveries != c.want {
			t.Errorf("with %v: %d deliveries", c.off, list[0].Deliveries)
		}
	}
}

func TestUpdateBringsANewApplicationTokenWhereTheApplicationSaysUpdate(t *testing.T) {
	t.Parallel()
	b := open(t)
	sent := b.send()
	id := b.register(onevent.KindMarket, false, client.Version{Version: "1", Scope: "crm"})
	installed, err := b.Install(b.ctx, b.member, id, client.Install{Version: "1"})
	b.must(err)
	before := installed.ApplicationToken
	for _, c := range []struct {
		version, rotate string
		changes         bool
	}{{"2", "never", false}, {"3", "update", true}, {"4", "update", true}, {"5", "never", false}} {
		_, err := b.ChangeApplication(b.ctx, id, client.ApplicationChange{RotateApplicationToken: &c.rotate})
		b.must(err)
		b.must(b.RegisterVersion(b.ctx, id, client.Version{Version: c.version, Scope: "crm"}))
		b.bind(id, "ONAPPUPDATE", "https://app.example.test/"+c.version)
		updated, err := b.Install(b.ctx, b.member, id, client.Install{Version: c.version})
		b.must(err)
		if (updated.ApplicationToken != before) != c.changes {
			t.Errorf("version %s: from %s to %s", c.version, before, updated.ApplicationToken)
		}
		form := b.next(sent, "ONAPPUPDATE")
		if form.Get("data[VERSION]") != c.version || form.Get("auth[application_token]") != updated.ApplicationToken {
			t.Errorf("got %v, want the token %s", form, updated.ApplicationToken)
		}
		before = updated.ApplicationToken
	}
}
