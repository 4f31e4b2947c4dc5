package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/publish"
)

const hookURL = "http://localhost:9000/in?a=b"

// hook makes an outgoing webhook of user 2.
func (b *bench) hook(events ...string) client.CreatedOutgoingWebhook {
	b.t.Helper()
	w, err := b.CreateOutgoingWebhook(b.ctx, b.member, client.NewOutgoingWebhook{URL: hookURL, Events: events, UserID: 2, Name: "Orders"})
	b.must(err)
	return w
}

func (b *bench) hooks() string { return "/admin/v1/portals/" + b.member + "/webhooks/outgoing" }

func TestAnOutgoingWebhookIsMadeWithAHandlerForEachEvent(t *testing.T) {
	t.Parallel()
	b := open(t)
	w := b.hook("OnCrmActivityUpdate", "ONCALENDARENTRYADD", "oncrmdynamicitemadd_147")
	if !regexp.MustCompile(`^[0-9a-z]{32}$`).MatchString(w.ApplicationToken) || !strings.HasPrefix(w.SigningSecret, "whsec_") {
		t.Errorf("the secrets are %q and %q", w.ApplicationToken, w.SigningSecret)
	}
	var events []string
	for _, h := range w.Handlers {
		events = append(events, h.Event)
	}
	if !slices.Equal(events, []string{update, "ONCALENDARENTRYADD", "ONCRMDYNAMICITEMADD_147"}) {
		t.Errorf("its events are %q", events)
	}
	handlers, err := b.Handlers(b.ctx, b.member)
	b.must(err)
	if want := (client.Handler{ID: w.Handlers[0].ID, WebhookID: w.ID, Event: update, URL: hookURL, UserID: 2}); len(handlers) != 3 || handlers[0] != want {
		t.Errorf("the portal's handlers are %+v", handlers)
	}
	destinations, err := b.Destinations(b.ctx, b.member)
	b.must(err)
	if len(destinations) != 1 || destinations[0].ID != w.DestinationID || destinations[0].WebhookID != w.ID || destinations[0].ClientID != "" || destinations[0].URL != hookURL {
		t.Errorf("the portal's destinations are %+v", destinations)
	}
	list, err := b.OutgoingWebhooks(b.ctx, b.member)
	b.must(err)
	shown, err := b.OutgoingWebhook(b.ctx, b.member, w.ID)
	b.must(err)
	if len(list) != 1 || fmt.Sprint(list[0], shown) != fmt.Sprint(w.OutgoingWebhook, w.OutgoingWebhook) || shown.Created != "2026-03-01T12:00:00.000Z" || shown.Name != "Orders" {
		t.Errorf("listed %+v, shown %+v", list, shown)
	}
	for _, path := range []string{b.hooks(), b.hooks() + "/" + w.ID} {
		if body := b.do("GET", path, "").body; strings.Contains(body, w.ApplicationToken) || strings.Contains(body, w.SigningSecret) {
			t.Errorf("%s shows a secret: %s", path, body)
		}
	}
}

func TestAnOutgoingWebhookHasItsOptionsAndTheFirstAdministratorForItsCreator(t *testing.T) {
	t.Parallel()
	b := open(t)
	w, err := b.CreateOutgoingWebhook(b.ctx, b.member, client.NewOutgoingWebhook{
		URL: hookURL, Events: []string{update}, Options: onevent.DeliveryOptions{Order: onevent.OrderAll, Retry: "5s", Rate: 2, Deadline: 60}})
	b.must(err)
	destinations, err := b.Destinations(b.ctx, b.member)
	b.must(err)
	if w.UserID != 1 || w.Name != "" || destinations[0].Options != (onevent.DeliveryOptions{Order: onevent.OrderAll, Retry: "5s", Rate: 2, Deadline: 60}) {
		t.Errorf("made %+v with %+v", w, destinations)
	}
	// Another one with the same URL is another receiver.
	other := b.hook(update)
	if id := b.raise(update, "1"); len(b.both(id)) != 2 || other.DestinationID == w.DestinationID || other.ApplicationToken == w.ApplicationToken {
		t.Errorf("the second is %+v", other)
	}
}

func (b *bench) both(event string) []client.Delivery {
	b.t.Helper()
	list, err := b.Deliveries(b.ctx, event)
	b.must(err)
	return list
}

