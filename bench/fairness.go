package bench

import (
	"context"
	"slices"
	"strings"
	"time"
)

// watched begins the URLs of handlers whose arrivals the receiver tells one by
// one.
func (b *bench) watched() []string {
	return []string{strings.TrimSuffix(b.sink, "/") + WatchedPath}
}

// measureFairness tells how long portals with a few waiting deliveries wait
// beside one with many.
func (b *bench) measureFairness(ctx context.Context) error {
	loud := Group{Name: "loud", Handlers: 1, Single: true, URLs: b.watched(), Waiting: b.Size.Loud}
	quiet := Group{Name: "quiet", Handlers: b.Size.Quiet, Single: true, URLs: b.watched(), Waiting: b.Size.Few}
	b.head("%s portals with %d deliveries waiting, beside one with %s: from the start of the server until the last is done",
		count(b.Size.Quiet), b.Size.Few, count(b.Size.Loud))
	alone, err := b.kept(ctx, "quiet", quiet)
	if err != nil {
		return err
	}
	defer alone.drop()
	beside, err := b.kept(ctx, "loud", loud, quiet)
	if err != nil {
		return err
	}
	defer beside.drop()
	var aloneRuns, besideRuns []drained
	for range b.Runs {
		if err := b.drain(ctx, alone, quiet.all(), &aloneRuns); err != nil {
			return err
		}
		if err := b.drain(ctx, beside, loud.all()+quiet.all(), &besideRuns); err != nil {
			return err
		}
	}
	b.reportFairness("alone", aloneRuns)
	b.reportFairness("beside the loud one", besideRuns)
	b.line("the loud portal", "s", each(besideRuns, func(d drained) float64 { return d.loud })...)
	return nil
}

// all is how many deliveries of the group wait.
func (g Group) all() int { return g.Handlers * g.Waiting }

// drained is how many seconds passed from the start of a server until a portal
// had got all.
type drained struct {
	loud  float64
	quiet []float64
}

// drain starts a server on its kept store and waits until all has arrived.
func (b *bench) drain(ctx context.Context, s *server, deliveries int, into *[]drained) error {
	if err := s.restoreStore(); err != nil {
		return err
	}
	began := time.Now()
	if _, err := s.begin(ctx); err != nil {
		return err
	}
	defer s.end()
	if err := s.untilSettled(ctx, deliveries); err != nil {
		return err
	}
	t, err := b.tally()
	if err != nil {
		return err
	}
	b.account(deliveries, t)
	var d drained
	for path, a := range t.Watched {
		took := a.Last.Sub(began).Seconds()
		if strings.HasPrefix(path, WatchedPath+"loud") {
			d.loud = took
		} else {
			d.quiet = append(d.quiet, took)
		}
	}
	*into = append(*into, d)
	return nil
}

func (b *bench) reportFairness(kind string, runs []drained) {
	b.line("half of the quiet portals, "+kind, "s", each(runs, func(d drained) float64 { return median(d.quiet) })...)
	b.line("all quiet portals, "+kind, "s", each(runs, func(d drained) float64 { return slices.Max(d.quiet) })...)
}
