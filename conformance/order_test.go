package conformance_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
)

// A handler whose first answer is a failure still sees the life of an object in
// its order: what comes after waits for the retry, which is the same delivery.
func TestARetryKeepsTheOrderOfAnObject(t *testing.T) {
	t.Parallel()
	a, handler := installed(t)
	var failed atomic.Bool
	handler.Answer(func(e2e.Request) int {
		if failed.CompareAndSwap(false, true) {
			return http.StatusInternalServerError
		}
		return http.StatusOK
	})
	for _, event := range []string{"OnCrmActivityAdd", "OnCrmActivityUpdate", "OnCrmActivityDelete"} {
		a.bind(event, handler.url)
	}
	id := url.Values{"id": {a.addActivity()}}
	a.rest("crm.activity.update", a.access, url.Values{"id": id["id"], "fields[SUBJECT]": {"Renamed"}}, 200)
	a.rest("crm.activity.delete", a.access, id, 200)

	got := handler.all(4)
	var codes []string
	for _, one := range got {
		codes = append(codes, one.Event())
	}
	want := []string{"ONCRMACTIVITYADD", "ONCRMACTIVITYADD", "ONCRMACTIVITYUPDATE", "ONCRMACTIVITYDELETE"}
	if !slices.Equal(codes, want) {
		t.Fatalf("came %v, want %v", codes, want)
	}
	first, again := got[0], got[1]
	again.has("event_handler_id", first.Value("event_handler_id"))
	if first.Header.Get("Webhook-Id") != again.Header.Get("Webhook-Id") {
		t.Error("the retry has another webhook-id")
	}
	if first.Value("ts") == again.Value("ts") || first.Value("auth[access_token]") == again.Value("auth[access_token]") {
		t.Error("the retry carries the time or the token of the first attempt")
	}
	for _, one := range got {
		one.belongsTo(a)
		one.has("data[FIELDS][ID]", id.Get("id"))
	}
}

// A handler bound in any letter case is one handler and gets an event once.
func TestLetterCaseMakesNoSecondHandler(t *testing.T) {
	t.Parallel()
	a, handler := installed(t)
	a.bind("onCrmActivityAdd", handler.url)
	for _, event := range []string{"ONCRMACTIVITYADD", "oncrmactivityadd", "onCrmActivityAdd"} {
		refused := a.rest("event.bind", a.access, url.Values{"event": {event}, "handler": {handler.url}}, 400)
		if refused["error"] != "ERROR_CORE" || refused["error_description"] != "Unable to set event handler: Handler already binded" {
			t.Errorf("bound as %s again: %v", event, refused)
		}
	}
	if n := a.publish("onCrmActivityAdd", map[string]any{"FIELDS": map[string]any{"ID": 7}}); n != 1 {
		t.Errorf("%d deliveries of one event", n)
	}
	handler.first("ONCRMACTIVITYADD").has("data[FIELDS][ID]", "7")
}

// installed is an application with scope crm, and a handler.
func installed(t *testing.T) (*application, *receiver) {
	t.Helper()
	server := startServer(t)
	p := found(t, server.base, server.token, "some-domain.bitrix24.com", "de")
	a := p.register("market")
	a.version("1.0.0", "crm", "")
	a.install("1.0.0", "", 201)
	return a, startReceiver(t)
}

// addActivity adds a call by REST and returns its id.
func (a *application) addActivity() string {
	a.t.Helper()
	answer := a.rest("crm.activity.add", a.access, url.Values{
		"fields[OWNER_TYPE_ID]":                {"3"},
		"fields[OWNER_ID]":                     {"15"},
		"fields[TYPE_ID]":                      {"2"},
		"fields[SUBJECT]":                      {"Call"},
		"fields[COMMUNICATIONS][0][VALUE]":     {"+4930123456"},
		"fields[COMMUNICATIONS][0][ENTITY_ID]": {"15"},
	}, 200)
	return strconv.Itoa(int(answer["result"].(float64)))
}