func TestAnOutgoingWebhookThatCannotBeIsRefusedAndNothingStored(t *testing.T) {
	t.Parallel()
	b := open(t)
	other, _, err := b.otherPortal()
	b.must(err)
	no := false
	_, err = b.ChangeUser(b.ctx, b.member, 2, client.UserChange{Active: &no})
	b.must(err)
	var many []string
	for n := range 101 {
		many = append(many, fmt.Sprintf(`"ONCRMDYNAMICITEMADD_%d"`, 128+n))
	}
	good := func(parts string) string { return `{"url":"` + hookURL + `","events":["` + update + `"]` + parts + `}` }
	events := func(list string) string { return `{"url":"` + hookURL + `","events":[` + list + `]}` }
	at := func(url string) string { return `{"url":"` + url + `","events":["` + update + `"]}` }
	for _, c := range []struct {
		name, body string
		status     int
		code       string
		words      string
	}{
		{"unknown event", events(`"ONCRMACTIVITYUPDATE","ONNOTHING"`), 400, "invalid", `unknown event "ONNOTHING"`},
		{"ONAPPINSTALL", events(`"ONAPPINSTALL"`), 400, "invalid", "ONAPPINSTALL is not for outgoing webhooks"},
		{"onapptest", events(`"onapptest"`), 400, "invalid", "ONAPPTEST"},
		{"ONOFFLINEEVENT", events(`"ONOFFLINEEVENT"`), 400, "invalid", "ONOFFLINEEVENT"},
		{"ONSUBSCRIPTIONRENEW", events(`"ONSUBSCRIPTIONRENEW"`), 400, "invalid", "ONSUBSCRIPTIONRENEW"},
		{"no events", events(``), 400, "invalid", "1 to 100"},
		{"events absent", `{"url":"` + hookURL + `"}`, 400, "invalid", "1 to 100"},
		{"101 events", events(strings.Join(many, ",")), 400, "invalid", "1 to 100"},
		{"an event twice", events(`"ONCRMACTIVITYUPDATE","oncrmactivityupdate"`), 400, "invalid", "more than once"},
		{"no URL", `{"events":["ONCRMACTIVITYUPDATE"]}`, 400, "invalid", "url: "},
		{"URL without a scheme", at("app.example.com/in"), 400, "invalid", "url: wrong URL"},
		{"javascript", at("javascript:alert(1)"), 400, "invalid", "url: wrong URL"},
		{"javascript with slashes", at("javascript://app.example.com/%0aalert(1)"), 400, "invalid", "url: wrong scheme"},
		{"ftp", at("ftp://app.example.com/"), 400, "invalid", "url: wrong scheme"},
		{"no host", at("https:///in"), 400, "invalid", "url: wrong URL"},
		{"a URL that is too long", at("https://app.example.com/" + strings.Repeat("x", 2000)), 400, "invalid", "url: "},
		{"a user who was dismissed", good(`,"user_id":2`), 403, "denied", "dismissed"},
		{"a user of another portal", good(`,"user_id":3`), 404, "not_found", "no user 3"},
		{"a negative user", good(`,"user_id":-1`), 404, "not_found", "no user -1"},
		{"a name that is too long", good(`,"name":"` + strings.Repeat("ü", 256) + `"`), 400, "invalid", "255"},
		{"options that can't be", good(`,"options":{"concurrency":257}`), 400, "invalid", "options.concurrency"},
		{"an unknown option", good(`,"options":{"speed":1}`), 400, "invalid", `unknown key "speed"`},
		{"an unknown key", good(`,"scope":"crm"`), 400, "invalid", `unknown key "scope"`},
		{"a text of events", `{"url":"` + hookURL + `","events":"ONCRMACTIVITYUPDATE"}`, 400, "invalid", "events must not be"},
		{"no JSON", `url=x`, 400, "invalid", "not JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := *b
			b.t = t
			b.wants(b.do("POST", b.hooks(), c.body), c.status, c.code, c.words)
		})
	}
	b.wants(b.do("POST", "/admin/v1/portals/x/webhooks/outgoing", good("")), 404, "not_found", "member_id")
	if list := b.directory.OutgoingWebhooks(b.portal.ID); len(list) != 0 || len(b.directory.Destinations(b.portal.ID)) != 0 {
		t.Error("something was stored")
	}
	if len(b.directory.OutgoingWebhooks(other)) != 0 {
		t.Error("something was stored on the other portal")
	}
}

// otherPortal is another one, with the users 1 to 3.
func (b *bench) otherPortal() (onevent.PortalID, string, error) {
	member, _, err := b.CreatePortal(b.ctx, client.NewPortal{Domain: "other.example.test", PublicURL: "https://other.example.test"})
	for n := 0; n < 2 && err == nil; n++ {
		_, err = b.CreateUser(b.ctx, member, client.Account{Name: "User"}, false)
	}
	if err != nil {
		return 0, "", err
	}
	return b.directory.PortalByMember(member).ID, member, nil
}

