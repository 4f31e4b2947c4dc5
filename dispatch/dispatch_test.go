package dispatch_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

var noOptions onevent.DeliveryOptions

func TestBodyIsThatOfTheProtocol(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCRMACTIVITYUPDATE", url1, 0, noOptions)
	b.bind("ONCALENDARENTRYUPDATE", url1, 2, noOptions)
	for _, test := range []struct {
		code, want string
		actor      onevent.UserID
	}{
		// docs/protocol/events.md section 2.3
		{"ONCRMACTIVITYUPDATE", "event=ONCRMACTIVITYUPDATE&event_handler_id=1&data%5BFIELDS%5D%5BID%5D=999&ts=1727018926&auth%5Baccess_token%5D={access}&auth%5Bexpires%5D=1727022526&auth%5Bexpires_in%5D=3600&auth%5Bscope%5D=crm%2Cplacement%2Cuser_brief%2Ccalendar&auth%5Bdomain%5D=example.bitrix24.com&auth%5Bserver_endpoint%5D=https%3A%2F%2Foauth.bitrix.info%2Frest%2F&auth%5Bstatus%5D=L&auth%5Bclient_endpoint%5D=https%3A%2F%2Fexample.bitrix24.com%2Frest%2F&auth%5Bmember_id%5D=a223c6b3710f85df22e9377d6c4f7553&auth%5Buser_id%5D=1&auth%5Bapplication_token%5D=51856fefc120afa4b628cc82d3935cce", 1},
		// docs/protocol/events.md section 3.1, no user
		{"ONCRMACTIVITYUPDATE", "event=ONCRMACTIVITYUPDATE&event_handler_id=1&data%5BFIELDS%5D%5BID%5D=999&ts=1727018926&auth%5Bscope%5D=crm%2Cplacement%2Cuser_brief%2Ccalendar&auth%5Bdomain%5D=example.bitrix24.com&auth%5Bserver_endpoint%5D=https%3A%2F%2Foauth.bitrix.info%2Frest%2F&auth%5Bstatus%5D=L&auth%5Bclient_endpoint%5D=https%3A%2F%2Fexample.bitrix24.com%2Frest%2F&auth%5Bmember_id%5D=a223c6b3710f85df22e9377d6c4f7553&auth%5Bapplication_token%5D=51856fefc120afa4b628cc82d3935cce", 0},
		// docs/protocol/events.md section 2.6: a refresh token, and the handler's own user
		{"ONCALENDARENTRYUPDATE", "event=ONCALENDARENTRYUPDATE&event_handler_id=2&data%5Bid%5D=999&ts=1727018926&auth%5Baccess_token%5D={access}&auth%5Bexpires%5D=1727022526&auth%5Bexpires_in%5D=3600&auth%5Bscope%5D=crm%2Cplacement%2Cuser_brief%2Ccalendar&auth%5Bdomain%5D=example.bitrix24.com&auth%5Bserver_endpoint%5D=https%3A%2F%2Foauth.bitrix.info%2Frest%2F&auth%5Bstatus%5D=L&auth%5Bclient_endpoint%5D=https%3A%2F%2Fexample.bitrix24.com%2Frest%2F&auth%5Bmember_id%5D=a223c6b3710f85df22e9377d6c4f7553&auth%5Buser_id%5D=2&auth%5Brefresh_token%5D={refresh}&auth%5Bapplication_token%5D=51856fefc120afa4b628cc82d3935cce", 1},
	} {
		event := b.raise(test.code, 999, test.actor)
		c := b.next()
		want := strings.NewReplacer("{access}", c.form(t).Get("auth[access_token]"), "{refresh}", c.form(t).Get("auth[refresh_token]")).Replace(test.want)
		if string(c.Body) != want {
			t.Errorf("body\n%s\ninstead of\n%s", c.Body, want)
		}
		if c.URL != url1 || c.ContentType != "application/x-www-form-urlencoded" {
			t.Errorf("sent to %s as %s", c.URL, c.ContentType)
		}
		c.status(200)
		d := b.becomes(event, onevent.StateDelivered, "")
		headers := [][2]string{{"Webhook-Id", fmt.Sprint(d.ID)}, {"Webhook-Timestamp", "1727018926"}, {"Onevent-Event-Time", "1727018926"}, {"Webhook-Signature", signed(t, d.ID, start, c.Body)}}
		if !slices.Equal(c.Header, headers) {
			t.Errorf("headers %v instead of %v", c.Header, headers)
		}
	}
}

