package bench

import (
	"context"
	"errors"
	"strconv"
	"time"
)

func (b *bench) compareIsolation(ctx context.Context, t troubles, alone, beside *server) error {
	var aloneRuns, besideRuns []isolationRun
	for range b.Runs {
		r, err := b.isolated(ctx, alone, nil)
		if err != nil {
			return err
		}
		aloneRuns = append(aloneRuns, r)
		if r, err = b.isolated(ctx, beside, t.publishing(beside)); err != nil {
			return err
		}
		besideRuns = append(besideRuns, r)
	}
	b.reportIsolation(aloneRuns, besideRuns)
	return nil
}

// publishing is the traffic of the dead and the slow ones, in turn.
func (t troubles) publishing(s *server) func(time.Duration) error {
	dead, late := t.dead.turns(s, t.dead.portals()), t.late.turns(s, t.late.portals())
	var urls []string
	for i := range dead {
		urls = append(urls, dead[i], late[i])
	}
	l := s.publishingTo(urls, 0, slowConnections)
	l.Rate, l.Codes, l.First = 2*isolationRate, t.dead.everyCode(), objectsBefore/2
	return func(d time.Duration) error {
		l.For = d
		return t.noise.ask(l, &Posted{})
	}
}

// isolated starts a server on its kept store and publishes for the healthy
// destination from the moment that it is ready; beside is run meanwhile.
func (b *bench) isolated(ctx context.Context, s *server, beside func(time.Duration) error) (isolationRun, error) {
	if err := s.restoreStore(); err != nil {
		return isolationRun{}, err
	}
	if _, err := s.begin(ctx); err != nil {
		return isolationRun{}, err
	}
	defer func() { s.kill(); s.process = nil }() // its store is not looked at again
	stop, err := s.profile(s.name())
	if err != nil {
		return isolationRun{}, err
	}
	l := s.publishingTo(b.healthy().turns(s, 1), 0, slowConnections)
	l.Rate, l.Stamp, l.For = isolationRate, true, b.Size.Transient+b.Size.Steady
	began, cpu := time.Now(), s.cpu()
	p, err := b.runBeside(l, beside)
	if err != nil {
		return isolationRun{}, err
	}
	cpu = s.cpu() - cpu
	if err := errors.Join(b.untilArrived(ctx, p.Events), stop()); err != nil {
		return isolationRun{}, err
	}
	return b.isolationRun(p, began, cpu)
}

// runBeside runs a load, and beside for as long, if it is not nil.
func (b *bench) runBeside(l Load, beside func(time.Duration) error) (Posted, error) {
	if beside == nil {
		return b.runLoad(b.load, l)
	}
	ended := make(chan error, 1)
	go func() { ended <- beside(l.For) }()
	p, err := b.runLoad(b.load, l)
	return p, errors.Join(err, <-ended)
}

// isolationRun takes the run apart by when its events were published.
func (b *bench) isolationRun(p Posted, began time.Time, cpu time.Duration) (got isolationRun, err error) {
	t, err := b.tally()
	if err != nil {
		return got, err
	}
	b.account(p.Events, t)
	for range p.Events - t.Distinct {
		t.Stamped = append(t.Stamped, Stamped{began, lateLimit})
	}
	var early, steady []Stamped
	for _, s := range t.Stamped {
		if s.At.Sub(began) < b.Size.Transient {
			early = append(early, s)
		} else {
			steady = append(steady, s)
		}
	}
	got.cores = cpu.Seconds() / p.Took.Seconds()
	got.whole.p50, got.whole.p99 = quantiles(t.Stamped)
	got.early.p50, got.early.p99 = quantiles(early)
	got.steady.p50, got.steady.p99 = quantiles(steady)
	return got, nil
}

// lateLimit is how long a delivery of the healthy destination may take; one that
// takes longer counts with it, and as missing.
const lateLimit = 30 * time.Second

func (b *bench) untilArrived(ctx context.Context, n int) error {
	err := poll(ctx, lateLimit, 20*time.Millisecond, func() (bool, error) {
		answer, err := b.client.Head(b.sink)
		if err != nil {
			return false, err
		}
		answer.Body.Close()
		came, err := strconv.Atoi(answer.Header.Get(countHeader))
		return came >= n, err
	})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil
	}
	return err
}
