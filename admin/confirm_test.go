package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/rest"
)

// ask calls a method that needs a confirmation, with a token that is returned.
func (b *bench) ask(clientID, method string) (token string) {
	b.t.Helper()
	inst := b.directory.Standing(b.portal.ID, b.directory.ApplicationByClientID(clientID).ID)
	token = b.authority.Mint(oauth.Grant{Installation: inst, User: b.directory.User(b.portal.ID, 1), Refresh: true}).Access
	access, _ := b.authority.CheckToken(b.portal, token)
	state, err := b.confirms.Ask(b.ctx, access, onevent.Secret(token), method)
	b.must(err)
	if state != rest.ConfirmationWaiting {
		b.t.Fatalf("it is in state %d", state)
	}
	return token
}

func TestConfirmationsAreListedAndDecidedWithoutTheirToken(t *testing.T) {
	t.Parallel()
	b := open(t)
	if a := b.do("GET", "/admin/v1/portals/"+b.member+"/confirmations", ""); a.body != `{"confirmations":[]}` {
		t.Errorf("got %s", a.body)
	}
	id := b.install("ONAPPMETHODCONFIRM")
	token := b.ask(id, "voximplant.user.get")
	list, err := b.Confirmations(b.ctx, b.member)
	b.must(err)
	if len(list) != 1 {
		t.Fatalf("got %+v", list)
	}
	want := client.Confirmation{ID: list[0].ID, State: "waiting", Method: "voximplant.user.get", ClientID: id, UserID: 1, Asked: "2026-03-01T12:00:00.000Z"}
	if list[0] != want {
		t.Errorf("got %+v, want %+v", list[0], want)
	}
	before := b.stats().Events
	want.State, want.Decided = "confirmed", want.Asked
	for range 2 {
		done, err := b.Confirm(b.ctx, b.member, want.ID, true)
		b.must(err)
		if done != want {
			t.Errorf("got %+v, want %+v", done, want)
		}
	}
	if n := b.stats().Events - before; n != 1 {
		t.Errorf("%d events were raised", n)
	}
	event := b.do("GET", "/admin/v1/events?event=ONAPPMETHODCONFIRM", "")
	_, at, _ := strings.Cut(event.body, `"id":"`)
	at, _, _ = strings.Cut(at, `"`)
	shown := b.do("GET", "/admin/v1/events/"+at, "")
	if !strings.Contains(shown.body, `"data":{"TOKEN":"***","METHOD":"voximplant.user.get","CONFIRMED":"1","LANGUAGE_ID":"de"}`) {
		t.Errorf("got %s", shown.body)
	}
	for _, path := range []string{"/events/" + at, "/events/" + at + "/explain", "/deliveries?event_id=" + at, "/portals/" + b.member + "/confirmations"} {
		if a := b.do("GET", "/admin/v1"+path, ""); a.status != http.StatusOK || strings.Contains(a.body, token) {
			t.Errorf("%s: %d, or it shows the token", path, a.status)
		}
	}
	done, err := b.Confirm(b.ctx, b.member, want.ID, false)
	b.must(err)
	if done.State != "denied" {
		t.Errorf("got %+v", done)
	}
}

func TestConfirmationsAreRefusedByTheirReason(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ask(b.install(), "app.info")
	list, err := b.Confirmations(b.ctx, b.member)
	b.must(err)
	other, _, err := b.CreatePortal(b.ctx, client.NewPortal{Domain: "other.example.test", PublicURL: "https://other.example.test"})
	b.must(err)
	path := "/admin/v1/portals/" + b.member + "/confirmations/"
	for _, c := range []struct {
		path, body string
		status     int
		code       string
		words      string
	}{
		{path + "1", `{"confirmed":true}`, 404, "not_found", "nothing on the portal"},
		{path + "x", `{"confirmed":true}`, 400, "invalid", "positive number"},
		{path + list[0].ID, ``, 400, "invalid", "confirmed is missing"},
		{path + list[0].ID, `{"confirmed":"yes"}`, 400, "invalid", "confirmed must not be a JSON string"},
		{path + list[0].ID, `{"confirmed":null}`, 400, "invalid", "confirmed is missing"},
		{path + list[0].ID, `{"confirmed":true,"user_id":1}`, 400, "invalid", `unknown key "user_id"`},
		{strings.Replace(path, b.member, other, 1) + list[0].ID, `{"confirmed":true}`, 404, "not_found", "nothing on the portal"},
		{strings.Replace(path, b.member, "m", 1) + list[0].ID, `{"confirmed":true}`, 404, "not_found", "no portal"},
	} {
		b.wants(b.do("POST", c.path, c.body), c.status, c.code, c.words)
	}
	if list, err = b.Confirmations(b.ctx, b.member); err != nil || list[0].State != "waiting" {
		t.Errorf("got %+v, %v", list, err)
	}
}