func TestRetryCarriesALiveTokenAndTheSameID(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	first := b.next()
	first.status(500)
	b.idle()
	b.clock.Advance(5 * time.Second)
	second := b.next()
	if first.Header[0] != second.Header[0] {
		t.Errorf("ids %v and %v", first.Header[0], second.Header[0])
	}
	one, two := first.form(t), second.form(t)
	if one.Get("ts") != "1727018926" || two.Get("ts") != "1727018931" || two.Get("auth[expires]") != "1727022531" {
		t.Errorf("ts %s, then %s with expires %s", one.Get("ts"), two.Get("ts"), two.Get("auth[expires]"))
	}
	if one.Get("auth[access_token]") == two.Get("auth[access_token]") {
		t.Error("the retry carries the old token")
	}
	if second.Header[2][1] != "1727018926" {
		t.Errorf("the event's time moved to %s", second.Header[2][1])
	}
	second.status(204)
	if d := b.becomes(event, onevent.StateDelivered, ""); d.Attempts != 2 || d.Retries != 1 {
		t.Errorf("%d attempts, %d retries", d.Attempts, d.Retries)
	}
	var attempts []onevent.Attempt
	b.view(func(r onevent.Reader) (err error) { attempts, err = r.Attempts(b.delivery(event).ID); return err })
	if len(attempts) != 2 || attempts[0].Status != 500 || attempts[1].Status != 204 {
		t.Errorf("logged %+v", attempts)
	}
}

func TestEventsOfOneObjectKeepTheirOrderAndOthersDoNotWait(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	for _, code := range []string{"ONCRMACTIVITYADD", "ONCRMACTIVITYUPDATE", "ONCRMACTIVITYDELETE"} {
		b.bind(code, url1, 0, noOptions)
	}
	b.raise("ONCRMACTIVITYADD", 7, 1)
	b.next().status(500)
	b.raise("ONCRMACTIVITYUPDATE", 7, 1)
	b.raise("ONCRMACTIVITYDELETE", 7, 1)
	b.none()

	other := b.raise("ONCRMACTIVITYADD", 8, 1)
	c := b.next()
	if got := c.form(t).Get("data[FIELDS][ID]"); got != "8" {
		t.Fatalf("object %s went out", got)
	}
	c.status(200)
	b.becomes(other, onevent.StateDelivered, "")

	b.clock.Advance(5 * time.Second)
	for _, want := range []string{"ONCRMACTIVITYADD", "ONCRMACTIVITYUPDATE", "ONCRMACTIVITYDELETE"} {
		c := b.next()
		b.quiet()
		if got := c.form(t).Get("event"); got != want {
			t.Fatalf("%s came instead of %s", got, want)
		}
		c.status(200)
	}
}

// quiet checks that nothing else is sent while an attempt is in flight.
func (b *bed) quiet() {
	b.t.Helper()
	if b.clock == nil {
		synctest.Wait()
		select {
		case c := <-b.calls:
			b.t.Fatalf("an attempt came: %s", c.Body)
		default:
		}
		return
	}
	select {
	case c := <-b.calls:
		b.t.Fatalf("sent beside another of its object: %s", c.Body)
	case <-time.After(5 * time.Millisecond):
	}
}

