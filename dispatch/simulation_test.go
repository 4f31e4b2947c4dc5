package dispatch_test

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
)

var (
	simSeed  = flag.Uint64("sim-seed", 0, "seed of the simulation; 0 draws one")
	simHours = flag.Int("sim-hours", 2, "hours that the simulation plays, and as many for what is left")
	simScale = flag.Int("sim-handlers", 2000, "handlers of the simulation")
)

// TestSimulation plays hours of a server with thousands of handlers, most of
// which have outages, slow hours, poisoned objects and pauses, with crashes in
// between, and holds every attempt to the promises:
//
//   - nothing is lost: in the end all is delivered, or failed for a reason;
//   - order: no attempt of a delivery before the one before it in its object's
//     queue was answered or given up;
//   - limits: attempts at once of a destination, a host, the server; the rate;
//   - a retry does not come before it is due, and nothing is tried again at once;
//   - everyone is served: a destination without faults gets each delivery at
//     once, whatever becomes of the others.
func TestSimulation(t *testing.T) {
	t.Parallel()
	seed := *simSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	handlers := *simScale
	if raced {
		handlers /= 5
	}
	t.Logf("seed %d (-sim-seed)", seed)
	synctest.Test(t, func(t *testing.T) { newSimulation(t, seed, handlers).play(*simHours) })
}

// simulation is a world whose receivers fail by plan.
type simulation struct {
	*world
	seed      uint64
	rand      *rand.Rand
	receivers []*simReceiver
	byURL     map[string]*simReceiver

	mu       sync.Mutex
	calm     time.Time // from then on nobody fails
	inFlight int
	hosts    map[string]int
	attempts int
	probes   int
}

// simReceiver is one destination and what is known of it.
type simReceiver struct {
	onevent.Handler
	host      string
	options   onevent.DeliveryOptions
	faulty    bool
	latency   time.Duration
	outages   []span // nothing is answered
	slow      []span // answers take 6 s
	now       int    // attempts under way
	rateUsed  float64
	rateAt    time.Time
	queues    map[string][]onevent.DeliveryID // by object, as they were published
	due       map[onevent.DeliveryID]time.Time
	published map[onevent.DeliveryID]time.Time
	begun     map[onevent.DeliveryID][]time.Time // its newest three attempts
}

type span struct{ from, to time.Time }

func within(spans []span, t time.Time) bool {
	for _, s := range spans {
		if !t.Before(s.from) && t.Before(s.to) {
			return true
		}
	}
	return false
}

const (
	simPortals = 40
	simHosts   = 60
	simHost    = 64
	simServer  = 1024
)

func newSimulation(t *testing.T, seed uint64, handlers int) *simulation {
	s := &simulation{
		world: newWorld(t, dispatch.Limits{Server: simServer, Host: simHost}), seed: seed, rand: rand.New(rand.NewPCG(seed, 1)),
		byURL: map[string]*simReceiver{}, hosts: map[string]int{},
	}
	s.found(simPortals, app1)
	for n := range handlers {
		s.add(n)
	}
	s.world.post, s.world.seen = s.answer, s.observe
	return s
}

// add makes a receiver: one in ten is without faults on a host of its own.
func (s *simulation) add(n int) {
	r := &simReceiver{
		faulty: n%10 != 0, latency: time.Duration(1+s.rand.IntN(300)) * time.Millisecond,
		queues: map[string][]onevent.DeliveryID{}, due: map[onevent.DeliveryID]time.Time{},
		published: map[onevent.DeliveryID]time.Time{}, begun: map[onevent.DeliveryID][]time.Time{},
	}
	r.host = fmt.Sprintf("good%d.test", n)
	if r.faulty {
		r.host = fmt.Sprintf("h%d.test", s.rand.IntN(simHosts))
		r.options = s.drawOptions()
	}
	portal := onevent.PortalID(1 + s.rand.IntN(simPortals))
	r.Handler = s.bind(portal, 1, fmt.Sprintf("ONCRM%sUPDATE", []string{"LEAD", "DEAL", "COMPANY", "CONTACT"}[n%4]), fmt.Sprintf("https://%s/%d", r.host, n), r.options)
	s.receivers = append(s.receivers, r)
	s.byURL[r.URL] = r
}

func (s *simulation) drawOptions() (o onevent.DeliveryOptions) {
	switch s.rand.IntN(8) {
	case 0:
		o.Order = onevent.OrderAll
	case 1:
		o.Order = onevent.OrderNone
	case 2:
		o.Concurrency = 1 + s.rand.IntN(3)
	case 3:
		o.Rate, o.Burst = 0.5+s.rand.Float64(), 1+s.rand.IntN(5)
	case 4:
		o.Retry = "1s,10s,1m,10m,10m"
	}
	return o
}

