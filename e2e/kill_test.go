// Package e2e_test kills the real server, fills its disk and lets it run for
// long, under load and with handlers that fail.
package e2e_test

import (
	"flag"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/e2e/faulty"
	"github.com/onevent/onevent/internal/e2e/history"
)

func TestMain(m *testing.M) { e2e.Main(m) }

var (
	kills = flag.Int("kills", 16, "how often the kill test kills the server")
	// A breaker's pauses are told from those of the slow-down, of at most 3.2 s,
	// only by an outage of 40 s.
	outageTime = flag.Duration("outage", 6*time.Second, "how long the longest outage of the kill test takes")
)

// killsOfARound is after how many kills everything must come to rest once.
const killsOfARound = 16

// TestKillLosesNothingAcknowledged kills the real server at random moments under
// publishing load, while handlers fail at random, are away, and ask to be left
// alone. After each kill nothing may have been swapped, skipped, sent once too
// often or too fast; when the faults end, all that was acknowledged arrives.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	k := newKilling(t)
	for done := 0; done < *kills; done += killsOfARound {
		k.round(min(killsOfARound, *kills-done))
	}
	k.shutDown()
	t.Logf("%d kills, %d acknowledged, %d attempts, %d of them repeats after a crash", *kills, k.acknowledged, k.attempts, k.repeats)
	if k.acknowledged < *kills {
		t.Errorf("only %d events were acknowledged", k.acknowledged)
	}
}

// Destinations of the kill test.
const (
	perObject = "object" // all of an activity
	unordered = "none"
	serial    = "all"
	few       = "few" // all of an activity, with few attempts at once
	slowly    = "rate"
	once      = "once" // without retries
)

// ours are the options and events of each destination, as they are asked for.
var ours = map[string]struct {
	options url.Values
	events  []string
	history.Destination
}{
	perObject: {nil, activityEvents, history.Destination{Order: history.OrderObject}},
	unordered: {url.Values{"order": {"none"}}, activityEvents[1:2], history.Destination{Order: history.OrderNone}},
	serial:    {url.Values{"order": {"all"}}, []string{"ONCRMCOMPANYUPDATE"}, history.Destination{Order: history.OrderAll}},
	few:       {url.Values{"concurrency": {"3"}}, activityEvents, history.Destination{Order: history.OrderObject, Concurrency: 3}},
	slowly:    {url.Values{"rate": {"60"}, "burst": {"10"}}, []string{"ONCRMDEALADD"}, history.Destination{Order: history.OrderObject, Rate: 60, Burst: 10}},
	once:      {url.Values{"retry": {"none"}}, []string{"ONCRMLEADUPDATE"}, history.Destination{Order: history.OrderObject}},
}

var activityEvents = []string{"ONCRMACTIVITYADD", "ONCRMACTIVITYUPDATE", "ONCRMACTIVITYDELETE"}

var drawn = []published{
	{"ONCRMACTIVITYADD", "activity", 20}, {"ONCRMACTIVITYUPDATE", "activity", 40}, {"ONCRMACTIVITYDELETE", "activity", 10},
	{"ONCRMCOMPANYUPDATE", "company", 4}, {"ONCRMDEALADD", "deal", 15}, {"ONCRMLEADUPDATE", "lead", 10},
}

// killing is a server with publishers and handlers, and what is known of them.
type killing struct {
	*judge
	rand       *rand.Rand
	publishers publishers

	steady *faulty.Receiver // fails at random and is never away
	away   *faulty.Receiver // is away now and then
	lives  int              // that its outage still has

	bound []history.Handler
	quick bool // retries are quick, and so an outage can be a real one

	before                                      int // events of the installation
	acknowledged, deliveries, attempts, repeats int
}

func newKilling(t *testing.T) *killing {
	t.Helper()
	seed, r := drawSeed(t)
	log := history.NewLog()
	log.Live()
	lines, quick := quickRetries(t)
	k := &killing{rand: r, quick: quick, steady: faulty.New(t, log, seed, factOf), away: faulty.New(t, log, seed, factOf)}
	k.judge = &judge{
		o: emptyOperator(t, t.TempDir(), lines), log: log, dest: map[string]history.Destination{}, ends: map[history.Key]history.End{},
		handlers: func() []history.Handler { return k.bound },
	}
	k.o.seed()
	k.before = int(k.o.must("GET", "/stats", nil, 200)["events"].(float64))
	k.bindAll()
	for i := range 8 {
		p := &publisher{o: k.o, log: log, member: k.o.member, number: i, first: 40 * i, objects: 40, array: 1, codes: drawn, rand: rand.New(rand.NewPCG(seed, uint64(i+1))), every: 20 * time.Millisecond}
		if i%2 == 1 {
			p.array, p.every = 10, 150*time.Millisecond
		}
		k.publishers = append(k.publishers, p)
	}
	return k
}

func (k *killing) host(destination string) *faulty.Receiver {
	if destination == few || destination == unordered {
		return k.away
	}
	return k.steady
}

func (k *killing) bindAll() {
	for name, want := range ours {
		for _, event := range want.events {
			k.bind(name, event, want.options)
		}
		k.dest[name] = withRetries(want.Destination, want.options, k.quick)
	}
}

func (k *killing) bind(name, event string, options url.Values) {
	k.o.t.Helper()
	span := history.Span{From: k.log.Tick()}
	params := bindParams(event, k.host(name).URL(name), options)
	if status, text := k.o.rest("event.bind", params); status != 200 {
		k.o.t.Fatalf("event.bind: %d %s", status, text)
	}
	span.To = k.log.Tick()
	k.bound = append(k.bound, history.Handler{Destination: name, Portal: k.o.member, Event: event, Bound: span})
}
