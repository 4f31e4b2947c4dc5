package bench

import (
	"context"
	"fmt"
	"slices"
)

// isolationRate is how many events a second the healthy destination gets, and
// how many the dead and the slow ones each get together.
const isolationRate = 100

// troubles are the destinations beside the healthy one.
type troubles struct {
	silent, slow *process
	dead, late   Group
	noise        *process // the load that publishes to them
}

// isolationRun is one of the healthy destination.
type isolationRun struct {
	whole, early, steady run
	cores                float64 // of the machine that the server took
}

func (b *bench) measureIsolation(ctx context.Context) error {
	t, err := b.trouble(ctx)
	defer t.end()
	if err != nil {
		return err
	}
	b.head("a destination at %d/s beside %s dead ones and as many slow ones, %d deliveries waiting for each of these",
		isolationRate, count(b.Size.Beside), t.dead.Waiting)
	quiet := []Group{b.healthy(), t.dead, t.late}
	quiet[1].Waiting, quiet[2].Waiting = 0, 0
	alone, err := b.kept(ctx, "alone", quiet...)
	if err != nil {
		return err
	}
	defer alone.drop()
	beside, err := b.kept(ctx, "beside", b.healthy(), t.dead, t.late)
	if err != nil {
		return err
	}
	defer beside.drop()
	if err := b.compareIsolation(ctx, t, alone, beside); err != nil {
		return err
	}
	return b.measureFairness(ctx)
}

func (b *bench) trouble(ctx context.Context) (t troubles, err error) {
	var silentURL, slowURL string
	if t.silent, silentURL, err = startServing(ctx, b.verb("silent")); err != nil {
		return t, err
	}
	if t.slow, slowURL, err = startServing(ctx, b.verb("slow")); err != nil {
		return t, err
	}
	if t.noise, err = b.startLoad(ctx); err != nil {
		return t, err
	}
	waiting := int(isolationRate * (b.Size.Transient + b.Size.Steady).Seconds())
	t.dead = Group{Name: "dead", Handlers: b.Size.Beside, Own: true, URLs: []string{refusing, silentURL}, Waiting: waiting}
	t.late = Group{Name: "late", Handlers: b.Size.Beside, Own: true, URLs: []string{slowURL}, Waiting: waiting}
	return t, checkRefusing()
}

func (t troubles) end() {
	for _, p := range []*process{t.noise, t.silent, t.slow} {
		if p != nil {
			p.end()
		}
	}
}

// kept is a server that starts each run with the store as it was filled.
func (b *bench) kept(ctx context.Context, name string, groups ...Group) (*server, error) {
	s, err := b.newServer(name)
	if err != nil {
		return nil, err
	}
	if err := b.fill(ctx, s, groups...); err != nil {
		return nil, err
	}
	return s, s.keepStore()
}

func (b *bench) reportIsolation(alone, beside []isolationRun) {
	whole := func(r isolationRun) float64 { return p99Of(r.whole) }
	for _, kind := range []struct {
		name string
		runs []isolationRun
	}{{"alone", alone}, {"beside the others", beside}} {
		b.line("p50 of the healthy one, "+kind.name, "ms", each(kind.runs, func(r isolationRun) float64 { return p50Of(r.whole) })...)
		b.line("p99 of the healthy one, "+kind.name, "ms", each(kind.runs, whole)...)
		b.p99s(fmt.Sprintf("p99 in the first %v, %s", b.Size.Transient, kind.name), kind.runs, func(r isolationRun) run { return r.early })
		b.p99s("p99 after these, "+kind.name, kind.runs, func(r isolationRun) run { return r.steady })
		b.line("the server's CPU, "+kind.name, "cores", each(kind.runs, func(r isolationRun) float64 { return r.cores })...)
	}
	by := median(each(alone, whole))
	b.line("p99 beside the others, by the median alone", "times", each(beside, func(r isolationRun) float64 { return whole(r) / by })...)
	b.figure(marks{1.5*by + 1, 1.1 * by, true}, "p99 of a healthy destination beside dead and slow ones", "ms", each(beside, whole)...)
}

// p99s reports a part of the runs, of those in which anything was published then.
func (b *bench) p99s(name string, runs []isolationRun, part func(isolationRun) run) {
	values := each(runs, func(r isolationRun) float64 { return p99Of(part(r)) })
	values = slices.DeleteFunc(values, func(v float64) bool { return v == 0 })
	if len(values) > 0 {
		b.line(name, "ms", values...)
	}
}
