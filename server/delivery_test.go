package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/server"
)

func (b *bed) admin(method, path, body string) (int, string) {
	b.t.Helper()
	return b.do(method, "https://portal.example.com/admin/v1/portals/"+b.Directory.Portals()[0].MemberID+path, body, "Authorization", "Bearer "+adminToken)
}

func (b *bed) rest(method, form string) (int, string) {
	b.t.Helper()
	return b.do(http.MethodPost, "https://portal.example.com/rest/"+method, "auth="+b.token+"&"+form, "Content-Type", "application/x-www-form-urlencoded")
}

func TestWhatCountsForADestinationIsToldByTheServersDefaultsToo(t *testing.T) {
	t.Parallel()
	b := newBed(t, func(c *server.Config) { c.Delivery = onevent.DeliveryOptions{Retry: "1s,2s", Timeout: 5} })
	if code, text := b.rest("event.bind", "event=ONCRMDEALADD&handler=https://app.example.com/&options[rate]=5"); code != http.StatusOK {
		t.Fatal(text)
	}
	code, text := b.admin(http.MethodGet, "/destinations", "")
	for _, part := range []string{`"options":{"rate":5}`, `"effective":{"order":"object","retry":"1s,2s","deadline":604800,"rate":5,"concurrency":64,"timeout":5}`} {
		if code != http.StatusOK || !strings.Contains(text, part) {
			t.Errorf("got %d %s, want %s in it", code, text, part)
		}
	}
}

func TestThePublishingRateHoldsForMethodsAndForTheManagementAPI(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	if code, text := b.admin(http.MethodPatch, "", `{"settings":{"events.rate":0.001,"events.burst":1}}`); code != http.StatusOK {
		t.Fatal(text)
	}
	if code, text := b.rest("event.test", ""); code != http.StatusOK {
		t.Fatal(text)
	}
	if code, text := b.rest("event.test", ""); code != http.StatusServiceUnavailable || !strings.Contains(text, "QUERY_LIMIT_EXCEEDED") {
		t.Errorf("a method: %d %s", code, text)
	}
	if code, text := b.admin(http.MethodPost, "/events", `{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":5}}}`); code != http.StatusTooManyRequests || !strings.Contains(text, "rate_limited") {
		t.Errorf("the management API: %d %s", code, text)
	}
}

// A name that is no method's would protect nothing.
func TestOnlyMethodsOfTheServerCanBeHadConfirmed(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	if code, text := b.admin(http.MethodPatch, "", `{"settings":{"rest.confirm_methods":["user.ad"]}}`); code != http.StatusBadRequest || !strings.Contains(text, `\"user.ad\" is no method`) {
		t.Errorf("got %d %s", code, text)
	}
	if code, text := b.admin(http.MethodPatch, "", `{"settings":{"rest.confirm_methods":["App.Info"]}}`); code != http.StatusOK || !strings.Contains(text, `"rest.confirm_methods":["app.info"]`) {
		t.Errorf("got %d %s", code, text)
	}
	if code, text := b.rest("app.info", ""); code != http.StatusUnauthorized || !strings.Contains(text, "METHOD_CONFIRM_WAITING") {
		t.Errorf("got %d %s", code, text)
	}
	if code, text := b.admin(http.MethodGet, "/confirmations", ""); code != http.StatusOK || !strings.Contains(text, `"method":"app.info"`) {
		t.Errorf("got %d %s", code, text)
	}
}

func TestAnApplicationThatLoopsIsToldToWhoeverListens(t *testing.T) {
	t.Parallel()
	heard := make(chan onevent.OperatorEvent, 1)
	b := newBed(t, func(c *server.Config) { c.Tell = func(e onevent.OperatorEvent) { heard <- e } })
	add := "fields[TYPE_ID]=2&fields[SUBJECT]=Call&fields[OWNER_TYPE_ID]=3&fields[OWNER_ID]=1&fields[COMMUNICATIONS][0][VALUE]=1"
	if code, text := b.rest("crm.activity.add", add); code != http.StatusOK {
		t.Fatal(text)
	}
	for range 60 {
		if code, text := b.rest("crm.activity.update", "id=1&fields[SUBJECT]=Other"); code != http.StatusOK {
			t.Fatal(text)
		}
	}
	select {
	case e := <-heard:
		if e.Type != onevent.OperatorLooping || e.Object != (onevent.Object{Type: "crm.activity", ID: "1"}) {
			t.Errorf("%+v", e)
		}
	default:
		t.Error("nothing is told")
	}
}