// play publishes for some hours of faults and crashes, and then waits for what
// is left.
func (s *simulation) play(hours int) {
	began := time.Now()
	end := began.Add(time.Duration(hours) * time.Hour)
	s.calm = end
	for _, r := range s.receivers {
		r.plan(s.rand, began, end)
	}
	s.start()
	crash := s.nextCrash()
	for events := 0; time.Now().Before(end); events++ {
		s.pass(time.Duration(s.rand.ExpFloat64() * float64(time.Second)))
		code := fmt.Sprintf("ONCRM%sUPDATE", []string{"LEAD", "DEAL", "COMPANY", "CONTACT"}[s.rand.IntN(4)])
		s.publish(onevent.PortalID(1+s.rand.IntN(simPortals)), code, fmt.Sprint(1+s.rand.IntN(20)))
		if time.Now().After(crash) {
			s.crashNow()
			crash = s.nextCrash()
		}
	}
	s.pass(72 * time.Hour)
	s.stop()
	if n := s.waitingNow(); n != 0 {
		s.t.Errorf("%d deliveries still wait in the end", n)
	}
	st := s.store.counts()
	if st[onevent.StateDelivered] == 0 || s.probes == 0 {
		s.t.Errorf("the simulation shows nothing: settled %v, probes %d", st, s.probes)
	}
	s.t.Logf("%d attempts, %d of them probes; delivered %d, failed %d", s.attempts, s.probes, st[onevent.StateDelivered], st[onevent.StateFailed])
}

func (s *simulation) nextCrash() time.Time {
	return time.Now().Add(time.Duration(s.rand.ExpFloat64() * float64(20*time.Minute)))
}

// plan draws when a faulty receiver fails.
func (r *simReceiver) plan(rnd *rand.Rand, from, to time.Time) {
	draw := func(every, length time.Duration) (all []span) {
		for at := from; ; {
			at = at.Add(time.Duration(rnd.ExpFloat64() * float64(every)))
			if !at.Before(to) || !r.faulty {
				return all
			}
			until := at.Add(time.Duration(rnd.ExpFloat64() * float64(length)))
			all = append(all, span{at, until})
			at = until
		}
	}
	r.outages = draw(time.Hour, 20*time.Minute)
	r.slow = draw(2*time.Hour, 5*time.Minute)
}

// publish raises an event and notes what must come of it.
func (s *simulation) publish(p onevent.PortalID, code, id string) {
	s.mu.Lock() // an attempt is checked once what must come of the event is noted
	defer s.mu.Unlock()
	s.raise(p, code, id)
	for _, h := range s.dir.Handlers(p, code) {
		r := s.byURL[h.URL]
		d := s.store.newestAt(h.Destination)
		r.published[d] = time.Now()
		key := r.key(code, id, d)
		r.queues[key] = append(r.queues[key], d)
	}
}

// key is the queue of an object at a destination.
func (r *simReceiver) key(code, id string, d onevent.DeliveryID) string {
	switch r.options.Order {
	case onevent.OrderAll:
		return ""
	case onevent.OrderNone:
		return fmt.Sprint("delivery ", d)
	}
	return code + id
}

// crashNow kills the engine. What had been answered and was not written down is
// waiting again: the store tells.
func (s *simulation) crashNow() {
	s.crash()
	s.mu.Lock()
	s.inFlight, s.hosts = 0, map[string]int{}
	for _, r := range s.receivers {
		r.now, r.rateAt = 0, time.Time{}
		clear(r.queues)
		clear(r.due)
		clear(r.begun)
		clear(r.published)
		for _, w := range s.store.waitingAt(r.Destination) {
			d := w.Delivery
			key := r.key(w.Event.Code, w.Event.Object.ID, d.ID)
			r.queues[key] = append(r.queues[key], d.ID)
			r.due[d.ID] = d.Due
		}
	}
	s.mu.Unlock()
	s.start()
}

// answer is what a receiver does, and where each attempt is held to the
// promises.
func (s *simulation) answer(ctx context.Context, q egress.Request) (egress.Response, error) {
	r := s.byURL[q.URL]
	var id onevent.DeliveryID
	fmt.Sscan(q.Header[0][1], &id)
	call := call{Request: q}
	open := s.engine.Condition(r.Destination).Breaker == dispatch.BreakerOpen
	s.begin(r, id, r.key(call.value("event"), call.value("data[FIELDS][ID]"), id), open)
	status, took := r.respond(s.draw(id, q.Header[1][1]), call.value("data[FIELDS][ID]"), time.Now().Before(s.calm))
	answer, err := answerAfter(ctx, took, status)
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() == nil {
		r.now--
		s.inFlight--
		s.hosts[r.host]--
	}
	if err == nil && status == 0 {
		return egress.Response{Duration: took}, &egress.Error{Reason: egress.ReasonTimeout}
	}
	if status == 503 {
		answer.RetryAfter = "30"
	}
	return answer, err
}

