package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
)

const boundURL = "https://app.example.test/in?a=b"

func TestAHandlerIsBoundForAnApplication(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.install()
	bound, err := b.BindHandler(b.ctx, b.member, client.NewHandler{
		ClientID: id, Event: "onCrmActivityUpdate", Handler: boundURL, AuthType: 2, AuthConnector: "mine", Options: onevent.DeliveryOptions{Rate: 5, Retry: "5s,30s", Deadline: 60}})
	b.must(err)
	if want := (client.Handler{ID: bound.ID, ClientID: id, Event: update, URL: boundURL, UserID: 2, Connector: "mine"}); bound != want {
		t.Errorf("got %+v", bound)
	}
	list, err := b.Handlers(b.ctx, b.member)
	b.must(err)
	if len(list) != 2 || list[1] != bound {
		t.Errorf("listed are %+v", list)
	}
	d := b.only(b.raise(update, "1"))
	if d.HandlerID != bound.ID || d.URL != boundURL || d.ClientID != id {
		t.Errorf("its delivery is %+v", d)
	}
	// Another one at the same URL shares the destination, whose options stay.
	second, err := b.BindHandler(b.ctx, b.member, client.NewHandler{ClientID: id, Event: "ONCRMACTIVITYADD", Handler: boundURL})
	b.must(err)
	destinations, err := b.Destinations(b.ctx, b.member)
	b.must(err)
	if len(destinations) != 2 || destinations[1].Options != (onevent.DeliveryOptions{Rate: 5, Retry: "5s,30s", Deadline: 60}) || second.UserID != 0 {
		t.Errorf("the destinations are %+v", destinations)
	}
	again := fmt.Sprintf(`{"client_id":%q,"event":"ONCRMACTIVITYADD","handler":%q,"auth_type":0,"event_type":"ONLINE","auth_connector":"","options":{}}`, id, boundURL)
	b.wants(b.do("POST", b.bindPath(), again), 409, "conflict", "bound already")
}

func (b *bench) bindPath() string { return "/admin/v1/portals/" + b.member + "/handlers" }

func TestABoundHandlerThatWasDisabledIsEnabled(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.install()
	h := client.NewHandler{ClientID: id, Event: update, Handler: boundURL}
	bound, err := b.BindHandler(b.ctx, b.member, h)
	b.must(err)
	row := *b.directory.Handlers(b.portal.ID, update)[0]
	row.Disabled = onevent.VerdictGone
	b.must(b.store.Update(b.ctx, func(tx onevent.Tx) error { return b.directory.PutHandler(tx, row) }))
	if again, err := b.BindHandler(b.ctx, b.member, h); err != nil || again != bound {
		t.Errorf("got %+v, %v", again, err)
	}
}

func TestAHandlerThatCannotBeBoundIsRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.install()
	elsewhere := b.register(onevent.KindLocal, false, client.Version{Scope: "crm"})
	no := false
	_, err := b.ChangeUser(b.ctx, b.member, 2, client.UserChange{Active: &no})
	b.must(err)
	body := func(event, handler, more string) string {
		return fmt.Sprintf(`{"client_id":%q,"event":%q,"handler":%q%s}`, id, event, handler, more)
	}
	for _, c := range []struct {
		name, body string
		status     int
		code       string
		words      string
	}{
		{"no application", `{"event":"ONCRMDEALADD","handler":"` + boundURL + `"}`, 404, "not_found", "client_id"},
		{"unknown application", `{"client_id":"nobody"}`, 404, "not_found", `"nobody"`},
		{"application of elsewhere", `{"client_id":"` + elsewhere + `","event":"ONCRMDEALADD","handler":"` + boundURL + `"}`, 404, "not_found", "not installed"},
		{"no event", body("", boundURL, ""), 400, "invalid", "no event"},
		{"unknown event", body("ONNOTHING", boundURL, ""), 400, "invalid", `"ONNOTHING"`},
		{"event of a missing scope", body("ONTASKADD", boundURL, ""), 400, "invalid", "scopes"},
		{"no handler", body(update, "", ""), 400, "invalid", "handler: wrong URL"},
		{"URL without a scheme", body(update, "app.example.test/in", ""), 400, "invalid", "handler: wrong URL"},
		{"host without a dot", body(update, "http://localhost/in", ""), 400, "invalid", "handler: wrong URL"},
		{"javascript", body(update, "javascript:alert(1)", ""), 400, "invalid", "handler: wrong URL"},
		{"ftp", body(update, "ftp://app.example.test/", ""), 400, "invalid", "handler: wrong scheme"},
		{"offline", body(update, "", `,"event_type":"offline"`), 400, "invalid", "offline events are not available"},
		{"another event_type", body(update, boundURL, `,"event_type":"x"`), 400, "invalid", "event_type"},
		{"dismissed user", body(update, boundURL, `,"auth_type":2`), 400, "invalid", "auth_type"},
		{"unknown user", body(update, boundURL, `,"auth_type":77`), 400, "invalid", "auth_type"},
		{"negative user", body(update, boundURL, `,"auth_type":-1`), 400, "invalid", "auth_type"},
		{"long connector", body(update, boundURL, `,"auth_connector":"`+strings.Repeat("x", 256)+`"`), 400, "invalid", "auth_connector"},
		{"bad options", body(update, boundURL, `,"options":{"order":"first"}`), 400, "invalid", "options.order"},
		{"unknown option", body(update, boundURL, `,"options":{"minTimeout":1}`), 400, "invalid", `unknown key "minTimeout"`},
		{"unknown key", body(update, boundURL, `,"user_id":1`), 400, "invalid", `unknown key "user_id"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := *b
			b.t = t
			b.wants(b.do("POST", b.bindPath(), c.body), c.status, c.code, c.words)
		})
	}
	if list, err := b.Handlers(b.ctx, b.member); err != nil || len(list) != 1 {
		t.Errorf("something was stored: %+v, %v", list, err)
	}
}

func TestAHandlerIsUnboundWithWhatWaitsForIt(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.install(update)
	hooked := b.hook("ONCRMDEALADD").Handlers[0].ID
	d := b.only(b.raise(update, "1"))
	b.must(b.UnbindHandler(b.ctx, b.member, d.HandlerID))
	if now := b.only(d.EventID); now.State != "cancelled" || now.Verdict != "unbound" {
		t.Errorf("what waited is %+v", now)
	}
	path := b.bindPath() + "/"
	b.wants(b.do("DELETE", path+d.HandlerID, ""), 409, "conflict", "has ended (unbound)")
	list, err := b.Handlers(b.ctx, b.member)
	b.must(err)
	if len(list) != 2 || !list[0].Platform || list[0].ClientID != id {
		t.Fatalf("left are %+v", list)
	}
	b.wants(b.do("DELETE", path+list[0].ID, ""), 409, "conflict", "made by the platform")
	b.wants(b.do("DELETE", path+hooked, ""), 409, "conflict", "outgoing webhook 1")
	b.wants(b.do("DELETE", path+"77", ""), 404, "not_found", "no handler 77")
	b.wants(b.do("DELETE", path+"x", ""), 400, "invalid", "positive number")
	_, other, err := b.otherPortal()
	b.must(err)
	b.wants(b.do("DELETE", "/admin/v1/portals/"+other+"/handlers/"+list[0].ID, ""), 404, "not_found", "no handler")
	if _, err := b.BindHandler(b.ctx, b.member, client.NewHandler{ClientID: id, Event: update, Handler: d.URL}); err != nil {
		t.Errorf("bound again: %v", err)
	}
}
