package rest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/rest"
)

func (b *bench) limit(change func(*onevent.PortalSettings)) {
	row := *b.Row()
	change(&row.Settings)
	b.Update(func(tx onevent.Tx) error { return b.Directory.PutPortal(tx, row) })
}

// from calls a method from a source address.
func (b *bench) from(t *testing.T, address, path string) int {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, testportal.Base+path, nil)
	r.RemoteAddr = address
	a := testportal.Do(b.handler, r)
	if a.Status == 503 {
		wantText(t, a, 503, `{"error":"QUERY_LIMIT_EXCEEDED","error_description":"Too many requests"}`)
		wantFrame(t, a)
	}
	return a.Status
}

// docs/protocol/rest.md section 9, rate.
func TestTheRateOfASourceAddressIsALeakyBucket(t *testing.T) {
	b := open(t)
	path := "/rest/who?auth=" + b.token
	for range 200 {
		if got := b.from(t, "192.0.2.1:1", path); got != 200 {
			t.Fatalf("without a limit: %d", got)
		}
	}
	b.limit(func(s *onevent.PortalSettings) { s.RateBurst, s.RatePerSecond = 3, 2 })
	for _, step := range []struct {
		wait    time.Duration
		address string
		want    int
	}{
		{0, "192.0.2.1:1", 200}, {0, "192.0.2.1:2", 200}, {0, "192.0.2.1:3", 200}, {0, "192.0.2.1:4", 503},
		{0, "192.0.2.2:1", 200},
		{499 * time.Millisecond, "192.0.2.1:5", 503}, {time.Millisecond, "192.0.2.1:6", 200}, {0, "192.0.2.1:7", 503},
		{10 * time.Minute, "192.0.2.1:8", 200}, {0, "192.0.2.1:8", 200}, {0, "192.0.2.1:8", 200}, {0, "192.0.2.1:8", 503},
		{0, "[2001:db8::1]:1", 200}, {0, "[2001:db8::2]:1", 200}, {0, "[2001:db8::3]:1", 200}, {0, "[2001:db8::4]:1", 503}, {0, "[2001:db8:0:1::4]:1", 200},
	} {
		b.Clock.Advance(step.wait)
		if got := b.from(t, step.address, path); got != step.want {
			t.Errorf("%v: got %d", step, got)
		}
	}
}

func TestRefusedCallsAndBatchesCountOnce(t *testing.T) {
	b := open(t)
	b.limit(func(s *onevent.PortalSettings) { s.RateBurst, s.RatePerSecond = 2, 1 })
	if got := b.from(t, "192.0.2.1:1", "/rest/who"); got != 401 {
		t.Errorf("without authorisation: %d", got)
	}
	if got := b.from(t, "192.0.2.1:1", "/rest/batch?cmd[]=who&cmd[]=who&cmd[]=who&auth="+b.token); got != 200 {
		t.Errorf("a batch: %d", got)
	}
	if got := b.from(t, "192.0.2.1:1", "/rest/who?auth="+b.token); got != 503 {
		t.Errorf("the third request: %d", got)
	}
}

// slow is a portal with methods that take as long as they are told.
func slow(t *testing.T) *bench {
	b := open(t)
	takes := func(_ context.Context, c *rest.Call) (any, error) {
		ms, _ := c.Param("ms").Int()
		b.Clock.Advance(time.Duration(ms) * time.Millisecond)
		return true, nil
	}
	b.handler = b.Handler(rest.Batch(), rest.Method{Name: "slow", Func: takes}, rest.Method{Name: "other", Func: takes})
	return b
}

type timesOf struct {
	Operating float64 `json:"operating"`
	ResetAt   int64   `json:"operating_reset_at"`
}

func times(t *testing.T, a testportal.Answer) timesOf {
	t.Helper()
	var body struct{ Time timesOf }
	if err := json.Unmarshal([]byte(a.Text), &body); err != nil || a.Status != 200 {
		t.Fatalf("got %d %s", a.Status, a.Text)
	}
	return body.Time
}

// docs/protocol/rest.md section 9, operating time.
func TestOperatingSumsTenMinutesOfAMethod(t *testing.T) {
	b := slow(t)
	c := testportal.As(b.handler, b.token)
	start := b.Clock.Now().Unix()
	for _, step := range []struct {
		wait         time.Duration
		method, ms   string
		want         float64
		resetInAfter int64 // since the start of the test
	}{
		{0, "slow", "100", 0, 600}, // as long as is not counted
		{900 * time.Millisecond, "slow", "101", 0.101, 601},
		{10 * time.Second, "slow", "500", 0.601, 601},
		{0, "other", "200", 0.2, 611},
		{5 * time.Minute, "slow", "1000", 1.601, 601},
		{290 * time.Second, "slow", "0", 1, 911},
		{10 * time.Minute, "slow", "0", 0, 1802},
	} {
		b.Clock.Advance(step.wait)
		got := times(t, c.Call(step.method, `{"ms":`+step.ms+`}`))
		if got.Operating != step.want || got.ResetAt != start+step.resetInAfter {
			t.Errorf("%v: got %v, %d", step, got, got.ResetAt-start)
		}
	}
}

func TestAMethodThatRanTooLongIsBlockedForItsCaller(t *testing.T) {
	b := slow(t)
	b.limit(func(s *onevent.PortalSettings) { s.OperatingLimit = 2 })
	c := testportal.As(b.handler, b.token)
	c.Call("slow", `{"ms":2000}`)
	if a := c.Call("slow", `{"ms":500}`); a.Status != 200 {
		t.Errorf("at the limit: %d %s", a.Status, a.Text)
	}
	a := c.Call("slow", `{"ms":0}`)
	wantText(t, a, 429, `{"error":"OPERATION_TIME_LIMIT","error_description":"Method is blocked due to operation time limit."}`)
	wantFrame(t, a)
	if a := c.Call("other", `{}`); a.Status != 200 {
		t.Errorf("another method: %d %s", a.Status, a.Text)
	}
	if a := testportal.Post(b.handler, "/rest/1/"+b.Webhook(testportal.Admin)+"/slow", "", ""); a.Status != 200 {
		t.Errorf("another caller: %d %s", a.Status, a.Text)
	}
	a = c.Call("batch", `{"cmd":{"a":"slow","b":"other?ms=3000","c":"other"}}`)
	if !strings.Contains(a.Text, `"result":{"b":true}`) || strings.Count(a.Text, "OPERATION_TIME_LIMIT") != 2 {
		t.Errorf("in a batch: %s", a.Text)
	}
	if got := times(t, a); got.Operating != 0 {
		t.Errorf("a batch itself has run %v", got)
	}
	if !strings.Contains(a.Text, `"operating":3.000000}}},"time"`) {
		t.Errorf("a command does not tell its own: %s", a.Text)
	}
	b.Clock.Advance(10*time.Minute - 5500*time.Millisecond)
	b.token = b.Token(testportal.Admin)
	if a := testportal.As(b.handler, b.token).Call("slow", `{}`); a.Status != 200 {
		t.Errorf("ten minutes later: %d %s", a.Status, a.Text)
	}
}