func TestAWebhookIsNotThatOfAnotherPortal(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.hook(update).ID
	_, other, err := b.otherPortal()
	b.must(err)
	path := "/admin/v1/portals/" + other + "/webhooks/outgoing/"
	for _, c := range []struct{ method, path string }{
		{"GET", path + id}, {"DELETE", path + id}, {"POST", path + id + "/application_token"},
		{"GET", path + id + "/signing_secret"}, {"POST", path + id + "/signing_secret"}, {"GET", b.hooks() + "/77"}, {"DELETE", b.hooks() + "/77"},
	} {
		b.wants(b.do(c.method, c.path, ""), 404, "not_found", "no outgoing webhook")
	}
	for _, c := range []string{"0", "-1", "x", "1e3", "99999999999999999999"} {
		b.wants(b.do("GET", b.hooks()+"/"+c, ""), 400, "invalid", "positive number")
		b.wants(b.do("DELETE", b.hooks()+"/"+c, ""), 400, "invalid", "positive number")
	}
	if list, err := b.OutgoingWebhooks(b.ctx, other); err != nil || len(list) != 0 {
		t.Errorf("the other portal has %+v, %v", list, err)
	}
	if !b.directory.OutgoingWebhook(b.portal.ID, 1).Stands() {
		t.Error("it has ended")
	}
}

func TestAnOutgoingWebhookEndsWithWhatWaitsForIt(t *testing.T) {
	t.Parallel()
	b := open(t)
	w := b.hook(update, "ONCRMDEALADD")
	d := b.only(b.raise(update, "1"))
	if d.WebhookID != w.ID || d.ClientID != "" || d.DestinationID != w.DestinationID || d.URL != hookURL {
		t.Errorf("the delivery is %+v", d)
	}
	b.must(b.EndOutgoingWebhook(b.ctx, b.member, w.ID))
	if now := b.only(d.EventID); now.State != "cancelled" || now.Verdict != "unbound" || now.WebhookID != w.ID {
		t.Errorf("what waited is %+v", now)
	}
	if list, err := b.OutgoingWebhooks(b.ctx, b.member); err != nil || len(list) != 0 {
		t.Errorf("listed are %+v, %v", list, err)
	}
	if list, err := b.Handlers(b.ctx, b.member); err != nil || len(list) != 0 {
		t.Errorf("handlers that stand are %+v, %v", list, err)
	}
	shown, err := b.OutgoingWebhook(b.ctx, b.member, w.ID)
	b.must(err)
	if shown.Ended != "2026-03-01T12:00:00.000Z" || shown.URL != hookURL || len(shown.Handlers) != 0 {
		t.Errorf("shown is %+v", shown)
	}
	if list := b.both(b.raise(update, "1")); len(list) != 0 {
		t.Errorf("an event afterwards has %+v", list)
	}
	path := b.hooks() + "/" + w.ID
	for _, c := range []struct{ method, path string }{
		{"DELETE", path}, {"POST", path + "/application_token"}, {"POST", path + "/signing_secret"}, {"GET", path + "/signing_secret"},
	} {
		b.wants(b.do(c.method, c.path, ""), 409, "conflict", "outgoing webhook "+w.ID+" has ended")
	}
}

func TestAWebhooksSecretsAreMadeAnew(t *testing.T) {
	t.Parallel()
	b := open(t)
	w := b.hook(update)
	token, err := b.RenewWebhookToken(b.ctx, b.member, w.ID)
	b.must(err)
	if token == w.ApplicationToken || !regexp.MustCompile(`^[0-9a-z]{32}$`).MatchString(token) || string(b.directory.OutgoingWebhook(b.portal.ID, 1).Secrets.ApplicationToken) != token {
		t.Errorf("the new token is %q", token)
	}
	first, err := b.WebhookSecret(b.ctx, b.member, w.ID)
	b.must(err)
	second, err := b.RotateWebhookSecret(b.ctx, b.member, w.ID, 60)
	b.must(err)
	if shown, err := b.WebhookSecret(b.ctx, b.member, w.ID); err != nil || first.Secret != w.SigningSecret || shown != second || second.Secret == first.Secret || second.FormerUntil != "2026-03-01T12:01:00Z" {
		t.Errorf("got %+v, then %+v and %v", second, shown, err)
	}
	b.clock.Advance(time.Minute)
	if shown, err := b.WebhookSecret(b.ctx, b.member, w.ID); err != nil || shown.Secret != second.Secret || shown.FormerUntil != "" {
		t.Errorf("after the overlap: %+v and %v", shown, err)
	}
	path := b.hooks() + "/" + w.ID
	b.wants(b.do("POST", path+"/signing_secret", `{"overlap":-1}`), 400, "invalid", "overlap")
	b.wants(b.do("POST", path+"/signing_secret", `{"seconds":1}`), 400, "invalid", "unknown key")
	b.wants(b.do("POST", path+"/application_token", `{"token":"mine"}`), 400, "invalid", "unknown key")
	if answer := b.do("POST", path+"/signing_secret", ""); !strings.Contains(answer.body, `"former_until":"2026-03-02T12:01:00Z"`) {
		t.Errorf("without an overlap: %s", answer.body)
	}
	if now := b.directory.OutgoingWebhook(b.portal.ID, 1).Secrets; string(now.ApplicationToken) != token {
		t.Error("the rotation changed the token")
	}
}

