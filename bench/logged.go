package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/onevent/onevent/replay"
)

// loggedHandlers are those whose deliveries are in the log.
const loggedHandlers = 100

// logged is a group with deliveries that wait no more, one in fifty of which failed.
func (b *bench) logged(deliveries int) Group {
	return Group{Name: "logged", Handlers: loggedHandlers, URLs: []string{b.sink}, Settled: deliveries / loggedHandlers, Failed: 50}
}

func (b *bench) measureLog(ctx context.Context) error {
	if err := b.measureSearches(ctx); err != nil {
		return err
	}
	if err := b.measureReplay(ctx); err != nil {
		return err
	}
	return b.measureSweep(ctx)
}

// asked is a call that is made again and again, about another thing each time.
type asked struct {
	name string
	path func(n int) string
	took []float64 // medians, in milliseconds
}

// askedAtOnce is how many calls of a kind are made in a row.
const askedAtOnce = 50

func (b *bench) measureSearches(ctx context.Context) error {
	g := b.logged(b.Size.Logged)
	b.head("a log of %s deliveries of %d handlers", count(b.Size.Logged), g.Handlers)
	s, err := b.newServer("searched")
	if err != nil {
		return err
	}
	defer s.drop()
	if err := b.fill(ctx, s, g); err != nil {
		return err
	}
	if _, err := s.begin(ctx); err != nil {
		return err
	}
	if err := wait(ctx, b.Size.Calm); err != nil { // what was filled in last is indexed then
		return err
	}
	handlers, event, err := s.handlersOf(g)
	if err != nil {
		return err
	}
	kinds := []*asked{
		{name: "deliveries of a handler that failed", path: func(n int) string {
			return "deliveries?state=failed&handler_id=" + handlers[n%len(handlers)]
		}},
		{name: "deliveries about an object", path: func(n int) string {
			return "deliveries?object=" + url.QueryEscape(fmt.Sprintf("%s:%d", settledType, objectsBefore+n))
		}},
		{name: "events about an object that is none", path: func(n int) string {
			return "events?object=" + url.QueryEscape(fmt.Sprintf("%s:none%d", settledType, n))
		}},
		{name: "the explanation of an event", path: func(n int) string {
			return fmt.Sprintf("events/%d/explain", max(event-n*997, 1))
		}},
	}
	for run := range b.Runs {
		for _, k := range kinds {
			if err := s.timed(k, run*askedAtOnce); err != nil {
				return err
			}
		}
	}
	for _, k := range kinds {
		b.figure(marks{50, 10, true}, k.name, "ms", k.took...)
	}
	return nil
}

// handlersOf are the ids of the handlers of a group's first portal, and that of the
// newest event.
func (s *server) handlersOf(g Group) (ids []string, event int, err error) {
	var handlers struct{ Handlers []struct{ ID string } }
	if err := s.call(http.MethodGet, "/admin/v1/portals/"+g.memberOf(0)+"/handlers", nil, &handlers); err != nil {
		return nil, 0, err
	}
	for _, h := range handlers.Handlers {
		ids = append(ids, h.ID)
	}
	var events struct{ Events []struct{ ID string } }
	if err := s.call(http.MethodGet, "/admin/v1/events?limit=1", nil, &events); err != nil {
		return nil, 0, err
	}
	if len(ids) == 0 || len(events.Events) == 0 {
		return nil, 0, fmt.Errorf("the log is empty")
	}
	_, err = fmt.Sscan(events.Events[0].ID, &event)
	return ids, event, err
}

func (s *server) timed(k *asked, first int) error {
	var took []float64
	for n := range askedAtOnce {
		began := time.Now()
		if err := s.call(http.MethodGet, "/admin/v1/"+k.path(first+n), nil, nil); err != nil {
			return err
		}
		took = append(took, float64(time.Since(began).Microseconds())/1e3)
	}
	k.took = append(k.took, median(took))
	return nil
}

// watched is what was seen of the healthy destination for a while: the p99 from
// publish to handler, and that of publishing itself, in milliseconds.
type watched struct{ delivered, published float64 }

func delivered(w watched) float64 { return w.delivered }
func answered(w watched) float64  { return w.published }

// watchHealthy publishes for the healthy destination for a while.
func (b *bench) watchHealthy(ctx context.Context, s *server) (watched, error) {
	l := s.publishingTo(b.healthy().turns(s, 1), 0, slowConnections)
	l.Rate, l.Stamp, l.For = isolationRate, true, b.Size.Watch
	p, err := b.runLoad(b.load, l)
	if err != nil {
		return watched{}, err
	}
	if err := b.untilArrived(ctx, p.Events); err != nil {
		return watched{}, err
	}
	t, err := b.tally()
	b.account(p.Events, t)
	return watched{milliseconds(t.P99), milliseconds(p.P99)}, err
}