func TestOrderOfADestination(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		order   string
		objects []int
		atOnce  int
	}{
		{onevent.OrderNone, []int{1, 1, 1}, 3},
		{onevent.OrderObject, []int{1, 1, 2}, 2},
		{"", []int{1, 1, 2}, 2},
		{onevent.OrderAll, []int{1, 2, 3}, 1},
	} {
		t.Run(test.order, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, dispatch.Limits{})
			b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Order: test.order})
			for _, id := range test.objects {
				b.raise("ONCRMACTIVITYADD", id, 1)
			}
			for range test.atOnce {
				b.next()
			}
			b.quiet()
		})
	}
}

func TestRetriesFollowTheScheduleThenFail(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	for _, delay := range onevent.DefaultRetry {
		b.next().status(400)
		b.none()
		b.clock.Advance(delay - time.Millisecond)
		b.none()
		b.clock.Advance(time.Millisecond)
	}
	b.next().status(404)
	d := b.becomes(event, onevent.StateFailed, onevent.VerdictExhausted)
	if d.Attempts != 12 || d.Last.Status != 404 {
		t.Errorf("%d attempts, the last %+v", d.Attempts, d.Last)
	}
}

func TestRetryNoneIsASingleAttempt(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Retry: onevent.RetryNone})
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	b.next().status(500)
	b.becomes(event, onevent.StateFailed, onevent.VerdictExhausted)
}

func TestRetryAfterPausesTheDestinationAndUsesNoRetry(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	b.next().retryAfter(429, "60")
	b.idle()
	b.raise("ONCRMACTIVITYADD", 2, 1)
	b.none()
	b.clock.Advance(59 * time.Second)
	b.none()
	b.clock.Advance(time.Second)
	b.next().status(200)
	b.next().status(200)
	if d := b.becomes(event, onevent.StateDelivered, ""); d.Retries != 0 || d.Attempts != 2 {
		t.Errorf("%d retries, %d attempts", d.Retries, d.Attempts)
	}
}

func TestGoneDisablesTheHandlerUntilItIsEnabled(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	h := b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	b.next().status(410)
	b.until(func() bool { return b.dir.Handler(h.ID).Disabled == onevent.VerdictGone })
	b.raise("ONCRMACTIVITYADD", 2, 1)
	b.clock.Advance(24 * time.Hour)
	b.none()

	b.restart()
	b.none()
	b.update(func(tx onevent.Tx) error { return b.dir.PutHandler(tx, h) })
	b.engine.Wake(h.Destination)
	b.next().status(200)
	b.next().status(200)
	b.becomes(event, onevent.StateDelivered, "")
}

func TestDeadlineEndsWhatWaits(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
	event := b.raise("ONCRMACTIVITYADD", 1, 1)
	b.next().status(410)
	b.idle()
	b.clock.Advance(7*24*time.Hour - time.Millisecond)
	b.none()
	b.clock.Advance(time.Millisecond)
	b.becomes(event, onevent.StateFailed, onevent.VerdictExpired)
}