func TestWhatAWebhookDidNotGetIsExplainedInItsWords(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.guards = map[string]publish.Guard{"crm.activity": closed{}}
	b.serve(b.store, b.ring)
	w := b.hook(update, "ONCRMDEALADD")
	forbidden, waits := b.raise(update, "1"), b.raise("ONCRMDEALADD", "2")
	no, yes := false, true
	_, err := b.ChangeUser(b.ctx, b.member, 2, client.UserChange{Active: &no})
	b.must(err)
	dismissed := b.raise("ONCRMDEALADD", "3")
	_, err = b.ChangeUser(b.ctx, b.member, 2, client.UserChange{Active: &yes})
	b.must(err)
	said := func(event, outcome string, words ...string) {
		t.Helper()
		a := b.explain(event)
		if len(a.Handlers) != 1 || a.Handlers[0].WebhookID != w.ID || a.Handlers[0].ClientID != "" || a.Handlers[0].Outcome != outcome {
			t.Fatalf("got %+v", a)
		}
		for _, part := range words {
			if !strings.Contains(a.Handlers[0].Text, part) {
				t.Errorf("%q does not say %q", a.Handlers[0].Text, part)
			}
		}
		if strings.Contains(a.Handlers[0].Text, "event.bind") || strings.Contains(a.Handlers[0].Text, "auth_type") {
			t.Errorf("%q speaks of what a webhook has not", a.Handlers[0].Text)
		}
	}
	said(forbidden, "not_sent", "no_access", "the webhook's creator may not read the object")
	said(dismissed, "not_sent", "user_inactive", "the webhook's creator was dismissed")
	b.must(b.EndOutgoingWebhook(b.ctx, b.member, w.ID))
	said(waits, "cancelled", "unbound", "the webhook was ended while it waited", "webhooks/outgoing")
}

func TestADeliveryToAWebhookIsFoundReplayedCancelledAndTailed(t *testing.T) {
	t.Parallel()
	b := open(t)
	w := b.hook(update)
	next, _ := b.listen("destination_id=" + w.DestinationID)
	d := b.failed("1")
	page, err := b.SearchDeliveries(b.ctx, client.DeliveryFilter{Portal: b.member, DestinationID: w.DestinationID, States: []string{"failed"}})
	b.must(err)
	if len(page.Deliveries) != 1 || page.Deliveries[0].ID != d.ID || page.Deliveries[0].WebhookID != w.ID {
		t.Errorf("found %+v", page)
	}
	r, err := b.Replay(b.ctx, d.ID, false)
	b.must(err)
	if r.ReplayOf != d.ID || r.DestinationID != w.DestinationID {
		t.Errorf("the replay is %+v", r)
	}
	if _, err := b.Cancel(b.ctx, r.ID); err != nil {
		t.Error(err)
	}
	handler := b.directory.Handlers(b.portal.ID, update)[0]
	b.attempted(handler.ID, &onevent.Event{ID: 1, Portal: b.portal.ID, Code: update}, onevent.Attempt{Time: b.clock.Now(), Status: 200}, onevent.StateDelivered)
	var line client.Line
	b.must(json.Unmarshal([]byte(next()), &line))
	if line.Type != "attempt" || line.WebhookID != w.ID || line.ClientID != "" {
		t.Errorf("the stream has %+v", line)
	}
	made, err := b.ReplayEvent(b.ctx, d.EventID, true)
	b.must(err)
	if len(made.Deliveries) != 1 {
		t.Errorf("the event is brought to %+v", made)
	}
	b.must(b.EndOutgoingWebhook(b.ctx, b.member, w.ID))
	b.wants(b.do("POST", "/admin/v1/deliveries/"+d.ID+"/replay", `{"again":true}`), 409, "conflict", "has ended")
}

// What is stored is sealed, and no secret is in the log.
func TestAWebhooksSecretsAreStoredSealed(t *testing.T) {
	t.Parallel()
	b := open(t)
	w := b.hook(update)
	b.must(b.store.View(context.Background(), func(r onevent.Reader) error {
		return r.OutgoingWebhooks().Each(func(row onevent.OutgoingWebhook) error {
			if strings.Contains(string(row.Sealed), w.ApplicationToken) || len(row.Sealed) == 0 {
				t.Errorf("it is stored as %q", row.Sealed)
			}
			return nil
		})
	}))
	if strings.Contains(b.log.String(), w.ApplicationToken) || strings.Contains(b.log.String(), w.SigningSecret) {
		t.Error("the log has a secret")
	}
}
