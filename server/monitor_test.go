package server_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/server"
	"github.com/onevent/onevent/sqlite"
)

// played is a store that tells of its disk, and fails, as a test says.
type played struct {
	onevent.Store
	mu   sync.Mutex
	disk onevent.Disk
	err  error // of every View
}

func (p *played) Disk() (onevent.Disk, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.disk, nil
}

func (p *played) TimePublishing(func(time.Duration)) {}

func (p *played) View(ctx context.Context, fn func(onevent.Reader) error) error {
	p.mu.Lock()
	err := p.err
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return p.Store.View(ctx, fn)
}

func (p *played) play(d onevent.Disk, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.disk, p.err = d, err
}

// roomy is a disk with room.
var roomy = onevent.Disk{Free: 1000, Reserve: 100}

func (b *bed) ready(status int, part string) {
	b.t.Helper()
	code, text := b.do(http.MethodGet, "http://127.0.0.1:8055/readyz", "")
	if code != status || !strings.Contains(text, part) {
		b.t.Errorf("readyz is %d %q, not %d with %q", code, text, status, part)
	}
}

func TestReadinessNamesTheReason(t *testing.T) {
	t.Parallel()
	p := &played{disk: roomy}
	b := newBed(t, func(c *server.Config) { p.Store, c.Store = c.Store, p })
	b.ready(http.StatusOK, "ok\n")
	p.play(onevent.Disk{Free: 100, Reserve: 100}, nil)
	b.ready(http.StatusOK, "ok\n")
	p.play(onevent.Disk{Free: 99, Reserve: 100}, nil)
	b.ready(http.StatusServiceUnavailable, "nothing can be stored, the disk is full")
	p.play(onevent.Disk{}, nil)
	b.ready(http.StatusServiceUnavailable, "nothing can be stored, the disk is full")
	p.play(roomy, onevent.ErrDamaged)
	b.ready(http.StatusServiceUnavailable, "the store is damaged")
	p.play(roomy, errors.New("boom"))
	b.ready(http.StatusServiceUnavailable, "the store can't be read")
	if text := b.scrape(); !strings.Contains(text, "\nonevent_disk_free_bytes 1000\n") || strings.Contains(text, "\nonevent_events_total") {
		t.Error("the numbers that can be read are not all there, or one that can't is")
	}
	p.play(roomy, nil)
	b.ready(http.StatusOK, "ok\n")
}

// A store below its reserve refuses what is new, and the server is not ready.
func TestBelowTheReserveTheServerIsNotReady(t *testing.T) {
	t.Parallel()
	var c server.Config
	newBed(t, func(of *server.Config) { c = *of }).ready(http.StatusOK, "ok\n")
	low, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "onevent.db"), Reserve: 1 << 62})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { low.Close() })
	c.Store = low
	s, err := server.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	(&bed{Server: s, t: t}).ready(http.StatusServiceUnavailable, "nothing can be stored, the disk is full")
}

// heard are the operator events that were told.
type heard struct {
	mu  sync.Mutex
	all []onevent.OperatorEvent
}

func (h *heard) tell(e onevent.OperatorEvent) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, e)
}

func (h *heard) of(kind string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.all {
		if e.Type == kind {
			n++
		}
	}
	return n
}

func TestTheOperatorHearsOfADiskThatGetsFullOnceAndThenHourly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, h := &played{disk: roomy}, &heard{}
		newBed(t, func(c *server.Config) { p.Store, c.Store, c.Tell = c.Store, p, h.tell })
		low := onevent.Disk{Free: 199, Reserve: 100}
		for _, step := range []struct {
			disk onevent.Disk
			pass time.Duration
			told int
		}{
			{onevent.Disk{Free: 200, Reserve: 100}, time.Hour, 0},
			{low, 9 * time.Second, 0},
			{low, 2 * time.Second, 1},
			{low, 59 * time.Minute, 1},
			{low, 2 * time.Minute, 2},
			{low, time.Hour, 3},
			{roomy, time.Minute, 3},
			{low, time.Minute, 3}, // it comes and goes
			{roomy, 6 * time.Minute, 3},
			{low, 11 * time.Second, 4}, // it begins anew
		} {
			p.play(step.disk, nil)
			<-time.After(step.pass)
			synctest.Wait()
			if got := h.of(onevent.OperatorDiskLow); got != step.told {
				t.Fatalf("after %v with %d bytes free %d were told, not %d", step.pass, step.disk.Free, got, step.told)
			}
		}
		if n := h.of(onevent.OperatorBacklogLate); n != 0 {
			t.Errorf("%d were told of being late", n)
		}
	})
}

// steps is a clock that a test moves from one look of the monitor to the next.
type steps struct {
	*onevent.ManualClock
	armed chan struct{}
}

func (s steps) AfterFunc(d time.Duration, f func()) func() bool {
	stop := s.ManualClock.AfterFunc(d, f)
	if d == 10*time.Second {
		s.armed <- struct{}{}
	}
	return stop
}

// step moves on, and lets the monitor have looked.
func (s steps) step() {
	s.Advance(10 * time.Second)
	<-s.armed
}

func TestAServerThatIsLateIsNotReadyAndItsOperatorHearsOfIt(t *testing.T) {
	t.Parallel()
	release, reached := make(chan struct{}), make(chan struct{}, 2)
	handler := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		reached <- struct{}{}
		<-release
	}))
	t.Cleanup(handler.Close)
	clock, h := steps{onevent.NewManualClock(time.Unix(1727018926, 0)), make(chan struct{}, 1)}, &heard{}
	b := newBed(t, func(c *server.Config) {
		c.Clock, c.Tell, c.Limits.Server = clock, h.tell, 1
		c.Egress = egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	})
	<-clock.armed
	for _, event := range []string{"ONCRMDEALADD", "ONCRMLEADADD"} {
		if code, text := b.rest("event.bind", "event="+event+"&handler="+url.QueryEscape(handler.URL+"/"+event)); code != http.StatusOK {
			t.Fatal(text)
		}
		if code, text := b.admin(http.MethodPost, "/events", `{"event":"`+event+`","data":{"FIELDS":{"ID":5}}}`); code != http.StatusAccepted {
			t.Fatal(text)
		}
	}
	<-reached
	for range 6 {
		clock.step()
	}
	b.ready(http.StatusOK, "ok\n")
	clock.step()
	b.ready(http.StatusServiceUnavailable, "the oldest due delivery is 1m10s late")
	if text := b.scrape(); !strings.Contains(text, "\nonevent_oldest_due_seconds 70\n") {
		t.Error("the numbers do not tell how late it is")
	}
	for range 359 {
		clock.step()
	}
	if n := h.of(onevent.OperatorBacklogLate); n != 1 {
		t.Errorf("within an hour %d were told", n)
	}
	clock.step()
	if n := h.of(onevent.OperatorBacklogLate); n != 2 {
		t.Errorf("after an hour %d were told", n)
	}
	close(release)
	testkit.Eventually(t, 10*time.Second, "all is delivered", func() bool { return strings.Contains(b.scrape(), "\nonevent_deliveries_waiting 0\n") })
	clock.step()
	b.ready(http.StatusOK, "ok\n")
}