func TestUnboundWhileWaitingIsCancelled(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	h := b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
	flying := b.raise("ONCRMACTIVITYADD", 1, 1)
	waiting := b.raise("ONCRMACTIVITYADD", 1, 1)
	c := b.next()
	b.update(func(tx onevent.Tx) error {
		return b.pub.End(tx, []onevent.Handler{h}, onevent.VerdictUnbound)
	})
	b.becomes(waiting, onevent.StateCancelled, onevent.VerdictUnbound)
	c.status(200)
	b.becomes(flying, onevent.StateDelivered, "")
	b.none()
	if s := b.stats(); s.Waiting != 0 || s.Delivered != 1 || s.Cancelled != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestDismissedUsers(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	own := b.bind("ONCRMACTIVITYADD", url1, 2, noOptions)
	b.bind("ONCRMACTIVITYADD", url1+"?actor", 0, noOptions)
	b.raise("ONCRMACTIVITYADD", 1, 2)
	for range 2 {
		b.next().status(500)
	}
	b.idle()
	b.update(func(tx onevent.Tx) error {
		return b.dir.PutUser(tx, onevent.User{Portal: 1, ID: 2, Active: false})
	})
	b.clock.Advance(5 * time.Second)
	c := b.next()
	if got := c.form(t); got.Has("auth[access_token]") || got.Get("auth[scope]") == "" {
		t.Errorf("the dismissed actor's tokens were sent: %s", c.Body)
	}
	c.status(200)
	b.until(func() bool { return b.stats().Waiting == 0 })
	b.none()
	if s := b.stats(); s.Cancelled != 1 || s.Delivered != 1 {
		t.Errorf("the delivery with handler %d's own user was not cancelled: %+v", own.ID, s)
	}
}

func TestRestartGoesOnWhereItStoppedInOrder(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Order: onevent.OrderAll})
	for id := range 5 {
		b.raise("ONCRMACTIVITYADD", id+1, 1)
	}
	b.next().status(200)
	b.next() // given up by the restart, and so repeated
	b.restart()
	for want := 2; want <= 5; want++ {
		c := b.next()
		if got := c.form(t).Get("data[FIELDS][ID]"); got != fmt.Sprint(want) {
			t.Fatalf("object %s came instead of %d", got, want)
		}
		c.status(200)
	}
	b.none()
	if s := b.stats(); s.Delivered != 5 || s.Waiting != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestRestartKeepsTheDelayOfARetry(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
	b.raise("ONCRMACTIVITYADD", 1, 1)
	b.next().status(500)
	b.idle()
	b.restart()
	b.none()
	b.clock.Advance(5 * time.Second)
	b.next().status(200)
}

func TestWhatMemoryCannotHoldIsReadFromTheStoreInOrderAndOnce(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{Destination: 4, Memory: 4})
	b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Order: onevent.OrderAll})
	const events = 60
	for id := range events / 2 {
		b.raise("ONCRMACTIVITYADD", id+1, 1)
	}
	for want := 1; want <= events; want++ {
		if want%2 == 0 {
			b.raise("ONCRMACTIVITYADD", events/2+want/2, 1)
		}
		c := b.next()
		if got := c.form(t).Get("data[FIELDS][ID]"); got != fmt.Sprint(want) {
			t.Fatalf("object %s came instead of %d", got, want)
		}
		c.status(200)
	}
	b.none()
	if s := b.stats(); s.Delivered != events || s.Waiting != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestTheStoreIsNotReadAgainForWhatWasCancelled(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{Destination: 4})
	b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Order: onevent.OrderAll})
	newest := b.bind("ONCRMACTIVITYUPDATE", url1, 0, onevent.DeliveryOptions{Order: onevent.OrderAll})
	const events = 6
	for id := range events {
		b.raise("ONCRMACTIVITYADD", id+1, 1)
	}
	b.raise("ONCRMACTIVITYUPDATE", 1, 1)
	b.update(func(tx onevent.Tx) error { return b.pub.End(tx, []onevent.Handler{newest}, onevent.VerdictUnbound) })
	for range events {
		b.next().status(200)
	}
	b.none()
	views := b.store.views.Load()
	b.none()
	if again := b.store.views.Load() - views; again > 0 {
		t.Errorf("the store was read %d times with nothing to do", again)
	}
	b.raise("ONCRMACTIVITYADD", 9, 1)
	b.next().status(200)
}

