package conformance_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/catalog"
)

// Of these events the pages show no whole body. The data are the documentation's own
// example, which catalog/events.json has in wire form; the rest is made by the rules:
// the keys of docs/protocol/events.md section 2.2, and the auth block of section 3.1
// for ONAPPMETHODCONFIRM and ONAPPPAYMENT without a user.
const (
	toldAuth = "&ts=0&auth%5Bdomain%5D=some-domain.bitrix24.com" +
		"&auth%5Bclient_endpoint%5D=https%3A%2F%2Fsome-domain.bitrix24.com%2Frest%2F" +
		"&auth%5Bserver_endpoint%5D=https%3A%2F%2Foauth.bitrix.info%2Frest%2F" +
		"&auth%5Bmember_id%5D=0&auth%5Bapplication_token%5D=0"
	// With a user, the order with tokens of section 3.1, without refresh_token.
	toldToUser = "&ts=0&auth%5Baccess_token%5D=0&auth%5Bexpires%5D=0&auth%5Bexpires_in%5D=3600&auth%5Bscope%5D=crm%2Ctelephony" +
		"&auth%5Bdomain%5D=some-domain.bitrix24.com&auth%5Bserver_endpoint%5D=https%3A%2F%2Foauth.bitrix.info%2Frest%2F" +
		"&auth%5Bstatus%5D=S&auth%5Bclient_endpoint%5D=https%3A%2F%2Fsome-domain.bitrix24.com%2Frest%2F" +
		"&auth%5Bmember_id%5D=0&auth%5Buser_id%5D=1&auth%5Bapplication_token%5D=0"
)

// told is the body of an event with the documentation's data, in which some texts
// are others.
func told(t *testing.T, code, auth string, others ...string) string {
	t.Helper()
	event, ok := catalog.Lookup(code)
	if !ok || event.DataWire == "" {
		t.Fatalf("there is no example of %s", code)
	}
	data := event.DataWire
	for i := 0; i < len(others); i += 2 {
		if !strings.Contains(data, others[i]) {
			t.Fatalf("the example of %s has no %s", code, others[i])
		}
		data = strings.Replace(data, others[i], others[i+1], 1)
	}
	return "event=" + code + "&event_handler_id=0&" + data + auth
}

// toldApplication is one of the market with a version 1, on a German portal.
func toldApplication(t *testing.T, handler string) *application {
	t.Helper()
	server := startServer(t)
	a := found(t, server.base, server.token, "some-domain.bitrix24.com", "de").register("market")
	a.version("1", "crm,telephony", handler)
	a.install("1", "", 201)
	return a
}

func TestAPaymentIsToldAsTheProtocolHasIt(t *testing.T) {
	t.Parallel()
	handler, asUser := startReceiver(t), startReceiver(t)
	a := toldApplication(t, handler.url)
	a.bind("onAppPayment", handler.url)
	a.rest("event.bind", a.access, url.Values{"event": {"onAppPayment"}, "handler": {asUser.url}, "auth_type": {"1"}}, 200)
	pay := func(body map[string]any) (days string) {
		return fmt.Sprint(a.admin("POST", a.path+"/payment", body, 200)["days"])
	}
	day := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	payment := func(of *receiver, n int) string { return of.Wait(t, "ONAPPPAYMENT", n)[n-1].Body }
	days := pay(map[string]any{"status": "S", "paid_until": day(28)})
	sameButForVarying(t, payment(handler, 1), told(t, "ONAPPPAYMENT", toldAuth, "bitrix.gds_company", a.clientID, "=28", "="+days))
	sameButForVarying(t, payment(asUser, 1), told(t, "ONAPPPAYMENT", toldToUser, "bitrix.gds_company", a.clientID, "=28", "="+days))

	pay(map[string]any{"paid_until": nil}) // null is dropped on the wire
	sameButForVarying(t, payment(handler, 2), told(t, "ONAPPPAYMENT", toldAuth, "bitrix.gds_company", a.clientID, "&data%5BDAYS%5D=28", ""))

	a.bind("ONCRMCONTACTADD", handler.url)
	pay(map[string]any{"paid_until": day(-30)})
	expired := received{Request: handler.Wait(t, "ONAPPPAYMENT", 3)[2], t: t}
	sameButForVarying(t, expired.Body, told(t, "ONAPPPAYMENT", toldAuth, "bitrix.gds_company", a.clientID, "EXPIRED%5D=N", "EXPIRED%5D=Y", "=28", "=0"))
	expired.belongsTo(a)
	if n := a.publish("ONCRMCONTACTADD", map[string]any{"FIELDS": map[string]any{"ID": 1}}); n != 0 {
		t.Errorf("%d deliveries after its payment has expired", n)
	}
	a.rest("profile", a.access, nil, 401)
}

func TestADecisionIsToldAsTheProtocolHasIt(t *testing.T) {
	t.Parallel()
	handler := startReceiver(t)
	a := toldApplication(t, handler.url)
	a.bind("onAppMethodConfirm", handler.url)
	if code := a.rest("voximplant.user.get", a.access, nil, 401)["error"]; code != "METHOD_CONFIRM_WAITING" {
		t.Fatalf("got %v", code)
	}
	all := "/portals/" + a.memberID + "/confirmations"
	waiting := a.admin("GET", all, nil, 200)["confirmations"].([]any)[0].(map[string]any)
	a.admin("POST", fmt.Sprintf("%s/%v", all, waiting["id"]), map[string]any{"confirmed": true}, 200)
	got := handler.first("ONAPPMETHODCONFIRM")
	const token = "fkp963yuv1ggkfbs5z3f5hy8lilm0iw6"
	sameButForVarying(t, got.Body, told(t, "ONAPPMETHODCONFIRM", toldAuth, token, a.access))
	got.belongsTo(a)
	a.rest("voximplant.user.get", a.access, nil, 200)

	a.admin("POST", fmt.Sprintf("%s/%v", all, waiting["id"]), map[string]any{"confirmed": false}, 200)
	refused := handler.Wait(t, "ONAPPMETHODCONFIRM", 2)[1]
	sameButForVarying(t, refused.Body, told(t, "ONAPPMETHODCONFIRM", toldAuth, token, a.access, "CONFIRMED%5D=1", "CONFIRMED%5D=0"))
	if code := a.rest("voximplant.user.get", a.access, nil, 403)["error"]; code != "METHOD_CONFIRM_DENIED" {
		t.Errorf("got %v", code)
	}
}
