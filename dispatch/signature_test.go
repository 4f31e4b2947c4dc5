package dispatch_test

import (
	"fmt"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/wire"
)

// signed is the signature that the official library makes with the secret of the bed.
func signed(t *testing.T, id onevent.DeliveryID, at int64, body []byte) string {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(string(signingSecret))
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.Sign(fmt.Sprint(id), time.Unix(at, 0), body)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEveryAttemptIsSignedForItsOwnTimeAndBody(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	for _, at := range []int64{start, start + 5} {
		c := b.next()
		if got, want := c.header("Webhook-Signature"), signed(t, b.delivery(event).ID, at, c.Body); got != want {
			t.Errorf("at %d: got %s, want %s", at, got, want)
		}
		if c.header("Onevent-Replay-Of") != "" {
			t.Error("what is no replay says that it is one")
		}
		c.status(500)
		b.idle()
		b.clock.Advance(5 * time.Second)
	}
}

// Each replay says so whether memory or the store brought it.
func TestAReplayNamesWhatItRepeats(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	h := b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	b.next().status(200)
	first := b.becomes(event, onevent.StateDelivered, "")
	for _, restart := range []bool{false, true} {
		for of, want := range map[onevent.DeliveryID]string{first.ID: fmt.Sprint(first.ID), onevent.ReplayOfEvent: fmt.Sprintf("event-%d", event)} {
			var row onevent.Event
			b.view(func(r onevent.Reader) (err error) { row, err = r.Event(event); return err })
			replay := onevent.Delivery{Event: event, Handler: h.ID, Destination: h.Destination, Deadline: first.Deadline, ReplayOf: of}
			b.update(func(tx onevent.Tx) error { return tx.AddDelivery(&replay) })
			if restart {
				b.restart()
			} else {
				data, err := wire.ParseJSON(row.Data, wire.DefaultLimits)
				if err != nil {
					t.Fatal(err)
				}
				b.engine.Accept(&row, data, []onevent.Delivery{replay})
			}
			c := b.next()
			if got := c.header("Onevent-Replay-Of"); got != want || c.header("Webhook-Id") != fmt.Sprint(replay.ID) {
				t.Errorf("restart %v: got %v, want %s", restart, c.Header, want)
			}
			c.status(200)
			b.idle()
		}
	}
}