func TestLargeEventsFillMemorySooner(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{Destination: 64})
	b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Order: onevent.OrderAll})
	entry, _ := catalog.Lookup("ONCRMACTIVITYADD")
	const events = 12
	for id := range events {
		data := wire.Map(wire.F("FIELDS", wire.Map(wire.F("ID", wire.Int(int64(id+1))), wire.F("TEXT", wire.String(strings.Repeat("x", 20<<10))))))
		b.update(func(tx onevent.Tx) error {
			_, err := b.pub.Raise(tx, publish.Raised{Portal: b.dir.Portal(b.portal), Event: entry, Data: data, Actor: 1})
			return err
		})
	}
	before := b.store.views.Load()
	for want := 1; want <= events; want++ {
		c := b.next()
		if got := c.form(t).Get("data[FIELDS][ID]"); got != fmt.Sprint(want) {
			t.Fatalf("object %s came instead of %d", got, want)
		}
		c.status(200)
	}
	b.none()
	if b.store.views.Load() == before {
		t.Error("12 events of 20 kB lay in memory that holds 64")
	}
}

func TestSendingStopsWhileNothingCanBeSettled(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{Unsettled: 3})
	b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Concurrency: 1})
	const events = 20
	for id := range events {
		b.raise("ONCRMACTIVITYADD", id+1, 1)
	}
	b.store.refuse.Store(true)
	sent := 3
	for range sent {
		b.next().status(200)
	}
	for stopped := false; !stopped; {
		select {
		case c := <-b.calls:
			sent++
			c.status(200)
		case <-time.After(200 * time.Millisecond):
			stopped = true
		}
	}
	if sent >= events || !b.engine.Stuck() {
		t.Fatalf("%d of %d were sent with nothing settled; it says that it is stuck: %v", sent, events, b.engine.Stuck())
	}
	b.store.refuse.Store(false)
	for range events - sent {
		for got := false; !got; {
			select {
			case c := <-b.calls:
				c.status(200)
				got = true
			case <-time.After(time.Millisecond):
				b.clock.Advance(time.Second)
			}
		}
	}
	b.until(func() bool { b.clock.Advance(time.Second); return b.stats().Delivered == events && !b.engine.Stuck() })
}

func TestStopWaitsForAttemptsInFlightAndSettlesThem(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Order: onevent.OrderAll})
	const events = 1000
	for id := range events {
		b.raise("ONCRMACTIVITYADD", id+1, 1)
	}
	first := b.next()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		b.engine.Stop(context.Background())
	}()
	first.status(200)
	answered := int64(1)
	for running := true; running; {
		select {
		case c := <-b.calls:
			answered++
			c.status(200)
		case <-stopped:
			running = false
		}
	}
	if s := b.stats(); s.Delivered != answered || s.Waiting != events-answered {
		t.Errorf("%d were answered, stats %+v", answered, s)
	}
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	b.open()
}

func TestCeilings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limits dispatch.Limits
		opts   onevent.DeliveryOptions
		want   int
	}{
		"destination starts with 8":  {dispatch.Limits{}, noOptions, 8},
		"destination's own":          {dispatch.Limits{}, onevent.DeliveryOptions{Concurrency: 2}, 2},
		"host":                       {dispatch.Limits{Host: 3}, noOptions, 3},
		"server":                     {dispatch.Limits{Server: 4}, noOptions, 4},
		"a rate's burst at one time": {dispatch.Limits{}, onevent.DeliveryOptions{Rate: 1, Burst: 5}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, test.limits)
			b.bind("ONCRMACTIVITYADD", url1, 0, test.opts)
			for id := range 20 {
				b.raise("ONCRMACTIVITYADD", id+1, 1)
			}
			for range test.want {
				b.next()
			}
			b.quiet()
		})
	}
}

func TestEventOfOtherInstallationsWaitForNobody(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
	b.bind("ONCRMACTIVITYADD", "https://other.example.com/", 0, noOptions)
	b.raise("ONCRMACTIVITYADD", 1, 1)
	one, two := b.next(), b.next()
	if one.URL == two.URL {
		t.Fatal("one destination got both")
	}
	one.status(500)
	b.raise("ONCRMACTIVITYADD", 1, 1)
	two.status(200)
	if c := b.next(); c.URL != two.URL {
		t.Fatalf("%s was attempted again before its time", c.URL)
	}
}
