package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"github.com/onevent/onevent/internal/e2e/history"
)

// published is an event code with the kind of its object and how often it is
// drawn.
type published struct {
	event, kind string
	weight      int
}

// publisher publishes about objects of its own, one request after the other, by
// the management API.
type publisher struct {
	o       *operator
	log     *history.Log
	member  string // of the portal
	number  int
	objects int // how many it has
	first   int // id below its first object
	array   int // events of one request
	codes   []published
	rand    *rand.Rand
	every   time.Duration // between two requests, half as much or half as much again
	last    int           // number of the last fact
	request int

	// open is a request without an answer: it is repeated with its key before
	// anything else.
	open *asked
}

type asked struct {
	key    string
	facts  []history.Fact
	events []any
	from   int64
}

// run publishes until an answer fails to come or done is closed.
func (p *publisher) run(done <-chan struct{}) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-done:
			return
		case <-pause.C:
		}
		if !p.call(p.draw()) {
			return
		}
		pause.Reset(p.every/2 + time.Duration(p.rand.Int64N(int64(p.every)+1)))
	}
}

func (p *publisher) draw() *asked {
	p.request++
	q := &asked{key: fmt.Sprintf("p%d-%d", p.number, p.request)}
	for place := range p.array {
		p.last++
		c := p.code()
		id := p.first + p.rand.IntN(p.objects) + 1
		f := history.Fact{ID: fmt.Sprintf("f%d-%d", p.number, p.last), Portal: p.member, Event: c.event, Object: objectOf(c.kind, id), Place: place}
		q.facts = append(q.facts, f)
		q.events = append(q.events, map[string]any{"event": c.event, "user_id": 1,
			"data": map[string]any{"FIELDS": map[string]any{"ID": fmt.Sprint(id), "FACT": f.ID}}})
	}
	return q
}

func (p *publisher) code() published {
	all := 0
	for _, c := range p.codes {
		all += c.weight
	}
	n := p.rand.IntN(all)
	for _, c := range p.codes {
		if n -= c.weight; n < 0 {
			return c
		}
	}
	panic("the weights are used up")
}

// call sends a request, and reports whether it was answered with success.
func (p *publisher) call(q *asked) bool {
	if q.from == 0 {
		q.from = p.log.Tick()
	}
	status, text, err := p.o.adminOnce("POST", "/portals/"+p.member+"/events", q.key, q.events)
	if err != nil || status/100 == 5 {
		p.open = q
		return false
	}
	var answer struct {
		Events []struct {
			ID         string
			Deliveries int
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); status != 202 || err != nil || len(answer.Events) != len(q.facts) {
		p.o.t.Errorf("publishing answered %d %v %s", status, err, text)
		return false
	}
	p.open = nil
	for i := range q.facts {
		f := &q.facts[i]
		f.Span, f.Acknowledged = history.Span{From: q.from, To: p.log.Tick()}, true
		f.EventID, f.Counted = answer.Events[i].ID, &answer.Events[i].Deliveries
	}
	p.log.Put(q.facts...)
	return true
}

// publishers publish at the same time.
type publishers []*publisher

func (all publishers) run(done <-chan struct{}) {
	var wg sync.WaitGroup
	for _, p := range all {
		wg.Go(func() { p.run(done) })
	}
	wg.Wait()
}

// repeat sends what had no answer once more.
func (all publishers) repeat() {
	for _, p := range all {
		if p.open != nil && !p.call(p.open) {
			p.o.t.Errorf("%s is not answered by a server that lives", p.open.key)
		}
	}
}

// factOf reads which fact a body is about: it says so, or a method raised it,
// which does one thing of a kind to an object.
func factOf(form url.Values) string {
	if fact := form.Get("data[FIELDS][FACT]"); fact != "" {
		return fact
	}
	return done(form.Get("auth[member_id]"), form.Get("event"), form.Get("data[FIELDS][ID]")+form.Get("data[id]"))
}

// done names the fact that a method raises.
func done(member, event, id string) string { return member + " " + event + " " + id }
