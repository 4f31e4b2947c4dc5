package e2e_test

import (
	"math"
	"time"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/e2e/faulty"
	"github.com/onevent/onevent/internal/e2e/history"
)

// round kills the server a number of times, ends all faults, and waits until
// everything has come.
func (k *killing) round(kills int) {
	k.o.t.Helper()
	k.ill()
	long := k.rand.IntN(kills)
	for n := range kills {
		if n == long {
			k.outage()
		}
		k.change()
		k.live(k.moment(), k.moment())
	}
	k.recover()
	k.end()
}

// ill has the handlers fail. Where retries are slow, a delivery fails once at
// the most.
func (k *killing) ill() {
	plan := faulty.Plan{Error: 0.03, Absent: 0.02, HangUp: 0.02, Wait: 0.003, Slow: 0.05, Slowest: 300 * time.Millisecond, RetryAfter: 2 * time.Second}
	rare := faulty.Plan{Error: 0.02, HangUp: 0.01, Slow: 0.05, Slowest: 50 * time.Millisecond}
	if !k.quick {
		plan = faulty.Plan{Error: 0.005, Absent: 0.005, HangUp: 0.005, Wait: 0.003, Slow: 0.05, Slowest: 300 * time.Millisecond, RetryAfter: 2 * time.Second, Failures: 1}
		rare = faulty.Plan{HangUp: 0.005, Slow: 0.05, Slowest: 50 * time.Millisecond, Failures: 1}
	}
	for name := range ours {
		k.host(name).Follow(name, plan)
	}
	k.steady.Follow(serial, rare)
	k.steady.Follow(once, faulty.Plan{Error: 0.05, Absent: 0.05, HangUp: 0.05})
}

// moment is how long a life goes on: most are short.
func (k *killing) moment() time.Duration {
	longest := 200
	if k.rand.IntN(4) == 0 {
		longest = 1000
	}
	return time.Duration(10+k.rand.IntN(longest)) * time.Millisecond
}

// change has the host that is away now and then go or come back.
func (k *killing) change() {
	switch {
	case !k.quick:
	case k.lives > 0:
		if k.lives--; k.lives == 0 {
			k.away.Be(k.o.t, faulty.Well)
		}
	case k.rand.IntN(3) == 0:
		k.lives = 1 + k.rand.IntN(3)
		k.away.Be(k.o.t, []faulty.State{faulty.Failing, faulty.Away}[k.rand.IntN(2)])
	}
}

// live publishes for a while, has the host change, goes on, kills the server in
// the middle of it, and judges what came.
func (k *killing) live(before, after time.Duration) {
	k.o.t.Helper()
	k.during(func() {
		pass(before)
		k.change()
		pass(after)
		k.kill()
	})
	k.restart()
	k.publishers.repeat()
	k.safe()
}

// during publishes while do runs.
func (k *killing) during(do func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() { defer close(ended); k.publishers.run(done) }()
	do()
	close(done)
	<-ended
}

// pass lets time pass, as it does for a server that is left alone.
func pass(d time.Duration) { <-time.After(d) }

// kill ends the server and takes in all that it had sent.
func (k *killing) kill() {
	k.o.t.Helper()
	k.o.Kill()
	k.steady.Drain(k.o.t)
	k.away.Drain(k.o.t)
}

func (k *killing) restart() {
	k.o.t.Helper()
	k.log.Live()
	k.o.start()
}

// outageLives are the lives of the server in an outage.
const outageLives = 2

// mostInOutage is what may come in an outage to a destination with three
// attempts at once: five failures and what went on beside them, one probe of
// each further life, then one after 5 s, 10 s and so on, and three more because
// each failure may have been preceded by a success.
func mostInOutage(d time.Duration) int {
	most := 5 + 3 + (outageLives - 1) + 3
	for pause := 5 * time.Second; d > pause; pause *= 2 {
		d -= pause
		most++
	}
	return most
}

// outage has everything at one host fail for a while and over two kills, and
// counts what came there.
func (k *killing) outage() {
	k.o.t.Helper()
	if !k.quick {
		return
	}
	k.lives = math.MaxInt // nothing changes before it ends
	k.away.Be(k.o.t, faulty.Failing)
	span := history.Span{From: k.log.Tick()}
	for range outageLives {
		k.live(*outageTime/outageLives/2, *outageTime/outageLives/2)
	}
	span.To = k.log.Tick()
	k.lives = 0
	k.away.Be(k.o.t, faulty.Well)
	h := k.history()
	k.o.t.Logf("%d attempts in an outage of %v at %s, %d at %s", h.Within(few, span), *outageTime, few, h.Within(unordered, span), unordered)
	k.mustHold(h, history.Rare(h, []history.Outage{{Destination: few, Span: span, Most: mostInOutage(*outageTime)}}))
}

// recover ends all faults and waits until everything is settled. One more life
// begins with a probe: after several that failed, a breaker may else wait for
// minutes.
func (k *killing) recover() {
	k.o.t.Helper()
	k.lives = math.MaxInt
	k.away.Be(k.o.t, faulty.Well)
	k.away.Heal()
	k.steady.Heal()
	k.live(k.moment(), k.moment())
	k.lives = 0
	k.untilSettled()
	k.complete()
}

// end kills the settled server once more: what comes after that is new, and so
// is what is judged from there on.
func (k *killing) end() {
	k.o.t.Helper()
	k.kill()
	k.restart()
	k.during(func() { pass(e2e.Patience / 60) })
	k.publishers.repeat()
	k.untilSettled()
	k.complete()
	h := k.history()
	k.count(h)
	k.judgeStats()
	k.log.Forget()
	k.steady.Forget()
	k.away.Forget()
	clear(k.ends)
}

func (k *killing) count(h *history.History) {
	k.acknowledged += len(h.Facts)
	for _, f := range h.Facts {
		k.deliveries += *f.Counted
	}
	k.attempts += len(h.Attempts)
	succeeded := map[history.Key]bool{}
	for _, a := range h.Attempts {
		if succeeded[a.Key] {
			k.repeats++
		}
		succeeded[a.Key] = succeeded[a.Key] || a.OK()
	}
}

// judgeStats wants every delivery of every acknowledged event counted as ended.
func (k *killing) judgeStats() {
	k.o.t.Helper()
	s := k.o.must("GET", "/stats", nil, 200)
	ended := int(s["delivered"].(float64) + s["failed"].(float64) + s["cancelled"].(float64))
	if int(s["events"].(float64))-k.before != k.acknowledged || ended != k.deliveries || s["cancelled"] != 0.0 {
		k.o.t.Errorf("%d events with %d deliveries were acknowledged, the server counts %v", k.acknowledged, k.deliveries, s)
	}
}
