package e2e_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/e2e/history"
	"github.com/onevent/onevent/internal/testkit"
)

var seedFlag = flag.Uint64("seed", 0, "what decides about the faults of the kill and the soak test; 0: drawn anew")

// drawSeed is the flag's or a new one. It is told, so that a run can be made
// again.
func drawSeed(t *testing.T) (uint64, *rand.Rand) {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d", seed)
	return seed, rand.New(rand.NewPCG(seed, 0))
}

// judge holds what came against the promises.
type judge struct {
	o    *operator
	log  *history.Log
	dest map[string]history.Destination

	handlers func() []history.Handler
	ends     map[history.Key]history.End // deliveries that ended without a success, as far as was asked
}

// history is what there is until now.
func (j *judge) history() *history.History {
	h := j.log.History()
	h.Destinations, h.Handlers, h.Ends = j.dest, j.handlers(), j.ends
	return h
}

// storiesTold bounds what a failure prints.
const storiesTold = 3

// mustHold ends the test with the stories of violations.
func (j *judge) mustHold(h *history.History, violations []history.Violation) {
	j.o.t.Helper()
	for _, v := range violations[:min(len(violations), storiesTold)] {
		j.o.t.Error(h.Story(v))
	}
	if len(violations) > 0 {
		j.o.t.Fatalf("%d violations; the server's log ends with:\n%s", len(violations), tail(j.o.Stderr.String(), 4000))
	}
}

func tail(text string, n int) string { return text[max(0, len(text)-n):] }

// safe judges what has come so far. What seems to have been overtaken may have
// failed or been cancelled: then the server says so.
func (j *judge) safe() {
	j.o.t.Helper()
	h := j.history()
	violations := history.Safety(h)
	for len(violations) > 0 && j.ask(h, violations) {
		h.Ends = j.ends
		violations = history.Safety(h)
	}
	j.mustHold(h, violations)
}

// ask asks the server about the deliveries of violations, and reports whether
// one more of them has ended than was known.
func (j *judge) ask(h *history.History, violations []history.Violation) bool {
	j.o.t.Helper()
	before := len(j.ends)
	for _, v := range violations {
		for _, key := range v.Keys {
			f := h.Facts[key.Fact]
			if f.EventID != "" {
				j.askOne(f)
			} else if h.MayBeCancelled(key) {
				// A method tells no event id: nobody can ask.
				j.ends[key] = history.End{State: "cancelled"}
			}
		}
	}
	return len(j.ends) > before
}

func (j *judge) askOne(f history.Fact) {
	j.o.t.Helper()
	for _, d := range j.o.deliveries(f.EventID) {
		if d.State == "failed" || d.State == "cancelled" {
			j.ends[history.Key{Fact: f.ID, Destination: pathOf(d.URL)}] = history.End{State: d.State, Verdict: d.Verdict, Attempts: len(d.Attempts)}
		}
	}
}

// complete judges everything after all was settled: nothing is lost.
func (j *judge) complete() {
	j.o.t.Helper()
	h := j.history()
	lost := history.Lost(h)
	j.ask(h, lost)
	h.Ends = j.ends
	j.mustHold(h, append(history.Lost(h), history.Resettled(h)...))
	j.safe()
}

// recovery bounds how long the server needs to deliver everything once all
// faults have ended: a breaker whose first probes failed waits for the next.
const recovery = 2 * time.Minute

// untilSettled waits until nothing waits.
func (j *judge) untilSettled() {
	j.o.t.Helper()
	began := time.Now()
	if !testkit.Soon(recovery, func() bool { open, _ := j.o.stats(); return open == 0 }) {
		h := j.history()
		waiting := history.Lost(h)
		for _, v := range waiting[:min(storiesTold, len(waiting))] {
			j.o.t.Errorf("not in time: %s", h.Story(v))
		}
		j.o.t.Fatalf("after %v not everything is settled: %v", recovery, j.o.must("GET", "/stats", nil, 200))
	}
	j.log.Settled()
	j.o.t.Logf("all was settled after %v; the last attempts came after %v", time.Since(began).Round(time.Millisecond), j.lastAfter(began))
}

// lastAfter is when the last attempt came to each destination that had one
// since a moment.
func (j *judge) lastAfter(began time.Time) map[string]time.Duration {
	last := map[string]time.Duration{}
	for _, a := range j.log.History().Attempts {
		if since := a.At.Sub(began).Round(time.Millisecond); since > 0 {
			last[a.Destination] = since
		}
	}
	return last
}

// shutDown ends the server as a service manager does, and checks what it left.
func (j *judge) shutDown() {
	j.o.t.Helper()
	began := time.Now()
	if code := j.o.Stop(j.o.t); code != 0 {
		j.o.t.Errorf("it ended with code %d", code)
	}
	if took := time.Since(began); took > 10*time.Second {
		j.o.t.Errorf("it took %v to end", took)
	}
	if code, out, errors := e2e.Run(j.o.t, j.o.dir, "serve", "--config", "serve.yaml", "--check"); code != 0 || !strings.Contains(out, "is in order") {
		j.o.t.Errorf("--check ends with %d: %s%s", code, out, errors)
	}
}

// shownDelivery is one of GET /admin/v1/deliveries.
type shownDelivery struct {
	URL, State, Verdict string
	Attempts            []struct{ Status int }
}

func (o *operator) deliveries(eventID string) []shownDelivery {
	o.t.Helper()
	status, text, err := o.admin("GET", "/deliveries?event_id="+eventID, nil)
	if err != nil || status != 200 {
		o.t.Fatalf("the deliveries of event %s: %d %v %s", eventID, status, err, text)
	}
	var out struct{ Deliveries []shownDelivery }
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		o.t.Fatal(err)
	}
	return out.Deliveries
}

// pathOf is the destination of a handler's URL.
func pathOf(raw string) string { return raw[strings.LastIndexByte(raw, '/')+1:] }

// object of an event of crm or calendar, as the catalogue joins add, update and
// delete.
func objectOf(kind string, id any) string { return fmt.Sprintf("%s %v", kind, id) }