// draw is a number of an attempt that another run with the same seed draws again.
func (s *simulation) draw(id onevent.DeliveryID, stamp string) float64 {
	h := fnv.New64a()
	fmt.Fprint(h, s.seed, id, stamp)
	return float64(h.Sum64()%1_000_000) / 1_000_000
}

// respond draws an answer; status 0: none.
func (r *simReceiver) respond(x float64, object string, faults bool) (status int, took time.Duration) {
	now := time.Now()
	switch {
	case !r.faulty || !faults:
		return 200, r.latency
	case within(r.outages, now) && x < 0.5:
		return 0, 20 * time.Second
	case within(r.outages, now):
		return 500, r.latency
	case within(r.slow, now):
		return 200, 6 * time.Second
	case object == "7": // poisoned
		return 500, r.latency
	case object == "8": // refused
		return 422, r.latency
	case x < 0.01:
		return 503, r.latency
	case x < 0.03:
		return 500, r.latency
	}
	return 200, r.latency
}

// begin checks an attempt that begins.
func (s *simulation) begin(r *simReceiver, id onevent.DeliveryID, key string, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.attempts++
	r.now++
	s.inFlight++
	s.hosts[r.host]++
	if waiting := r.queues[key]; len(waiting) == 0 || waiting[0] != id {
		s.t.Errorf("delivery %d of %s goes out while %v of its object wait", id, r.URL, waiting)
	}
	if due := r.due[id]; now.Before(due) {
		s.t.Errorf("delivery %d goes out %v before it is due", id, due.Sub(now))
	}
	if !open { // a probe that fails uses no retry: another object's may close the breaker right after it
		s.notAgainAtOnce(r, id, now)
	}
	limit := 64
	if r.options.Concurrency > 0 {
		limit = r.options.Concurrency
	}
	if r.now > limit || s.hosts[r.host] > simHost || s.inFlight > simServer {
		s.t.Errorf("at once: destination %d of %d, host %d, server %d", r.now, limit, s.hosts[r.host], s.inFlight)
	}
	s.rate(r, now)
	if open {
		s.probes++
	}
	if at, first := r.published[id]; first && !r.faulty && now.Sub(at) > time.Second && len(r.queues[key]) == 1 && r.now == 1 {
		s.t.Errorf("delivery %d to a receiver without faults went out after %v", id, now.Sub(at))
	}
	delete(r.published, id)
}

// notAgainAtOnce holds three attempts in a row to the shortest retry: 1 s, less a
// tenth.
func (s *simulation) notAgainAtOnce(r *simReceiver, id onevent.DeliveryID, now time.Time) {
	newest := append(r.begun[id], now)
	if len(newest) > 3 {
		if newest = newest[1:]; now.Sub(newest[0]) < 1700*time.Millisecond {
			s.t.Errorf("delivery %d goes out three times within %v", id, now.Sub(newest[0]))
		}
	}
	r.begun[id] = newest
}

// rate holds a destination to its bucket.
func (s *simulation) rate(r *simReceiver, now time.Time) {
	if r.options.Rate == 0 {
		return
	}
	r.rateUsed = max(0, r.rateUsed-r.options.Rate*now.Sub(r.rateAt).Seconds()) + 1
	if r.rateAt.IsZero() {
		r.rateUsed = 1
	}
	r.rateAt = now
	if r.rateUsed > float64(r.options.Burst)+0.001 {
		s.t.Errorf("%s is called %.2f beyond its burst of %d", r.URL, r.rateUsed, r.options.Burst)
	}
}

// observe takes in what the engine made of an attempt.
func (s *simulation) observe(o dispatch.Observed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.byURL[o.Handler.URL]
	id := o.Delivery
	if o.Outcome.State == onevent.StateWaiting {
		r.due[id] = o.Outcome.Due
		return
	}
	key := r.key(o.Event.Code, o.Event.Object.ID, id)
	if waiting := r.queues[key]; len(waiting) > 0 && waiting[0] == id {
		r.queues[key] = waiting[1:]
	}
	delete(r.due, id)
	delete(r.begun, id)
}
