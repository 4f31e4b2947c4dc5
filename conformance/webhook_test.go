package conformance_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// An outgoing webhook's bodies are those of docs/protocol/events.md section 2.5,
// whatever the event: no tokens, five keys, and an application_token of its own.
func TestAnOutgoingWebhooksBodiesAreTheProtocolsExample(t *testing.T) {
	t.Parallel()
	server := startServer(t)
	p := found(t, server.base, server.token, "example.bitrix24.com", "en")
	handler := startReceiver(t)
	created := p.admin("POST", "/portals/"+p.memberID+"/webhooks/outgoing", map[string]any{
		"url": handler.url, "events": []string{"onCrmDynamicItemUpdate", "ONCRMACTIVITYUPDATE", "ONCALENDARENTRYUPDATE"},
	}, 201)
	whole := example(t, "events.md", "ONCRMDYNAMICITEMUPDATE")
	auth := whole[strings.Index(whole, "&ts="):]
	for _, c := range []struct {
		code, body, data string
	}{
		{"ONCRMDYNAMICITEMUPDATE", whole, `{"FIELDS":{"ID":21,"ENTITY_TYPE_ID":1032}}`},
		{"ONCRMACTIVITYUPDATE", "event=ONCRMACTIVITYUPDATE&event_handler_id=1&data%5BFIELDS%5D%5BID%5D=999" + auth, `{"FIELDS":{"ID":999}}`},
		{"ONCALENDARENTRYUPDATE", "event=ONCALENDARENTRYUPDATE&event_handler_id=1&data%5Bid%5D=1414" + auth, `{"id":"1414"}`},
	} {
		if n := p.publish(c.code, json.RawMessage(c.data)); n != 1 {
			t.Fatalf("%d deliveries of %s", n, c.code)
		}
		got := handler.first(c.code)
		sameButForVarying(t, got.Body, c.body)
		got.belongsTo(&application{portal: p, secret: created["application_token"].(string), signing: created["signing_secret"].(string)})
	}
}

// Its creator's rights decide, and neither event.get nor event.unbind know of it;
// docs/protocol/events.md sections 5 and 9.
func TestAnOutgoingWebhookIsNoApplicationsAndIsJudgedByItsCreator(t *testing.T) {
	t.Parallel()
	a, _ := installed(t)
	handler := startReceiver(t)
	user := a.admin("POST", "/portals/"+a.memberID+"/users", map[string]any{"name": "User"}, 201)["user_id"]
	a.admin("POST", "/portals/"+a.memberID+"/webhooks/outgoing", map[string]any{
		"url": handler.url, "events": []string{"ONCRMACTIVITYADD"}, "user_id": user,
	}, 201)
	a.addActivity()
	token := a.admin("POST", a.path+"/tokens", map[string]any{"user_id": user}, 201)["access_token"].(string)
	own := a.asUser(token).addActivity()
	handler.first("ONCRMACTIVITYADD").has("data[FIELDS][ID]", own)

	for _, row := range a.rest("event.get", a.access, nil, 200)["result"].([]any) {
		if row.(map[string]any)["handler"] == handler.url {
			t.Errorf("event.get shows %v", row)
		}
	}
	a.rest("event.unbind", a.access, url.Values{"event": {"ONCRMACTIVITYADD"}, "handler": {handler.url}}, 200)
	another := a.asUser(token).addActivity()
	handler.all(2)[1].has("data[FIELDS][ID]", another)
}
