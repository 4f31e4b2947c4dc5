package conformance_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

// A handler that changes the object with the token it was sent is called seven
// times; docs/protocol/events.md section 8.
func TestALoopMadeWithTheTokensOfEventsEnds(t *testing.T) {
	t.Parallel()
	a, handler := installed(t)
	handler.Answer(func(one e2e.Request) int {
		change := url.Values{"id": {one.Value("data[FIELDS][ID]")}, "fields[SUBJECT]": {"Again"}}
		a.rest("crm.activity.update", one.Value("auth[access_token]"), change, 200)
		return http.StatusOK
	})
	a.bind("ONCRMACTIVITYADD", handler.url)
	a.bind("ONCRMACTIVITYUPDATE", handler.url)
	a.addActivity()
	// Beside the one of the install: seven are delivered, and the eighth is
	// stored without a delivery.
	a.settled(9)
	if n := len(handler.Got()); n != 7 {
		t.Errorf("the handler was called %d times", n)
	}
}

// The handler of a user who may not read the object is not called, and that of
// one who may is. docs/protocol/events.md section 5.
func TestAHandlerIsCalledForWhatItsUserMayRead(t *testing.T) {
	t.Parallel()
	a, handler := installed(t)
	other := startReceiver(t)
	user := a.admin("POST", "/portals/"+a.memberID+"/users", map[string]any{"name": "User"}, 201)["user_id"]
	token := a.admin("POST", a.path+"/tokens", map[string]any{"user_id": user}, 201)["access_token"].(string)
	a.rest("event.bind", token, url.Values{"event": {"ONCRMACTIVITYADD"}, "handler": {other.url}}, 200)
	a.bind("ONCRMACTIVITYADD", handler.url)

	secret := a.addActivity()
	handler.first("ONCRMACTIVITYADD").has("data[FIELDS][ID]", secret)
	own := a.asUser(token).addActivity()
	told := other.first("ONCRMACTIVITYADD")
	told.has("data[FIELDS][ID]", own)
	told.has("auth[user_id]", "2")
}

// Dismissing a user makes his tokens void at that moment, and ends what waits
// with them.
func TestADismissedUserHasNoTokensAndNoEvents(t *testing.T) {
	t.Parallel()
	a, _ := installed(t)
	user := a.admin("POST", "/portals/"+a.memberID+"/users", map[string]any{"name": "User"}, 201)["user_id"]
	token := a.admin("POST", a.path+"/tokens", map[string]any{"user_id": user}, 201)["access_token"].(string)
	handler := startReceiver(t)
	a.rest("event.bind", token, url.Values{"event": {"ONCRMDEALUPDATE"}, "handler": {handler.url}}, 200)
	a.rest("profile", token, nil, 200)
	a.admin("PATCH", "/portals/"+a.memberID+"/users/2", map[string]any{"active": false}, 200)
	a.rest("profile", token, nil, 401)
	if n := a.publish("ONCRMDEALUPDATE", map[string]any{"FIELDS": map[string]any{"ID": 1}}); n != 0 {
		t.Errorf("%d deliveries for a dismissed user", n)
	}
}

// asUser is the application with another user's token.
func (a *application) asUser(token string) *application {
	b := *a
	b.access = token
	return &b
}

// settled waits until the server has stored so many events and nothing waits.
func (p *portal) settled(events int) {
	p.t.Helper()
	testkit.Eventually(p.t, e2e.Patience, "everything is settled", func() bool {
		stats := p.admin("GET", "/stats", nil, 200)
		return stats["events"] == float64(events) && stats["waiting"] == 0.0 && stats["in_flight"] == 0.0
	})
}
