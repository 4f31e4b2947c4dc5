package dispatch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
)

func (b *bed) wait(id onevent.EventID) dispatch.Wait {
	b.t.Helper()
	d := b.delivery(id)
	return b.engine.Waiting(d.Destination, d.ID)
}

func TestWhatADeliveryWaitsForIsTold(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYUPDATE", url1, 0, onevent.DeliveryOptions{})
		first, second, third := b.raise("ONCRMACTIVITYUPDATE", 1, 1), b.raise("ONCRMACTIVITYUPDATE", 1, 1), b.raise("ONCRMACTIVITYUPDATE", 1, 1)
		call := b.next()
		if w := b.wait(first); w != (dispatch.Wait{Place: dispatch.PlaceMemory, Flying: true}) {
			t.Errorf("in flight: %+v", w)
		}
		head := b.delivery(first).ID
		if w := b.wait(third); w.Head != head || w.Ahead != 2 || !w.Flying {
			t.Errorf("behind one in flight: %+v", w)
		}
		call.status(500)
		b.idle()
		again := b.delivery(first).Due
		if w := b.wait(first); w.Flying || w.Head != 0 || !w.Until.Equal(again) || again.IsZero() {
			t.Errorf("at rest: %+v, due %v", w, again)
		}
		if w := b.wait(second); w.Head != head || w.Ahead != 1 || !w.Until.Equal(again) {
			t.Errorf("behind one at rest: %+v", w)
		}
		b.pass(6 * time.Second)
		for range 3 {
			b.next().status(200)
		}
		b.idle()
		if w := b.wait(third); w != (dispatch.Wait{}) {
			t.Errorf("settled: %+v", w)
		}
	})
}

func TestADeliveryInFlightWithoutAnObjectsOrderIsFound(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYUPDATE", url1, 0, onevent.DeliveryOptions{Order: onevent.OrderNone})
		id := b.raise("ONCRMACTIVITYUPDATE", 1, 1)
		call := b.next()
		if w := b.wait(id); w.Place != dispatch.PlaceMemory || !w.Flying {
			t.Errorf("got %+v", w)
		}
		call.status(200)
	})
}

func TestTheRateThatADeliveryWaitsForIsTold(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYUPDATE", url1, 0, onevent.DeliveryOptions{Rate: 0.1, Burst: 1})
		b.raise("ONCRMACTIVITYUPDATE", 1, 1)
		id := b.raise("ONCRMACTIVITYUPDATE", 2, 1)
		b.next().status(200)
		b.idle()
		if w := b.wait(id); w.Token.Sub(b.time().Now()) != 10*time.Second {
			t.Errorf("got %+v at %v", w, b.time().Now())
		}
	})
}

func TestWhatMemoryHasNoRoomForIsInTheStore(t *testing.T) {
	inBubble(t, dispatch.Limits{Destination: 4, Memory: 4}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYUPDATE", url1, 0, onevent.DeliveryOptions{Concurrency: 1})
		var last onevent.EventID
		for i := range 40 {
			last = b.raise("ONCRMACTIVITYUPDATE", i+1, 1)
		}
		call := b.next()
		if w := b.wait(last); w.Place != dispatch.PlaceStore {
			t.Errorf("got %+v", w)
		}
		call.status(200)
	})
}

// The request is the one that is sent, byte for byte but for its tokens.
func TestAPreviewIsTheRequestWithItsTokensStruckOut(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYUPDATE", url1+"?key=own", 0, onevent.DeliveryOptions{})
		id := b.raise("ONCRMACTIVITYUPDATE", 999, 1)
		call := b.next()
		sent := call.form(t)
		d := b.delivery(id)
		var event onevent.Event
		b.view(func(r onevent.Reader) (err error) { event, err = r.Event(id); return err })
		got, ok := b.engine.Preview(&event, &d, b.time().Now())
		if !ok || got.URL != call.URL || got.ContentType != call.ContentType {
			t.Fatalf("got %+v, %v", got, ok)
		}
		body := string(call.Body)
		for _, key := range []string{"access_token", "application_token"} {
			secret := sent.Get("auth[" + key + "]")
			if secret == "" {
				t.Fatalf("no %s was sent", key)
			}
			body = strings.ReplaceAll(body, "5D="+secret, "5D=***")
		}
		if string(got.Body) != body {
			t.Errorf("shown %s\nsent  %s", got.Body, body)
		}
		call.status(200)
	})
}

func TestAPreviewOfAHandlerThatIsNotKnownIsNone(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		if _, ok := b.engine.Preview(&onevent.Event{Code: "ONCRMACTIVITYUPDATE"}, &onevent.Delivery{Handler: 77}, b.time().Now()); ok {
			t.Error("it was rendered")
		}
	})
}
