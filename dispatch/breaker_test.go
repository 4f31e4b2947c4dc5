package dispatch_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
)

// object is the activity that an attempt is about.
func (c *call) object(t *testing.T) string { return c.form(t).Get("data[FIELDS][ID]") }

// all are the attempts under way that were not answered yet.
func (b *bed) all() (calls []*call) {
	for {
		synctest.Wait()
		select {
		case c := <-b.calls:
			calls = append(calls, c)
		default:
			return calls
		}
	}
}

// outage has five attempts fail, which opens the breaker.
func (b *bed) outage(objects int) {
	b.t.Helper()
	for id := range objects {
		b.raise("ONCRMACTIVITYADD", id+1, 1)
	}
	for range 5 {
		b.next().fail(egress.ReasonConnect)
	}
	b.idle()
}

func (b *bed) condition(h onevent.Handler) dispatch.Condition {
	return b.engine.Condition(h.Destination)
}

func TestAnOutageUsesNoRetryAndIsProbedOneAtATime(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		h := b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Concurrency: 1})
		b.outage(30)
		if c := b.condition(h); c.Breaker != dispatch.BreakerOpen || c.Attempts != 5 || c.Waiting != 30 || time.Until(c.NextProbe) != 5*time.Second {
			t.Fatalf("its condition is %+v", c)
		}
		b.none()
		probed := map[string]bool{}
		for _, wait := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 600, 600, 600} {
			b.pass(wait*time.Second - time.Millisecond)
			b.none()
			b.pass(time.Millisecond)
			c := b.next()
			probed[c.object(t)] = true
			b.quiet() // one at a time
			c.status(500)
		}
		if len(probed) != 10 {
			t.Errorf("ten probes were made with %d objects", len(probed))
		}
		b.idle()
		b.pass(10 * time.Minute)
		b.next().status(200)
		for range 29 {
			b.next().status(200)
		}
		b.idle()
		b.view(func(r onevent.Reader) error {
			for id := range 30 {
				all, err := r.Deliveries(onevent.EventID(id + 1))
				if err != nil {
					return err
				}
				if d := all[0]; d.State != onevent.StateDelivered || d.Retries > 1 {
					t.Errorf("delivery %d is %s after %d retries", d.ID, d.State, d.Retries)
				}
			}
			return nil
		})
		if c := b.condition(h); c.Breaker != dispatch.BreakerClosed || c.Attempts != 0 || !c.Since.IsZero() || c.Waiting != 0 {
			t.Errorf("after the outage its condition is %+v", c)
		}
	})
}

func TestTheBacklogOfAnOutageDrainsNoFasterThanTheHandlerBears(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
		for id := range 400 {
			b.raise("ONCRMACTIVITYADD", id+1, 1)
		}
		first := b.all()
		if len(first) != 8 {
			t.Fatalf("it starts with %d at once", len(first))
		}
		for _, c := range first {
			c.fail(egress.ReasonTimeout)
		}
		b.none()
		b.pass(5 * time.Second)
		atOnce := b.all()
		for round := 1; len(atOnce) > 0 && round < 20; round++ {
			if len(atOnce) > round {
				t.Fatalf("in round %d after the outage there are %d at once", round, len(atOnce))
			}
			for _, c := range atOnce {
				c.status(200)
			}
			atOnce = b.all()
		}
		if len(atOnce) < 10 {
			t.Errorf("after twenty rounds of good answers there are %d at once", len(atOnce))
		}
	})
}

func TestABreakerOutlivesARestart(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		h := b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Concurrency: 1})
		b.outage(20)
		b.pass(5 * time.Second)
		b.next().status(502)
		b.none()
		b.restart()
		c := b.next()
		b.quiet()
		c.status(500)
		b.none()
		b.pass(20*time.Second - time.Millisecond)
		b.none()
		b.pass(time.Millisecond)
		b.next().status(200)
		for range 19 {
			b.next().status(200)
		}
		b.idle()
		b.restart()
		if c := b.condition(h); c.Breaker != dispatch.BreakerClosed || c.Attempts != 0 {
			t.Errorf("after an outage and a restart its condition is %+v", c)
		}
		b.view(func(r onevent.Reader) error {
			return r.Outages().Each(func(o onevent.Outage) error {
				return fmt.Errorf("%+v is remembered", o)
			})
		})
	})
}

func TestADestinationWhoseLastAttemptFailedStartsWithOneProbe(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
		b.raise("ONCRMACTIVITYADD", 1, 1)
		b.next().status(500)
		b.idle()
		b.close()
		b.open()
		for id := range 5 {
			b.raise("ONCRMACTIVITYADD", id+2, 1)
		}
		c := b.next()
		b.quiet()
		c.status(200)
		for range 4 {
			b.next().status(200)
		}
	})
}

func TestAPoisonedEventDelaysItsObjectAlone(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		h := b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
		b.raise("ONCRMACTIVITYADD", 13, 1)
		b.raise("ONCRMACTIVITYADD", 13, 1)
		poisoned, opened, last := 0, false, time.Now()
		fail := func() {
			for {
				b.idle()
				select {
				case c := <-b.calls:
					if c.object(t) != "13" {
						t.Fatalf("object %s came", c.object(t))
					}
					poisoned++
					c.status(500)
				default:
					return
				}
			}
		}
		for n := range 300 {
			for fail(); b.time().Now().Sub(last) < time.Duration(n%40)*time.Minute; fail() {
				b.pass(time.Minute)
			}
			last = b.time().Now()
			opened = opened || b.condition(h).Breaker == dispatch.BreakerOpen
			b.raise("ONCRMACTIVITYADD", 100+n, 1)
			if c := b.next(); c.object(t) != fmt.Sprint(100+n) {
				t.Fatalf("object %s came instead of %d", c.object(t), 100+n)
			} else {
				c.status(200)
			}
			b.none()
		}
		if !opened || poisoned < 12 {
			t.Errorf("the poisoned one came %d times, and the breaker was open: %t", poisoned, opened)
		}
	})
}

