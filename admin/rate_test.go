package admin_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent/client"
)

// limited opens a portal on which so many events may be raised.
func limited(t *testing.T, rate float64, burst int) *bench {
	t.Helper()
	b := open(t)
	b.limit(rate, burst)
	return b
}

func (b *bench) limit(rate float64, burst int) {
	b.t.Helper()
	_, err := b.ChangePortal(b.ctx, b.member, client.PortalChange{Settings: client.SettingsChange{EventRate: &rate, EventBurst: &burst}})
	b.must(err)
}

const deal = `{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":5}}}`

// deals is an array of n events.
func deals(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(deal+",", n), ",") + "]" }

func (b *bench) refused(r reply, retryAfter string) {
	b.t.Helper()
	b.wants(r, http.StatusTooManyRequests, "rate_limited", "nothing was stored")
	if got := r.header.Get("Retry-After"); got != retryAfter {
		b.t.Errorf("Retry-After is %q, want %q", got, retryAfter)
	}
}

func TestEventsBeyondThePortalsRateAreRefusedAndNotStored(t *testing.T) {
	t.Parallel()
	b := limited(t, 0.5, 3)
	for range 3 {
		b.published(b.do("POST", b.events(), deal))
	}
	b.refused(b.do("POST", b.events(), deal), "2")
	if n := b.stats().Events; n != 3 {
		t.Errorf("%d events are stored", n)
	}
	b.clock.Advance(1999 * time.Millisecond)
	b.refused(b.do("POST", b.events(), deal), "1")
	b.clock.Advance(time.Millisecond)
	b.published(b.do("POST", b.events(), deal))
	_, err := b.Publish(b.ctx, b.member, "", client.Event{Event: "ONCRMDEALADD", Data: []byte(`{"FIELDS":{"ID":5}}`)})
	var told *client.Error
	if !errors.As(err, &told) || told.Code != "rate_limited" || told.RetryAfter != 2*time.Second {
		t.Errorf("the client tells %#v", err)
	}
	b.limit(0, 0)
	b.published(b.do("POST", b.events(), deals(1000)))
}

// docs/operations.md: an array counts its events; one larger than the burst needs
// a bucket that is full.
func TestAnArrayIsAdmittedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	b := limited(t, 10, 20)
	b.published(b.do("POST", b.events(), deals(15)))
	b.refused(b.do("POST", b.events(), deals(6)), "1")
	b.refused(b.do("POST", b.events(), deals(100)), "2")
	b.clock.Advance(1500 * time.Millisecond)
	b.published(b.do("POST", b.events(), deals(100)))
	b.refused(b.do("POST", b.events(), deal), "9")
	if n := b.stats().Events; n != 115 {
		t.Errorf("%d events are stored", n)
	}
}

func TestWhatIsRefusedOrRepeatedCostsNoEvents(t *testing.T) {
	t.Parallel()
	b := limited(t, 1, 2)
	for range 5 {
		b.wants(b.do("POST", b.events(), `{"event":"ONNOTHING"}`), http.StatusBadRequest, "invalid", "unknown event")
	}
	first := b.do("POST", b.events(), deal, "Idempotency-Key", "k")
	for range 5 {
		if again := b.do("POST", b.events(), deal, "Idempotency-Key", "k"); again.body != first.body {
			t.Fatalf("the repeat got %d %s", again.status, again.body)
		}
	}
	b.wants(b.do("POST", b.events(), deals(1), "Idempotency-Key", "k"), http.StatusConflict, "conflict", "another body")
	b.published(b.do("POST", b.events(), deal))
	b.refused(b.do("POST", b.events(), deal), "1")
	if again := b.do("POST", b.events(), deal, "Idempotency-Key", "k"); again.body != first.body {
		t.Errorf("with no room the repeat got %d %s", again.status, again.body)
	}
	if n := b.stats().Events; n != 2 {
		t.Errorf("%d events are stored", n)
	}
}

// Requests that are stored in one commit do not pass together what one after
// another would not.
func TestARateHoldsForACrowdToo(t *testing.T) {
	t.Parallel()
	b := limited(t, 1, 10)
	statuses := make(chan int, 60)
	var crowd sync.WaitGroup
	for range cap(statuses) {
		crowd.Go(func() { statuses <- b.do("POST", b.events(), deal).status })
	}
	crowd.Wait()
	close(statuses)
	count := map[int]int{}
	for s := range statuses {
		count[s]++
	}
	if count[http.StatusAccepted] != 10 || count[http.StatusTooManyRequests] != 50 || b.stats().Events != 10 {
		t.Errorf("answers: %v, %d events", count, b.stats().Events)
	}
}

func TestEventsOfTheLifeOfAnApplicationAreNeverRefused(t *testing.T) {
	t.Parallel()
	b := limited(t, 0.001, 1)
	b.published(b.do("POST", b.events(), deal))
	b.install()
	if n := b.stats().Events; n != 2 {
		t.Errorf("%d events are stored", n)
	}
	b.refused(b.do("POST", b.events(), deal), "1000")
}
