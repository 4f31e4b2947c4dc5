package e2e_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/e2e/faulty"
	"github.com/onevent/onevent/internal/e2e/history"
)

var soakTime = flag.Duration("soak", 45*time.Second, "how long the soak test has the server work")

const (
	// watchTime is after how long everything must come to rest once.
	watchTime = 2 * time.Minute
	sampling  = time.Second
)

// TestALongRunKeepsEveryPromise lets one server work without a restart: several
// portals and applications, methods and arrays of events, handlers that come and
// go, fail, die and come back, applications that move, users who are dismissed,
// tokens that are refreshed. Everything that was acknowledged arrives, once and
// in order, the server holds no more at the end than in the middle, says nothing
// of errors, and ends when it is told to.
func TestALongRunKeepsEveryPromise(t *testing.T) {
	s := newSoak(t)
	for left := *soakTime; left > 0; left -= watchTime {
		s.watch(min(left, watchTime))
	}
	s.judgeLoad()
	s.judgeLog()
	s.shutDown()
	t.Logf("%v: %d acknowledged, %d attempts", *soakTime, s.acknowledged, s.attempts)
}

// soak is a server at work, and what is known of it.
type soak struct {
	*judge
	seed  uint64
	rand  *rand.Rand
	quick bool

	plan         faulty.Plan // of every destination
	steady, away *faulty.Receiver
	gone         int // for how many samples it has been away
	sites        []*site
	actors       []func(done <-chan struct{})

	mu    sync.Mutex // of bound and dest
	bound []*history.Handler
	loads []e2e.Load

	acknowledged, attempts int
}

func newSoak(t *testing.T) *soak {
	t.Helper()
	seed, r := drawSeed(t)
	log := history.NewLog()
	log.Live()
	lines, quick := quickRetries(t)
	s := &soak{seed: seed, rand: r, quick: quick, steady: faulty.New(t, log, seed, factOf), away: faulty.New(t, log, seed, factOf)}
	s.judge = &judge{
		o: emptyOperator(t, t.TempDir(), lines), log: log, dest: map[string]history.Destination{}, ends: map[history.Key]history.End{},
		handlers: s.standing,
	}
	for i := range 2 {
		s.sites = append(s.sites, s.found(i))
	}
	return s
}

// standing are all handlers that ever were, as they are known now.
func (s *soak) standing() []history.Handler {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []history.Handler
	for _, h := range s.bound {
		out = append(out, *h)
	}
	return out
}

// watch has everybody at work for a while, then ends all faults, and judges.
func (s *soak) watch(d time.Duration) {
	s.o.t.Helper()
	s.ill()
	done := make(chan struct{})
	var wg sync.WaitGroup
	for _, act := range s.actors {
		wg.Go(func() { act(done) })
	}
	s.look(d)
	close(done)
	wg.Wait()
	s.recover()
	h := s.history()
	s.acknowledged += len(h.Facts)
	s.attempts += len(h.Attempts)
	s.log.Forget()
	s.steady.Forget()
	s.away.Forget()
	clear(s.ends)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bound = slices.DeleteFunc(s.bound, func(h *history.Handler) bool { return h.Ended.From != 0 })
}

// look measures the server, and has one host die and come back.
func (s *soak) look(d time.Duration) {
	s.o.t.Helper()
	tick := time.NewTicker(sampling)
	defer tick.Stop()
	for range int(d / sampling) {
		<-tick.C
		s.loads = append(s.loads, s.o.Load(s.o.t))
		s.change()
	}
}

// longestAway is for how many samples a host is away at most: a breaker that was
// open for so long closes 10 s later at the latest.
const longestAway = 8

// change has the host that is away now and then die, or come back.
func (s *soak) change() {
	s.o.t.Helper()
	switch {
	case !s.quick:
	case s.gone == 0 && s.rand.IntN(5) == 0:
		s.gone = 1
		s.away.Be(s.o.t, []faulty.State{faulty.Failing, faulty.Away}[s.rand.IntN(2)])
	case s.gone == longestAway || s.gone > 0 && s.rand.IntN(5) == 0:
		s.gone = 0
		s.away.Be(s.o.t, faulty.Well)
	case s.gone > 0:
		s.gone++
	}
}

