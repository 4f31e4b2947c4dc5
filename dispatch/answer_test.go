package dispatch_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
)

// sent are the tokens of a request.
func (c *call) sent() []string {
	var out []string
	for _, key := range []string{"auth[access_token]", "auth[refresh_token]", "auth[application_token]"} {
		out = append(out, c.value(key))
	}
	return out
}

// attempts reads the log of an event's delivery.
func (b *bed) attempts(event onevent.EventID) (list []onevent.Attempt) {
	b.t.Helper()
	b.view(func(r onevent.Reader) (err error) { list, err = r.Attempts(b.delivery(event).ID); return err })
	return list
}

func TestWhatAnAttemptTookIsLogged(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	phases := onevent.Phases{Queue: time.Millisecond, Lookup: 2 * time.Millisecond, Connect: 3 * time.Millisecond, TLS: 4 * time.Millisecond,
		Answer: 5 * time.Millisecond, Body: 6 * time.Millisecond}
	long := strings.Repeat("\xff0123456789", 100)[:onevent.AnswerBytes]
	b.next().answer <- answer{Response: egress.Response{Phases: onevent.Phases{Connect: time.Second}}, err: &egress.Error{Reason: egress.ReasonTimeout}}
	b.idle()
	b.clock.Advance(5 * time.Second)
	b.next().answer <- answer{Response: egress.Response{Status: 500, Beginning: long, Phases: phases}}
	b.idle()
	b.clock.Advance(30 * time.Second)
	b.next().answer <- answer{Response: egress.Response{Status: 200, Beginning: long}}
	b.becomes(event, onevent.StateDelivered, "")
	list := b.attempts(event)
	if len(list) != 3 || list[0].Phases.Connect != time.Second || list[0].Class() != onevent.ClassTimeout || list[1].Phases != phases {
		t.Errorf("got %+v", list)
	}
	if list[1].Answer != long || list[2].Answer != long[:onevent.AnswerBytesOfSuccess] {
		t.Errorf("kept %q and %q", list[1].Answer, list[2].Answer)
	}
}

// A handler that answers with what it was sent, in one form or another, and cut off anywhere.
func TestNoTokenThatComesBackIsStored(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCALENDARENTRYUPDATE", url1, 2, noOptions)
	asJSON := func(c *call) string { text, _ := json.Marshal(c.form(t)); return string(text) }
	for name, echo := range map[string]func(*call) string{
		"the form":         func(c *call) string { return string(c.Body) },
		"the form, within": func(c *call) string { return "<pre>" + string(c.Body[bytes.Index(c.Body, []byte("auth")):]) },
		"JSON":             asJSON,
		"JSON in a form":   func(c *call) string { return url.QueryEscape(asJSON(c)) },
		"tokens alone":     func(c *call) string { return strings.Join(c.sent(), "") + strings.Join(c.sent(), "") },
	} {
		for _, status := range []int{200, 400} {
			for _, length := range []int{20, 64, 100, 300, 411, onevent.AnswerBytes} {
				event := b.raise("ONCALENDARENTRYUPDATE", 999, 1)
				c := b.next()
				text := echo(c)
				text = text[:min(len(text), length)]
				c.answer <- answer{Response: egress.Response{Status: status, Beginning: text}}
				b.idle()
				list := b.attempts(event)
				wantNoToken(t, name, list[len(list)-1].Answer, c.sent())
				b.settleAll(event)
			}
		}
	}
}

// settleAll brings what failed out of the way.
func (b *bed) settleAll(event onevent.EventID) {
	b.t.Helper()
	for b.delivery(event).State == onevent.StateWaiting {
		b.clock.Advance(time.Minute)
		b.next().status(200)
		b.idle()
	}
}

func wantNoToken(t *testing.T, name, kept string, sent []string) {
	t.Helper()
	for _, token := range sent {
		if token == "" {
			t.Fatalf("%s: a token was not sent", name)
		}
		for i := range len(token) - 8 {
			if part := token[i:]; strings.Contains(kept, part) {
				t.Errorf("%s: %q is kept: it has %q", name, kept, part)
			}
		}
		if strings.Contains(kept, token[:8]) {
			t.Errorf("%s: %q is kept: it has a beginning of %q", name, kept, token)
		}
	}
}
