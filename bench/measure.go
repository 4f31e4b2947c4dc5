package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// step is one kind of run in a round.
type step struct {
	into *[]run
	do   func(context.Context) (run, error)
}

// rounds takes the steps in turn, so that what disturbs the machine for a while
// disturbs all kinds alike.
func (b *bench) rounds(ctx context.Context, steps []step) error {
	for range b.Runs {
		for _, s := range steps {
			r, err := s.do(ctx)
			if err != nil {
				return err
			}
			*s.into = append(*s.into, r)
		}
	}
	return nil
}

// published is a run of a server: a load and the number of deliveries that each
// of its events has.
type published struct {
	name   string // of the profile
	on     *server
	load   Load
	fanOut int
}

// publish measures the server: its rate is of deliveries and counts until all
// of them are settled.
func (b *bench) publish(ctx context.Context, u published) (run, error) {
	before, err := u.on.stats()
	if err != nil {
		return run{}, err
	}
	profiled, err := u.on.profile(u.name)
	if err != nil {
		return run{}, err
	}
	began, cpu := time.Now(), u.on.cpu()
	p, err := b.runLoad(b.load, u.load)
	if err != nil {
		return run{}, err
	}
	deliveries := p.Events * u.fanOut
	if err := u.on.untilSettled(ctx, before.settled()+deliveries); err != nil {
		return run{}, err
	}
	p.Took, cpu = time.Since(began), u.on.cpu()-cpu
	if err := profiled(); err != nil {
		return run{}, err
	}
	t, err := b.tally()
	b.account(deliveries, t)
	p.Events = deliveries
	r := runOf(p, cpu)
	r.p50, r.p99 = t.P50, t.P99
	return r, err
}

// bare measures the limit.
func (b *bench) bare(l Load) (run, error) {
	p, err := b.runLoad(b.load, l)
	if err != nil {
		return run{}, err
	}
	t, err := b.tally()
	r := runOf(p, p.CPU)
	r.p50, r.p99 = t.P50, t.P99
	return r, err
}

func (b *bench) startLoad(ctx context.Context) (*process, error) {
	return start(ctx, os.Stderr, b.verb("load")...)
}

func (b *bench) runLoad(by *process, l Load) (p Posted, err error) {
	l.First = b.next
	if err := by.ask(l, &p); err != nil {
		return p, fmt.Errorf("the load ended: %w", err)
	}
	b.next += p.Events + l.Connections*max(l.Array, 1)
	return p, nil
}

// tally asks the receiver what came since it was asked last.
func (b *bench) tally() (t Tally, err error) {
	answer, err := b.client.Get(b.sink)
	if err != nil {
		return t, err
	}
	defer answer.Body.Close()
	err = json.NewDecoder(answer.Body).Decode(&t)
	return t, err
}
