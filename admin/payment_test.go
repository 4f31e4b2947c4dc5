package admin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
)

func TestPaymentIsWrittenAndShown(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.register(onevent.KindMarket, false, client.Version{Scope: "crm"})
	_, err := b.Install(b.ctx, b.member, id, client.Install{Version: "1.0.0"})
	b.must(err)
	b.bind(id, "ONAPPPAYMENT", "https://app.example.test/paid")
	path := "/admin/v1/portals/" + b.member + "/installations/" + id
	shown := `{"client_id":"` + id + `","installed":true,"status":"S","version":"1.0.0","scope":"crm","language":"de","user_id":1,"paid_until":"","payment_expired":false,"days":null}`
	events := int64(0)
	for _, c := range []struct {
		body, want string
		events     int64
	}{
		{``, `{"status":"F","paid_until":"","payment_expired":false,"days":null}`, 0},
		{`{"status":"P","paid_until":"2026-03-31"}`, `{"status":"P","paid_until":"2026-03-31","payment_expired":false,"days":30}`, 1},
		{`{"status":"S"}`, `{"status":"S","paid_until":"2026-03-31","payment_expired":false,"days":30}`, 0},
		{`{"paid_until":"2025-12-31"}`, `{"status":"S","paid_until":"2025-12-31","payment_expired":true,"days":0}`, 1},
		{`{"paid_until":null}`, `{"status":"S","paid_until":"","payment_expired":false,"days":null}`, 1},
		{`{"paid_until":""}`, `{"status":"S","paid_until":"","payment_expired":false,"days":null}`, 0},
	} {
		before := b.stats().Events
		if a := b.do("POST", path+"/payment", c.body); a.status != http.StatusOK || a.body != c.want {
			t.Errorf("%s: got %d %s, want %s", c.body, a.status, a.body, c.want)
		}
		if events = b.stats().Events - before; events != c.events {
			t.Errorf("%s: %d events were raised", c.body, events)
		}
	}
	if a := b.do("GET", path, ""); a.body != shown {
		t.Errorf("got %s, want %s", a.body, shown)
	}
}

func TestPaymentIsRefusedByItsReason(t *testing.T) {
	t.Parallel()
	b := open(t)
	market, local := b.register(onevent.KindMarket, false, client.Version{}), b.install()
	path := func(id string) string {
		return "/admin/v1/portals/" + b.member + "/installations/" + id + "/payment"
	}
	b.wants(b.do("POST", path(market), `{"status":"P"}`), http.StatusNotFound, "not_found", "not installed")
	_, err := b.Install(b.ctx, b.member, market, client.Install{Version: "1.0.0"})
	b.must(err)
	for _, c := range []struct {
		path, body string
		status     int
		code       string
		words      string
	}{
		{path(market), `{"status":"Z"}`, 400, "invalid", "status must be one of F, D, T, P, S"},
		{path(market), `{"status":7}`, 400, "invalid", "status must not be a JSON number"},
		{path(market), `{"paid_until":"31.12.2026"}`, 400, "invalid", "such as 2026-12-31"},
		{path(market), `{"paid_until":20261231}`, 400, "invalid", "paid_until must not be a JSON number"},
		{path(market), `{"paid":"2026-12-31"}`, 400, "invalid", `unknown key "paid"`},
		{path(market), `[]`, 400, "invalid", "JSON object"},
		{path(local), `{"status":"P"}`, 409, "conflict", "nothing to pay for a local application"},
		{path("app.nobody"), `{"status":"P"}`, 404, "not_found", "no application"},
		{strings.Replace(path(market), b.member, "m", 1), `{"status":"P"}`, 404, "not_found", "no portal"},
	} {
		b.wants(b.do("POST", c.path, c.body), c.status, c.code, c.words)
	}
}

func TestClientPays(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.register(onevent.KindMarket, false, client.Version{})
	_, err := b.Install(b.ctx, b.member, id, client.Install{Version: "1.0.0"})
	b.must(err)
	paid, err := b.Pay(b.ctx, b.member, id, client.PaymentChange{Status: "P", PaidUntil: new("2026-03-02")})
	b.must(err)
	inst, err := b.Installation(b.ctx, b.member, id)
	b.must(err)
	if paid.Status != "P" || paid.PaidUntil != "2026-03-02" || paid.Expired || *paid.Days != 1 || *inst.Days != 1 || inst.PaidUntil != paid.PaidUntil {
		t.Errorf("got %+v and %+v", paid, inst)
	}
}
