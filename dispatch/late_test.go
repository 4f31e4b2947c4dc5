package dispatch_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
)

const url2, url3 = "https://two.example.com/", "https://three.example.com/"

// late checks how late the server is.
func (b *bed) late(want time.Duration) {
	b.t.Helper()
	synctest.Wait()
	if got := b.engine.Lateness(time.Now()); got.Round(time.Second) != want {
		b.t.Errorf("the server is %v late, not %v", got, want)
	}
}

func TestADeliveryThatWaitsForTheServerIsLate(t *testing.T) {
	inBubble(t, dispatch.Limits{Server: 1}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
		b.bind("ONCALENDARENTRYADD", url2, 0, noOptions)
		b.raise("ONCRMACTIVITYADD", 1, 1)
		first := b.next()
		b.pass(5 * time.Second)
		b.raise("ONCALENDARENTRYADD", 1, 1)
		b.late(0)
		b.pass(3 * time.Second)
		b.late(3 * time.Second)
		b.pass(4 * time.Second)
		b.raise("ONCALENDARENTRYADD", 2, 1)
		b.late(7 * time.Second)
		first.status(200)
		second := b.next()
		b.late(0) // the other one became due a moment ago
		b.pass(2 * time.Second)
		b.late(2 * time.Second)
		second.status(200)
		b.next().status(200)
		b.late(0)
	})
}

func TestAQuickDestinationThatHasAnAttemptUnderWayIsLateToo(t *testing.T) {
	inBubble(t, dispatch.Limits{Server: 2}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
		b.raise("ONCRMACTIVITYADD", 10, 1)
		b.next().status(200)
		b.late(0)
		for id := range 3 {
			b.raise("ONCRMACTIVITYADD", id+1, 1)
		}
		b.next()
		b.next()
		b.pass(10 * time.Second)
		b.late(10 * time.Second)
	})
}

func TestWhatWaitsForItsDestinationIsNotLate(t *testing.T) {
	for name, test := range map[string]struct {
		opts   onevent.DeliveryOptions
		limits dispatch.Limits
		wait   func(*bed)
	}{
		"the answer of a slow handler": {wait: func(b *bed) {
			b.raise("ONCRMACTIVITYADD", 1, 1)
			b.next()
		}},
		"an earlier delivery of its object": {wait: func(b *bed) {
			b.raise("ONCRMACTIVITYADD", 1, 1)
			b.raise("ONCRMACTIVITYADD", 1, 1)
			b.next()
		}},
		"its concurrency": {opts: onevent.DeliveryOptions{Concurrency: 1}, wait: func(b *bed) {
			b.raise("ONCRMACTIVITYADD", 1, 1)
			b.raise("ONCRMACTIVITYADD", 2, 1)
			b.next()
		}},
		"its host": {limits: dispatch.Limits{Host: 1}, wait: func(b *bed) {
			b.raise("ONCRMACTIVITYADD", 1, 1)
			b.raise("ONCRMACTIVITYADD", 2, 1)
			b.next()
		}},
		"its share, as it is not quick": {limits: dispatch.Limits{Server: 2}, wait: func(b *bed) {
			for id := range 3 {
				b.raise("ONCRMACTIVITYADD", id+1, 1)
			}
			b.next()
			b.next()
		}},
		"its rate": {opts: onevent.DeliveryOptions{Rate: 0.001, Burst: 1}, wait: func(b *bed) {
			b.raise("ONCRMACTIVITYADD", 1, 1)
			b.raise("ONCRMACTIVITYADD", 2, 1)
			b.next().status(200)
		}},
		"a pause that it asked for": {wait: func(b *bed) {
			b.raise("ONCRMACTIVITYADD", 1, 1)
			b.next().retryAfter(429, "600")
			b.raise("ONCRMACTIVITYADD", 2, 1)
		}},
		"its retry": {opts: onevent.DeliveryOptions{Retry: "600s"}, wait: func(b *bed) {
			b.raise("ONCRMACTIVITYADD", 1, 1)
			b.next().status(500)
		}},
		"a disabled handler": {wait: func(b *bed) {
			b.raise("ONCRMACTIVITYADD", 1, 1)
			b.next().status(410)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, test.limits, func(t *testing.T, b *bed) {
				b.bind("ONCRMACTIVITYADD", url1, 0, test.opts)
				test.wait(b)
				b.pass(15 * time.Second)
				b.late(0)
			})
		})
	}
}

