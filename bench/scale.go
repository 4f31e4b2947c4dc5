package bench

import (
	"context"
	"errors"
	"fmt"
)

func (b *bench) measureScale(ctx context.Context) error {
	if err := b.measureBacklog(ctx); err != nil {
		return err
	}
	return b.measureHandlers(ctx)
}

// healthy is a portal with one handler that answers.
func (b *bench) healthy() Group {
	return Group{Name: "healthy", Handlers: 1, Single: true, URLs: []string{b.sink}}
}

// dead is a group of destinations that refuse the connection, with so many
// deliveries waiting for all of them.
func (b *bench) dead(waiting int) Group {
	return Group{Name: "dead", Handlers: b.Size.Dead, Own: true, URLs: []string{refusing}, Waiting: waiting / b.Size.Dead}
}

// single is a load of one event a call for the first portals of a group.
func (b *bench) single(s *server, g Group, portals int) published {
	l := s.publishingTo(g.turns(s, portals), 0, singleConnections)
	l.Codes = g.everyCode()
	return published{s.name(), s, l, 1}
}

// backlogRuns are those of two servers that differ by what waits.
type backlogRuns struct{ empty, full []run }

func (b *bench) measureBacklog(ctx context.Context) error {
	if err := checkRefusing(); err != nil {
		return err
	}
	b.head("%s deliveries waiting for %s dead destinations", count(b.Size.Waiting), count(b.Size.Dead))
	empty, err := b.prepared(ctx, "empty", b.healthy(), b.dead(0))
	if err != nil {
		return err
	}
	defer empty.drop()
	full, err := b.prepared(ctx, "full", b.healthy(), b.dead(b.Size.Waiting))
	if err != nil {
		return err
	}
	defer full.drop()
	if err := b.compareBacklogs(ctx, empty, full); err != nil {
		return err
	}
	empty.end()
	full.end()
	return b.measureRestarts(ctx, full)
}

func (b *bench) compareBacklogs(ctx context.Context, empty, full *server) error {
	var got backlogRuns
	stop := full.watch(ctx)
	defer stop()
	err := b.rounds(ctx, []step{
		{&got.empty, b.inTurn(b.single(empty, b.healthy(), 1))},
		{&got.full, b.inTurn(b.single(full, b.healthy(), 1))},
	})
	if err != nil {
		return err
	}
	waiting := count(b.Size.Waiting) + " waiting"
	b.line("rate with nothing waiting", "/s", each(got.empty, rateOf)...)
	b.line("rate with "+waiting, "/s", each(got.full, rateOf)...)
	b.line("CPU a delivery with nothing waiting", "us", each(got.empty, cpuOf)...)
	b.line("CPU a delivery with "+waiting, "us", each(got.full, cpuOf)...)
	b.figure(marks{0.80, 0.95, false}, "rate with "+waiting+", of that with none", "of it", ratios(rateOf, got.full, got.empty)...)
	b.figure(marks{200, 100, true}, "memory with "+waiting+", peak of these runs", "MB", full.peak.megabytes())
	return nil
}

// manyRuns are those of two servers that differ by their handlers.
type manyRuns struct{ few, many []run }

func (b *bench) measureHandlers(ctx context.Context) error {
	fewer := Group{Name: "few", Handlers: 10, Single: true, URLs: []string{b.sink}}
	more := Group{Name: "many", Handlers: 10 * b.Size.Portals, URLs: []string{b.sink}}
	title := fmt.Sprintf("%s handlers on %s portals", count(more.Handlers), count(more.portals()))
	b.head("%s, events to %s of them", title, count(min(b.Size.Turns, more.portals())))
	few, err := b.prepared(ctx, "few", fewer)
	if err != nil {
		return err
	}
	defer few.drop()
	many, err := b.prepared(ctx, "many", more)
	if err != nil {
		return err
	}
	defer many.drop()
	var got manyRuns
	err = b.rounds(ctx, []step{
		{&got.few, b.inTurn(b.single(few, fewer, fewer.portals()))},
		{&got.many, b.inTurn(b.single(many, more, b.Size.Turns))},
	})
	if err != nil {
		return err
	}
	b.line("rate with ten handlers on ten portals", "/s", each(got.few, rateOf)...)
	b.line("rate with "+title, "/s", each(got.many, rateOf)...)
	b.line("CPU a delivery with ten handlers", "us", each(got.few, cpuOf)...)
	b.line("CPU a delivery with "+title, "us", each(got.many, cpuOf)...)
	b.figure(marks{0.85, 0.95, false}, "rate with "+title+", of that with ten", "of it", ratios(rateOf, got.many, got.few)...)
	return b.measureLoaded(ctx, many, title)
}

// measureLoaded tells what many handlers cost a server that was just started.
func (b *bench) measureLoaded(ctx context.Context, s *server, title string) error {
	s.end()
	ready, err := s.begin(ctx)
	if err != nil {
		return err
	}
	err = wait(ctx, b.Size.Settle)
	b.line("ready with "+title, "s", ready.Seconds())
	b.line("memory with "+title+", idle", "MB", float64(s.pss())/1e6)
	return errors.Join(err, s.drop())
}