// replayed are the deliveries that failed, at a destination of their own.
func (b *bench) replayed(url string) Group {
	return Group{Name: "replayed", Handlers: 1, Single: true, URLs: []string{url}, Settled: b.Size.Replayed, Failed: 1}
}

// measureReplay watches the healthy destination while others are replayed to
// another, at the rate that a replay has unless it is told.
func (b *bench) measureReplay(ctx context.Context) error {
	other, otherURL, err := startServing(ctx, b.verb("receiver"))
	if other != nil {
		defer other.end()
	}
	if err != nil {
		return err
	}
	b.head("a destination at %d/s while %s deliveries are replayed to another, %d a second", isolationRate, count(b.Size.Replayed), replay.DefaultRate)
	g := b.replayed(otherURL)
	s, err := b.kept(ctx, "replaying", b.healthy(), g)
	if err != nil {
		return err
	}
	defer s.drop()
	var alone, beside []watched
	for range b.Runs {
		if err := s.restoreStore(); err != nil {
			return err
		}
		if _, err := s.begin(ctx); err != nil {
			return err
		}
		if err := wait(ctx, b.Size.Settle); err != nil {
			return err
		}
		quiet, busy, err := b.replayRun(ctx, s, g)
		s.end()
		if err != nil {
			return err
		}
		alone, beside = append(alone, quiet), append(beside, busy)
	}
	b.line("p99 of the healthy one, nothing replayed", "ms", each(alone, delivered)...)
	b.line("p99 of the healthy one, while others are replayed", "ms", each(beside, delivered)...)
	b.line("p99 of publishing, nothing replayed", "ms", each(alone, answered)...)
	b.line("p99 of publishing, while others are replayed", "ms", each(beside, answered)...)
	b.figure(marks{1.5, 1.1, true}, "p99 while "+count(b.Size.Replayed)+" are replayed, of that without", "times", quotients(each(beside, delivered), each(alone, delivered))...)
	return nil
}

func quotients(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] / b[i]
	}
	return out
}

// replayRun ends while the replay goes on, unless that is short.
func (b *bench) replayRun(ctx context.Context, s *server, g Group) (quiet, busy watched, err error) {
	if quiet, err = b.watchHealthy(ctx, s); err != nil {
		return quiet, busy, err
	}
	body := map[string]any{"deliveries": map[string]any{"portal": g.memberOf(0), "state": "failed"}}
	if err := s.call(http.MethodPost, "/admin/v1/replays", body, nil); err != nil {
		return quiet, busy, err
	}
	busy, err = b.watchHealthy(ctx, s)
	return quiet, busy, err
}

// sweepsAfter is how long after its start a server looks at what it may forget.
const sweepsAfter = time.Minute

// measureSweep watches the healthy destination before and while everything old is
// removed from a long log.
func (b *bench) measureSweep(ctx context.Context) error {
	b.head("a destination at %d/s while %s deliveries that are a month old are removed", isolationRate, count(b.Size.Swept))
	g := b.logged(b.Size.Swept)
	s, err := b.newServer("swept")
	if err != nil {
		return err
	}
	defer s.drop()
	if err := b.fillAgo(ctx, s, 30*24*time.Hour, b.healthy(), g); err != nil {
		return err
	}
	if _, err := s.begin(ctx); err != nil {
		return err
	}
	began := time.Now()
	before, err := b.watchHealthy(ctx, s)
	if err != nil {
		return err
	}
	if b.Size.Swept < 100_000 { // too little to be watched
		b.line("p99 of the healthy one before", "ms", before.delivered)
		return nil
	}
	if err := wait(ctx, sweepsAfter-time.Since(began)); err != nil {
		return err
	}
	began = time.Now()
	var during []watched
	for range b.Runs {
		w, err := b.watchHealthy(ctx, s)
		if err != nil {
			return err
		}
		during = append(during, w)
	}
	removed, err := s.firstEvent()
	if err != nil {
		return err
	}
	b.line("removed meanwhile", "/s", float64(removed)/time.Since(began).Seconds())
	for _, of := range []struct {
		name string
		p99  func(watched) float64
	}{{"p99 of publishing", answered}, {"p99 of a healthy destination", delivered}} {
		by := of.p99(before)
		b.line(of.name+" before", "ms", by)
		b.figure(marks{1.5*by + 1, 1.1 * by, true}, of.name+" while "+count(b.Size.Swept)+" are removed", "ms", each(during, of.p99)...)
	}
	return nil
}

// firstEvent is the identity of the oldest event.
func (s *server) firstEvent() (id int, err error) {
	var page struct{ Events []struct{ ID string } }
	if err := s.call(http.MethodGet, "/admin/v1/events?order=oldest&limit=1", nil, &page); err != nil || len(page.Events) == 0 {
		return 0, err
	}
	_, err = fmt.Sscan(page.Events[0].ID, &id)
	return id, err
}
