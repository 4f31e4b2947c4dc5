package main_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

// bindOn binds a URL to an event on a portal of a server, with more parameters.
func bindOn(t *testing.T, s *e2e.Server, host, token, event, handler string, more url.Values) {
	t.Helper()
	form := url.Values{"auth": {token}, "event": {event}, "handler": {handler}}
	for name, values := range more {
		form[name] = values
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Address+"/rest/event.bind", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var body struct{ Result bool }
	if err := json.NewDecoder(a.Body).Decode(&body); err != nil || !body.Result {
		t.Fatalf("event.bind: %d, %v", a.StatusCode, err)
	}
}

// A backlog has a bound, the operator hears of it, publishing goes on.
func TestServeObeysTheKeysOfDelivery(t *testing.T) {
	t.Parallel()
	r := e2e.NewReceiver(t)
	r.Answer(func(e2e.Request) int { return 404 })
	s := e2e.Serve(t, "egress.allow: [127.0.0.0/8]\ndelivery: {retry: [1h, 2h], deadline: 1d, timeout: 5s, concurrency: 3, rate: 50, burst: 7, order: none}\nlimits: {backlog: 2, host: 8, server: 16}\n")
	api, ctx := s.Admin(), t.Context()
	member, _, err := api.CreatePortal(ctx, client.NewPortal{Domain: "portal.example", PublicURL: "https://portal.example"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := api.RegisterApplication(ctx, client.NewApplication{Name: "App", Kind: "local"})
	if err != nil {
		t.Fatal(err)
	}
	if err := api.RegisterVersion(ctx, made.ClientID, client.Version{Version: "1", Scope: "crm"}); err != nil {
		t.Fatal(err)
	}
	installed, err := api.Install(ctx, member, made.ClientID, client.Install{Version: "1"})
	if err != nil {
		t.Fatal(err)
	}
	bindOn(t, s, "portal.example", installed.AccessToken, "ONCRMLEADADD", r.URL, url.Values{"options[rate]": {"5"}})
	for i, want := range []int{1, 1, 0, 0} {
		list, err := api.Publish(ctx, member, "", client.Event{Event: "ONCRMLEADADD", Data: []byte(`{"FIELDS":{"ID":"5"}}`)})
		if err != nil || list[0].Deliveries != want {
			t.Errorf("event %d: %+v, %v, want %d deliveries", i, list, err, want)
		}
	}
	testkit.Eventually(t, e2e.Patience, "the operator hears of it", func() bool {
		return strings.Contains(s.Stderr.String(), `"type":"backlog_full","at":`)
	})
	list, err := api.Destinations(ctx, member)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	own := onevent.DeliveryOptions{Rate: 5}
	effective := onevent.DeliveryOptions{Order: "none", Retry: "1h,2h", Deadline: 24 * 3600, Rate: 5, Burst: 7, Concurrency: 3, Timeout: 5}
	if d := list[0]; d.Waiting != 2 || d.Options != own || d.Effective != effective || d.URL != r.URL {
		t.Errorf("the destination is %+v", d)
	}
}