func TestADeadDestinationIsDisabledAndTheOperatorIsTold(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		h := b.bind("ONCRMACTIVITYADD", url1, 0, noOptions)
		other := b.bind("ONCRMACTIVITYADD", url1+"?other", 0, noOptions)
		twin := b.bind("ONCRMACTIVITYUPDATE", url1, 0, noOptions)
		b.raise("ONCRMACTIVITYADD", 1, 1)
		began, attempts := time.Now(), 1
		for range 2 {
			if c := b.next(); c.URL == url1 {
				c.status(500)
			} else {
				c.status(200)
			}
		}
		for b.idle(); b.dir.Handler(h.ID).Disabled == ""; b.idle() {
			if time.Since(began) > 6*24*time.Hour {
				t.Fatal("it is not disabled after six days")
			}
			b.pass(time.Minute)
			select {
			case c := <-b.calls:
				attempts++
				c.status(500)
			default:
			}
		}
		if time.Since(began) < 5*24*time.Hour || attempts < 20 {
			t.Errorf("it was disabled after %v and %d attempts", time.Since(began), attempts)
		}
		if b.dir.Handler(h.ID).Disabled != onevent.VerdictNoSuccess || b.dir.Handler(twin.ID).Disabled != onevent.VerdictNoSuccess || b.dir.Handler(other.ID).Disabled != "" {
			t.Errorf("it is %q, the twin %q, the other %q", b.dir.Handler(h.ID).Disabled, b.dir.Handler(twin.ID).Disabled, b.dir.Handler(other.ID).Disabled)
		}
		told := map[onevent.HandlerID]onevent.OperatorEvent{}
		for range 2 {
			e := <-b.told
			told[e.Handler] = e
		}
		if e := told[h.ID]; e.Type != onevent.OperatorHandlerDisabled || e.Verdict != onevent.VerdictNoSuccess || e.Destination != h.Destination || e.Portal != 1 {
			t.Errorf("the operator was told %+v", told)
		}
		b.pass(time.Hour)
		b.none()
		// Enabled again, it is probed at once and has its five days anew.
		b.update(func(tx onevent.Tx) error { return b.dir.PutHandler(tx, h) })
		b.engine.Wake(h.Destination)
		b.next().status(500)
		b.idle()
		if b.dir.Handler(h.ID).Disabled != "" {
			t.Error("it was disabled after one more failure")
		}
	})
}

func TestOutcomesOfAProbeThatSaysNothingAboutTheDestination(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		h := b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Concurrency: 1})
		b.outage(10)
		b.pass(5 * time.Second)
		b.next().status(404)
		b.none()
		b.pass(5 * time.Second)
		b.next().retryAfter(503, "60")
		b.none()
		b.pass(59 * time.Second)
		b.none()
		b.pass(time.Second)
		b.next().status(200)
		b.until(func() bool { return b.condition(h).Breaker == dispatch.BreakerClosed })
		b.next().status(200)
	})
}

func TestWhatWaitsBehindAnOpenBreakerExpires(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Concurrency: 1})
		b.outage(7)
		event := b.raise("ONCRMACTIVITYADD", 99, 1)
		// Nobody looks at the clock but the timers: they come one by one.
		for range 1100 {
			b.pass(10 * time.Minute)
			select {
			case c := <-b.calls:
				c.status(500)
				b.idle()
			default:
			}
		}
		b.until(func() bool { return b.stats().Waiting == 0 })
		if d := b.delivery(event); d.State != onevent.StateFailed || d.Verdict != onevent.VerdictExpired {
			t.Errorf("it is %s, %s", d.State, d.Verdict)
		}
	})
}

// A destination that was out of order when its last handler ended would be
// remembered for good.
func TestWhatIsKnownOfADestinationThatIsRemovedIsForgotten(t *testing.T) {
	inBubble(t, dispatch.Limits{}, func(t *testing.T, b *bed) {
		h := b.bind("ONCRMACTIVITYADD", url1, 0, onevent.DeliveryOptions{Concurrency: 1})
		b.outage(8)
		b.engine.Forget(h.Destination)
		if c := b.condition(h); c.Breaker != dispatch.BreakerOpen || c.Waiting != 8 {
			t.Fatalf("a queue in which deliveries wait is forgotten: %+v", c)
		}
		b.update(func(tx onevent.Tx) error {
			n, err := tx.CancelWaiting(h.Destination, h.ID, onevent.VerdictUnbound, 100)
			tx.OnCommit(func() { b.engine.Drop(h.Destination, h.ID, n) })
			return err
		})
		b.engine.Forget(h.Destination)
		b.engine.Forget(99)
		if n := dispatch.Queues(b.engine); n != 0 {
			t.Errorf("%d queues are left", n)
		}
		b.pass(time.Hour)
		b.none()
	})
}
