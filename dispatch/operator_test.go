package dispatch_test

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/operator"
	"github.com/onevent/onevent/signature"
)

const (
	operatorURL    = "https://ops.example.com/hook?key=1"
	operatorSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// hearOperatorEvents names a URL for operator events from the next open on; "" names
// none.
func (b *bed) hearOperatorEvents(url string) {
	b.t.Helper()
	signer, err := signature.Parse(operatorSecret)
	if err != nil {
		b.t.Fatal(err)
	}
	b.operatorURL, b.operatorSigner = url, signer
	b.restart()
}

// tellOperator stores an operator event and returns its identity.
func (b *bed) tellOperator() (id onevent.EventID) {
	b.t.Helper()
	teller := operator.New(operator.Config{
		Directory: b.dir, Clock: b.time(), Logger: slog.New(slog.DiscardHandler), Queue: b.engine, Sends: true,
	})
	b.update(func(tx onevent.Tx) error {
		return teller.TellIn(tx, onevent.OperatorEvent{Type: onevent.OperatorBacklogFull, Time: b.time().Now(), Portal: b.portal})
	})
	b.view(func(r onevent.Reader) error {
		page, err := r.SearchEvents(onevent.EventSearch{Code: "OPERATOR.BACKLOG_FULL", Limit: 1})
		if err == nil {
			id = page.Rows[0].ID
		}
		return err
	})
	return id
}

func (c *call) header(name string) string {
	for _, h := range c.Header {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}

// verify judges the signature as a receiver does. The clock of the test is not that
// of the machine.
func (c *call) verify(t *testing.T) {
	t.Helper()
	wh, err := webhooks.NewWebhook(operatorSecret)
	if err != nil {
		t.Fatal(err)
	}
	headers := map[string][]string{}
	for _, h := range c.Header {
		headers[h[0]] = []string{h[1]}
	}
	if err := wh.VerifyIgnoringTimestamp(c.Body, headers); err != nil {
		t.Error(err)
	}
}

func TestAnOperatorEventIsJSONThatIsSignedOnEveryAttempt(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.hearOperatorEvents(operatorURL)
	event := b.tellOperator()
	first := b.next()
	if first.URL != operatorURL || first.ContentType != "application/json" {
		t.Errorf("%s as %s", first.URL, first.ContentType)
	}
	first.verify(t)
	var body struct {
		Type      string
		Timestamp time.Time
		Data      map[string]any
	}
	if err := json.Unmarshal(first.Body, &body); err != nil {
		t.Fatalf("%v: %s", err, first.Body)
	}
	if body.Type != "backlog_full" || !body.Timestamp.Equal(time.Unix(start, 0)) || body.Data["domain"] != "example.bitrix24.com" {
		t.Errorf("%s", first.Body)
	}
	first.status(500)
	b.idle()
	b.clock.Advance(5 * time.Second)
	second := b.next()
	second.verify(t)
	if string(second.Body) != string(first.Body) || second.header("Webhook-Id") != first.header("Webhook-Id") ||
		second.header("Webhook-Timestamp") == first.header("Webhook-Timestamp") {
		t.Errorf("the retry is another: %v %s", second.Header, second.Body)
	}
	second.status(204)
	b.becomes(event, onevent.StateDelivered, "")
}

func TestAnOperatorEventThatWaitsSurvivesARestart(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.hearOperatorEvents(operatorURL)
	event := b.tellOperator()
	b.next().fail("connect")
	b.idle()
	b.restart()
	b.clock.Advance(5 * time.Second)
	c := b.next()
	c.verify(t)
	c.status(200)
	b.becomes(event, onevent.StateDelivered, "")
}

// Nobody could bind or enable it again.
func TestTheOperatorsHandlerIsNeverDisabledAndNothingIsToldOfIt(t *testing.T) {
	inBubble(t, dispatch.Limits{Backlog: 2}, func(t *testing.T, b *bed) {
		b.hearOperatorEvents(operatorURL)
		b.tellOperator()
		b.tellOperator()
		for range 40 {
			b.pass(10 * time.Minute)
			b.next().status(410)
		}
		b.pass(5 * 24 * time.Hour)
		b.next().status(500)
		b.pass(10 * time.Minute)
		b.next().status(200)
		b.pass(0)
		b.next().status(200)
		b.pass(0)
		if s := b.stats(); s.Delivered != 2 || len(b.told) != 0 {
			t.Errorf("%+v, told %d", s, len(b.told))
		}
	})
}

func TestWithoutAURLTheOperatorEventsThatWaitAreCancelled(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.hearOperatorEvents(operatorURL)
	event := b.tellOperator()
	b.next().fail("connect")
	b.idle()
	b.hearOperatorEvents("")
	b.clock.Advance(5 * time.Second)
	b.becomes(event, onevent.StateCancelled, onevent.VerdictUnbound)
}

func TestAnOperatorsURLThatDoesNotAnswerHoldsUpNobody(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.hearOperatorEvents(operatorURL)
	b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
	b.tellOperator()
	stuck := b.next()
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	b.next().status(200)
	b.becomes(event, onevent.StateDelivered, "")
	stuck.status(200)
}
