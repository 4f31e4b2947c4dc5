package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"time"
)

// fill fills a server's store while it does not run.
func (b *bench) fill(ctx context.Context, s *server, groups ...Group) error {
	return b.fillAgo(ctx, s, 0, groups...)
}

// fillAgo fills as if so much time had passed since.
func (b *bench) fillAgo(ctx context.Context, s *server, ago time.Duration, groups ...Group) error {
	began := time.Now()
	p, err := start(ctx, os.Stderr, b.verb("fill")...)
	if err != nil {
		return err
	}
	defer p.wait()
	var said string
	if err := p.ask(Plan{Dir: s.dir, Groups: groups, Ago: ago}, &said); err != nil {
		return fmt.Errorf("the store was not filled: %w", err)
	}
	b.line("filling the store of "+s.name(), "s", time.Since(began).Seconds())
	return nil
}

// prepared starts a server on a store that was filled, and holds it: several
// are measured in turn, and whoever is not measured takes no time of the
// machine. A restart for each run would measure cold caches; a server that runs
// on beside another would go on calling destinations that don't answer.
func (b *bench) prepared(ctx context.Context, name string, groups ...Group) (*server, error) {
	s, err := b.newServer(name)
	if err != nil {
		return nil, err
	}
	if err := b.fill(ctx, s, groups...); err != nil {
		return nil, err
	}
	if _, err := s.begin(ctx); err != nil {
		return nil, err
	}
	if err := wait(ctx, b.calm(groups)); err != nil {
		return nil, err
	}
	return s, hold(s.cmd.Process)
}

// calm is how long a server runs before its first run: one that finds dead
// destinations has tried each of them by then. What it does before is measured
// by the isolation runs.
func (b *bench) calm(groups []Group) time.Duration {
	if slices.ContainsFunc(groups, func(g Group) bool { return g.Waiting > 0 }) {
		return b.Size.Calm
	}
	return b.Size.Settle
}

// awake is how long a server runs after it was held, before it is measured: what
// became due meanwhile is done by then.
const awake = 300 * time.Millisecond

// inTurn measures a server that is held.
func (b *bench) inTurn(u published) func(context.Context) (run, error) {
	return func(ctx context.Context) (run, error) {
		if err := release(u.on.cmd.Process); err != nil {
			return run{}, err
		}
		if err := wait(ctx, awake); err != nil {
			return run{}, err
		}
		r, err := b.publish(ctx, u)
		return r, errors.Join(err, hold(u.on.cmd.Process))
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refusing begins the URLs of destinations that refuse the connection. Nobody
// listens on the port, and it is below those that systems give to whoever asks
// for any, so no connection of the machine gets it by chance.
const refusing = "http://127.0.0.1:1/"

func checkRefusing() error {
	conn, err := net.DialTimeout("tcp", "127.0.0.1:1", time.Second)
	if err != nil {
		return nil
	}
	conn.Close()
	return errors.New("somebody listens on 127.0.0.1:1, where the bench wants connections to be refused")
}

// A server keeps its store as it was filled beside the one that it works on, for
// runs that must begin with the same.
const keptFile = "kept.db"

func (s *server) keepStore() error { return os.Rename(s.path(storeFile), s.path(keptFile)) }

// restoreStore gives the server the store that was kept. It is on the disk when
// it returns, so that the run after it does not wait for that.
func (s *server) restoreStore() error {
	for _, ending := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(s.path(storeFile) + ending); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	from, err := os.Open(s.path(keptFile))
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(s.path(storeFile), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Sync(), to.Close())
}