func TestWhatWaitsBehindAnOpenBreakerIsNotLateAndItIsCounted(t *testing.T) {
	inBubble(t, dispatch.Limits{Server: 1}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
		b.bind("ONCALENDARENTRYADD", url2, 0, noOptions)
		for id := range 20 {
			b.raise("ONCRMACTIVITYADD", id+1, 1)
		}
		for range 5 {
			b.next().status(500)
		}
		b.raise("ONCALENDARENTRYADD", 1, 1)
		if got := b.next().URL; got != url2 {
			t.Fatalf("the turn was %s's", got)
		}
		b.pass(30 * time.Second) // the probe is due, and the server full
		b.late(0)
		if got := b.engine.Survey(time.Now()).Open; got != 1 {
			t.Errorf("%d breakers are open", got)
		}
	})
}

func TestWhoseHostIsFullWhenItsTurnComesIsNotLate(t *testing.T) {
	inBubble(t, dispatch.Limits{Server: 2, Host: 1}, func(t *testing.T, b *bed) {
		for event, url := range map[string]string{
			"ONCRMACTIVITYADD": url1, "ONCALENDARENTRYADD": url2, "ONCALENDARENTRYUPDATE": url3, "ONCRMACTIVITYUPDATE": url3 + "other",
		} {
			b.bind(event, url, 0, noOptions)
		}
		b.raise("ONCRMACTIVITYADD", 1, 1)
		b.raise("ONCALENDARENTRYADD", 1, 1)
		one, two := b.next(), b.next()
		b.raise("ONCALENDARENTRYUPDATE", 1, 1)
		b.raise("ONCRMACTIVITYUPDATE", 1, 1)
		b.pass(5 * time.Second)
		b.late(5 * time.Second)
		one.status(200)
		b.next()
		two.status(200)
		b.pass(5 * time.Second)
		b.late(0)
	})
}

func TestLatenessBeginsAnewWhenAPauseIsOver(t *testing.T) {
	inBubble(t, dispatch.Limits{Server: 1}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
		b.bind("ONCALENDARENTRYADD", url2, 0, noOptions)
		b.raise("ONCALENDARENTRYADD", 1, 1)
		other := b.next()
		b.raise("ONCRMACTIVITYADD", 1, 1)
		b.raise("ONCRMACTIVITYADD", 2, 1)
		b.pass(5 * time.Second)
		b.late(5 * time.Second)
		other.status(200)
		b.next().retryAfter(429, "60")
		b.raise("ONCALENDARENTRYADD", 2, 1)
		b.next()
		b.pass(30 * time.Second)
		b.late(0)
		b.pass(40 * time.Second)
		b.late(10 * time.Second)
	})
}

func TestLatenessBeginsAnewWhenADestinationIsFreeAgain(t *testing.T) {
	inBubble(t, dispatch.Limits{Server: 2}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Concurrency: 1})
		b.bind("ONCALENDARENTRYADD", url2, 0, noOptions)
		b.bind("ONCALENDARENTRYUPDATE", url3, 0, noOptions)
		for id := range 3 {
			b.raise("ONCRMACTIVITYADD", id+1, 1)
		}
		own := b.next()
		b.raise("ONCALENDARENTRYADD", 1, 1)
		b.next()
		b.pass(10 * time.Second)
		b.late(0) // its own limit is what holds it
		b.raise("ONCALENDARENTRYUPDATE", 1, 1)
		own.status(200)
		for own = b.next(); own.URL == url1; own = b.next() { // until the turn is the third's
			b.pass(10 * time.Second)
			b.late(10 * time.Second)
			own.status(200)
		}
		b.pass(4 * time.Second)
		b.late(4 * time.Second)
	})
}

func TestADestinationThatCanNotBeReadIsLate(t *testing.T) {
	inBubble(t, dispatch.Limits{Memory: 1}, func(t *testing.T, b *bed) {
		const all, inMemory = 20, 16
		b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
		b.store.unreadable.Store(true)
		for id := range all {
			b.raise("ONCRMACTIVITYADD", id+1, 1)
		}
		for range inMemory {
			b.next().status(200)
		}
		b.pass(30 * time.Second)
		b.late(30 * time.Second)
		b.store.unreadable.Store(false)
		b.pass(2 * time.Second)
		for range all - inMemory {
			b.next().status(200)
		}
		b.late(0)
	})
}
