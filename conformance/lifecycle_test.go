package conformance_test

import (
	"net/url"
	"strings"
	"testing"
)

// Bodies that the protocol shows are sent byte for byte but for ids, times and
// tokens: docs/protocol/events.md sections 2.3, 2.4 and 2.6,
// docs/protocol/app-lifecycle.md section 3.
func TestBodiesAreTheProtocolsExamples(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	german := found(t, server.base, server.token, "some-domain.bitrix24.com", "de")
	english := found(t, server.base, server.token, "example.bitrix24.com", "en")
	for name, test := range map[string]struct {
		page, code string
		portal     *portal
		kind       string
		scope      string
		version    string
		act        func(a *application, handler string)
	}{
		"install": {
			"events.md", "ONAPPINSTALL", english, "local", "crm,user,placement", "1",
			func(*application, string) {}, // installing it is the act
		},
		"update": {
			"app-lifecycle.md", "ONAPPUPDATE", german, "market", "imbot", "2.0.3",
			func(a *application, handler string) {
				a.bind("OnAppUpdate", handler)
				a.version("2.1.0", "imbot", handler)
				a.install("2.1.0", "", 200)
			},
		},
		"uninstall": {
			"events.md", "ONAPPUNINSTALL", english, "local", "crm,user", "1.0.0",
			func(a *application, handler string) {
				a.bind("onAppUninstall", handler)
				a.admin("DELETE", a.path+"?clean=1", nil, 204)
			},
		},
		"test": {
			"events.md", "ONAPPTEST", english, "local", "crm,user", "1.0.0",
			func(a *application, handler string) {
				a.bind("onapptest", handler)
				a.rest("event.test", a.access, url.Values{"any": {"data"}}, 200)
			},
		},
		"calendar": {
			"events.md", "ONCALENDARENTRYUPDATE", german, "market", "calendar", "1.0.0",
			func(a *application, handler string) {
				a.bind("OnCalendarEntryUpdate", handler)
				a.publish("OnCalendarEntryUpdate", map[string]any{"id": "1414"})
			},
		},
		"crm": {
			"events.md", "ONCRMCONTACTADD", english, "local", "crm,placement,user_brief", "1.0.0",
			func(a *application, handler string) {
				a.bind("onCrmContactAdd", handler)
				a.publish("ONCRMCONTACTADD", map[string]any{"FIELDS": map[string]any{"ID": 134806}})
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			on := *test.portal
			on.t = t
			handler := startReceiver(t)
			a := on.register(test.kind)
			a.version(test.version, test.scope, handler.url)
			a.install(test.version, "", 201)
			test.act(a, handler.url)
			got := handler.first(test.code)
			sameButForVarying(t, got.Body, example(t, test.page, test.code))
			got.belongsTo(a)
		})
	}
}

// An update ends every handler of the version before, tells them of it first,
// and then welcomes the new version at its own URL.
func TestAnUpdateEndsTheOldVersionsHandlers(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	p := found(t, server.base, server.token, "some-domain.bitrix24.com", "de")
	old, new := startReceiver(t), startReceiver(t)
	a := p.register("market")
	a.version("2.0.3", "imbot,crm", old.url)
	a.install("2.0.3", "F", 201)
	a.bind("ONCRMCONTACTADD", old.url)
	a.bind("OnAppUpdate", old.url)
	if n := a.publish("ONCRMCONTACTADD", map[string]any{"FIELDS": map[string]any{"ID": 1}}); n != 1 {
		t.Fatalf("%d deliveries before the update", n)
	}
	old.first("ONCRMCONTACTADD")
	token := a.secret

	a.version("2.1.0", "imbot,crm", new.url)
	a.install("2.1.0", "", 200)
	old.first("ONAPPUPDATE").belongsTo(a)
	welcome := new.first("ONAPPINSTALL")
	welcome.belongsTo(a)
	welcome.has("data[VERSION]", "2.1.0")
	if a.secret != token {
		t.Error("the application_token changed with the update")
	}
	if n := a.publish("ONCRMCONTACTADD", map[string]any{"FIELDS": map[string]any{"ID": 2}}); n != 0 {
		t.Errorf("%d deliveries after the update", n)
	}
	if rows := a.rest("event.get", a.access, nil, 200)["result"].([]any); len(rows) != 1 {
		t.Errorf("handlers after the update: %v", rows)
	}
}

// After an uninstall tokens are void, and handlers get ONAPPUNINSTALL and
// nothing else.
func TestAnUninstallEndsEverything(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	p := found(t, server.base, server.token, "some-domain.bitrix24.com", "de")
	handler := startReceiver(t)
	a := p.register("market")
	a.version("1.0.0", "crm", handler.url)
	a.install("1.0.0", "F", 201)
	a.bind("ONCRMCONTACTADD", handler.url)
	a.bind("ONAPPUNINSTALL", handler.url)
	a.admin("DELETE", a.path, nil, 204)

	told := handler.first("ONAPPUNINSTALL")
	told.belongsTo(a)
	told.has("data[CLEAN]", "0")
	told.has("data[LANGUAGE_ID]", "de")
	if strings.Contains(told.Body, "access_token") {
		t.Error("it carries a token")
	}
	if n := a.publish("ONCRMCONTACTADD", map[string]any{"FIELDS": map[string]any{"ID": 2}}); n != 0 {
		t.Errorf("%d deliveries after the uninstall", n)
	}
	a.rest("profile", a.access, nil, 401)

	before := a.secret
	a.install("1.0.0", "F", 201)
	if a.secret != before {
		t.Error("a market application that comes back has another application_token")
	}
}