func (s *soak) ill() {
	s.plan = faulty.Plan{Error: 0.03, Absent: 0.02, HangUp: 0.02, Wait: 0.003, Slow: 0.05, Slowest: 300 * time.Millisecond, RetryAfter: 2 * time.Second}
	if !s.quick {
		s.plan = faulty.Plan{Error: 0.003, Absent: 0.003, HangUp: 0.003, Wait: 0.001, Slow: 0.05, Slowest: 300 * time.Millisecond, RetryAfter: 2 * time.Second, Failures: 1}
	}
	for name := range s.dest {
		s.host(name).Follow(name, s.plan)
	}
}

func (s *soak) host(destination string) *faulty.Receiver {
	if strings.HasPrefix(destination, "away") {
		return s.away
	}
	return s.steady
}

func (s *soak) recover() {
	s.o.t.Helper()
	s.gone = 0
	s.away.Be(s.o.t, faulty.Well)
	s.away.Heal()
	s.steady.Heal()
	s.untilSettled()
	s.complete()
}

// Room that the series of the soak test have: memory for what a collector has
// not found yet and for backlogs that come and go, descriptors and threads for
// connections that come and go with faults.
const (
	roomForMemory = 24 << 20
	roomForFiles  = 40
	roomForTasks  = 12

	// The store keeps up to 16 MB of pages for each of its nine connections, and
	// these fill while its file grows.
	roomForPages          = 9 * 16 << 20
	roomForPagesOfAMinute = 10 << 20
)

// memoryRoom is what memory may gain in a run of so long.
func memoryRoom(d time.Duration) float64 {
	return roomForMemory + min(roomForPages, roomForPagesOfAMinute*d.Minutes())
}

func (s *soak) judgeLoad() {
	s.o.t.Helper()
	var memory, files, tasks e2e.Series
	for _, l := range s.loads {
		memory, files, tasks = append(memory, float64(l.Memory)), append(files, float64(l.Files)), append(tasks, float64(l.Tasks))
	}
	for _, c := range []struct {
		what   string
		series e2e.Series
		unit   float64
		room   float64
	}{{"memory, MB", memory, 1 << 20, memoryRoom(*soakTime)}, {"descriptors", files, 1, roomForFiles}, {"threads", tasks, 1, roomForTasks}} {
		var text strings.Builder
		for _, v := range c.series {
			fmt.Fprintf(&text, " %.0f", v/c.unit)
		}
		s.o.t.Logf("%s:%s", c.what, text.String())
		if err := c.series.Flat(c.room); err != nil {
			s.o.t.Errorf("%s: %v", c.what, err)
		}
	}
}

// judgeLog wants no line of an error.
func (s *soak) judgeLog() {
	s.o.t.Helper()
	for line := range strings.SplitSeq(s.o.Stderr.String(), "\n") {
		if strings.Contains(line, `"level":"ERROR"`) || line != "" && !strings.HasPrefix(line, "{") {
			s.o.t.Errorf("the log says: %s", line)
		}
	}
}

// wait lets a random time of about d pass, and reports whether the actor goes
// on.
func wait(done <-chan struct{}, r *rand.Rand, d time.Duration) bool {
	over := time.NewTimer(d/2 + time.Duration(r.Int64N(int64(d)+1)))
	defer over.Stop()
	select {
	case <-over.C:
		return true
	case <-done:
		return false
	}
}

// act adds an actor with numbers of its own.
func (s *soak) act(f func(done <-chan struct{}, r *rand.Rand)) {
	r := rand.New(rand.NewPCG(s.seed, uint64(len(s.actors)+100)))
	s.actors = append(s.actors, func(done <-chan struct{}) { f(done, r) })
}

// must posts a form and wants a success; what is answered is its result.
func (s *soak) must(host, path string, params url.Values) string {
	s.o.t.Helper()
	status, text, err := s.o.post(host, path, params)
	if err != nil || status != 200 {
		s.o.t.Errorf("%s: %d %v %s", path, status, err, text)
		return ""
	}
	return text
}
