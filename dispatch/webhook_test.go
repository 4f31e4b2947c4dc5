package dispatch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/signature"
)

const hookToken onevent.Secret = "v5x1m8w0q2c7k4d9s3b6n0z5j1h8t2rf"

// hook makes an outgoing webhook of user 2 with a handler for each code.
func (b *bed) hook(codes ...string) []onevent.Handler {
	b.t.Helper()
	var handlers []onevent.Handler
	b.update(func(tx onevent.Tx) error {
		row := directory.OutgoingWebhook{
			OutgoingWebhook: onevent.OutgoingWebhook{ID: 7, Portal: b.portal, User: 2},
			Secrets:         onevent.InstallationSecrets{ApplicationToken: hookToken, SigningSecret: signature.New()},
		}
		dest := onevent.Destination{ID: 70, Portal: b.portal, Owner: row.Owner(), URL: url1}
		if err := b.dir.PutOutgoingWebhook(tx, row); err != nil {
			return err
		}
		if err := b.dir.PutDestination(tx, dest); err != nil {
			return err
		}
		handlers = nil
		for i, code := range codes {
			h := onevent.Handler{ID: onevent.HandlerID(509 + i), Portal: b.portal, Owner: row.Owner(), Event: code, URL: url1, User: 2, Destination: dest.ID}
			if err := b.dir.PutHandler(tx, h); err != nil {
				return err
			}
			handlers = append(handlers, h)
		}
		return nil
	})
	return handlers
}

// docs/protocol/events.md section 2.5. Neither the event nor a setting brings tokens.
func TestAnOutgoingWebhookGetsFiveKeysWhateverTheEvent(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	portal := *b.dir.Portal(b.portal)
	portal.Settings.RefreshToken = onevent.RefreshTokenAlways
	b.update(func(tx onevent.Tx) error { return b.dir.PutPortal(tx, portal) })
	b.hook("ONCRMACTIVITYUPDATE", "ONCALENDARENTRYUPDATE")
	const auth = "&auth%5Bdomain%5D=example.bitrix24.com&auth%5Bclient_endpoint%5D=https%3A%2F%2Fexample.bitrix24.com%2Frest%2F&auth%5Bserver_endpoint%5D=https%3A%2F%2Foauth.bitrix.info%2Frest%2F&auth%5Bmember_id%5D=a223c6b3710f85df22e9377d6c4f7553&auth%5Bapplication_token%5D="
	for code, head := range map[string]string{
		"ONCRMACTIVITYUPDATE":   "event=ONCRMACTIVITYUPDATE&event_handler_id=509&data%5BFIELDS%5D%5BID%5D=999&ts=1727018926",
		"ONCALENDARENTRYUPDATE": "event=ONCALENDARENTRYUPDATE&event_handler_id=510&data%5Bid%5D=999&ts=1727018926",
	} {
		id := b.raise(code, 999, 1)
		c := b.next()
		if want := head + auth + hookToken.Reveal(); string(c.Body) != want {
			t.Errorf("body\n%s\ninstead of\n%s", c.Body, want)
		}
		var event onevent.Event
		b.view(func(r onevent.Reader) (err error) { event, err = r.Event(id); return err })
		d := b.delivery(id)
		shown, ok := b.engine.Preview(&event, &d, b.time().Now())
		if want := head + auth + "***"; !ok || strings.ReplaceAll(string(shown.Body), "%2A", "*") != want {
			t.Errorf("shown is %v %s", ok, shown.Body)
		}
		c.status(200)
		b.becomes(id, onevent.StateDelivered, "")
	}
}

// A retry carries the token of now, and signatures of the secrets of now: both during
// the overlap.
func TestAnOutgoingWebhookSignsWithItsOwnSecretsThroughARotation(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.hook("ONCRMACTIVITYADD")
	change := func(f func(*onevent.InstallationSecrets)) {
		row := *b.dir.OutgoingWebhook(b.portal, 7)
		f(&row.Secrets)
		b.update(func(tx onevent.Tx) error { return b.dir.PutOutgoingWebhook(tx, row) })
	}
	first, second := b.dir.OutgoingWebhook(b.portal, 7).Secrets.SigningSecret, signature.New()
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	id := b.delivery(event).ID
	want := func(c *call, at int64, token onevent.Secret, secrets ...onevent.Secret) {
		t.Helper()
		var signatures []string
		for _, secret := range secrets {
			w, err := standardwebhooks.NewWebhook(secret.Reveal())
			if err != nil {
				t.Fatal(err)
			}
			one, err := w.Sign(fmt.Sprint(id), time.Unix(at, 0), c.Body)
			if err != nil {
				t.Fatal(err)
			}
			signatures = append(signatures, one)
		}
		if got := strings.Fields(c.header("Webhook-Signature")); !slices.Equal(got, signatures) || c.value("auth[application_token]") != token.Reveal() {
			t.Errorf("at %d: signed %v, want %v; %s", at, got, signatures, c.Body)
		}
	}
	c := b.next()
	want(c, start, hookToken, first)
	change(func(s *onevent.InstallationSecrets) {
		s.ApplicationToken, s.SigningSecret, s.FormerSigningSecret, s.FormerUntil = "another", second, first, time.Unix(start+6, 0)
	})
	for _, attempt := range []struct {
		after   int64
		secrets []onevent.Secret
	}{{5, []onevent.Secret{second, first}}, {35, []onevent.Secret{second}}} {
		c.status(500)
		b.idle()
		b.clock.Advance(time.Unix(start+attempt.after, 0).Sub(b.clock.Now()))
		c = b.next()
		want(c, start+attempt.after, "another", attempt.secrets...)
	}
	c.status(200)
	b.becomes(event, onevent.StateDelivered, "")
}

func TestWhatWaitsForAnOutgoingWebhookEndsWithItsCreatorsDismissal(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.hook("ONCRMACTIVITYADD")
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	b.next().status(500)
	b.idle()
	b.update(func(tx onevent.Tx) error {
		return b.dir.PutUser(tx, onevent.User{Portal: 1, ID: 2, Active: false})
	})
	b.clock.Advance(5 * time.Second)
	b.becomes(event, onevent.StateCancelled, onevent.VerdictUserInactive)
	b.none()
}

// As a crash may leave it: the handlers have ended, and a delivery waits.
func TestWhatWaitsForAnOutgoingWebhookThatEndedIsNotSent(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	h := b.hook("ONCRMACTIVITYADD")[0]
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	b.next().status(500)
	b.idle()
	h.Ended, h.EndedBy = b.clock.Now(), onevent.VerdictUnbound
	b.update(func(tx onevent.Tx) error { return b.dir.PutHandler(tx, h) })
	b.restart()
	b.clock.Advance(5 * time.Second)
	b.becomes(event, onevent.StateCancelled, onevent.VerdictUnbound)
	b.none()
}

func TestTheBreakerAndAGoneAnswerHoldForAnOutgoingWebhook(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	h := b.hook("ONCRMACTIVITYADD")[0]
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	b.next().status(410)
	b.idle()
	b.until(func() bool { return b.dir.Handler(h.ID).Disabled == onevent.VerdictGone })
	b.update(func(tx onevent.Tx) error { return b.pub.Enable(tx, *b.dir.Handler(h.ID)) })
	for id := range 5 {
		b.next().fail("connect")
		b.idle()
		b.raise("ONCRMACTIVITYADD", 2+id, 1)
	}
	b.until(func() bool { return b.engine.Condition(h.Destination).Breaker == dispatch.BreakerOpen })
	if d := b.delivery(event); d.State != onevent.StateWaiting {
		t.Errorf("the first delivery is %+v", d)
	}
}
