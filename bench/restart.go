package bench

import (
	"context"
	"fmt"
	"os"
)

// measureRestarts tells how soon a server is ready that finds a long queue, and
// how much memory it takes then.
func (b *bench) measureRestarts(ctx context.Context, s *server) error {
	var after, idle, afterKill, logs []float64
	for range b.Size.Restarts {
		ready, memory, err := b.restart(ctx, s)
		if err != nil {
			return err
		}
		after, idle = append(after, ready), append(idle, memory)
	}
	for range b.Size.Restarts {
		length, err := b.leaveLog(ctx, s)
		if err != nil {
			return err
		}
		ready, _, err := b.restart(ctx, s)
		if err != nil {
			return err
		}
		afterKill, logs = append(afterKill, ready), append(logs, length)
	}
	waiting := count(b.Size.Waiting) + " waiting"
	b.figure(marks{2, 0.5, true}, "ready after a restart with "+waiting, "s", after...)
	b.line("length of the log that a killed process left", "KB", logs...)
	b.figure(marks{2, 0.5, true}, "ready after a kill with "+waiting+" and a long log", "s", afterKill...)
	b.figure(marks{200, 100, true}, "memory with "+waiting+", idle after a start", "MB", idle...)
	return nil
}

// restart tells how many seconds passed before the server was ready, and how
// many megabytes it had once it had settled.
func (b *bench) restart(ctx context.Context, s *server) (ready, memory float64, err error) {
	took, err := s.begin(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer s.end()
	err = wait(ctx, b.Size.Settle)
	return took.Seconds(), float64(s.pss()) / 1e6, err
}

// leaveLog lets another process write into the server's store, and kills it
// before any of that is written back from the log. It tells the log's length.
func (b *bench) leaveLog(ctx context.Context, s *server) (kilobytes float64, err error) {
	p, err := start(ctx, os.Stderr, b.verb("fill")...)
	if err != nil {
		return 0, err
	}
	defer p.kill()
	var said string
	if err := p.ask(Plan{Dir: s.dir, Log: b.Size.Log}, &said); err != nil {
		return 0, fmt.Errorf("no log was left: %w", err)
	}
	log, err := os.Stat(s.path(storeFile) + "-wal")
	if err != nil {
		return 0, err
	}
	return float64(log.Size()) / 1e3, nil
}
