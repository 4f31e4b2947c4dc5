package retention_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/retention"
)

// sweeps is a store that has something to forget a number of times.
type sweeps struct {
	onevent.Store
	left  int
	fails int
	asked []onevent.Retention
	times []time.Time
}

func (s *sweeps) Sweep(_ context.Context, r onevent.Retention) (onevent.Swept, error) {
	s.asked, s.times = append(s.asked, r), append(s.times, time.Now())
	switch {
	case s.fails > 0:
		s.fails--
		return onevent.Swept{}, errors.New("boom")
	case s.left == 0:
		return onevent.Swept{}, nil
	}
	s.left--
	return onevent.Swept{Events: 1, Deliveries: 2, More: true}, nil
}

// SettleSoon has no rows that could go.
func (s *sweeps) SettleSoon(context.Context, func(onevent.Tx) error) error { return nil }

func TestFamiliesGoWhenNoTokenOfTheirsRefreshesAnyMore(t *testing.T) {
	p := testportal.Open(t)
	refresh := func(token string) (string, oauth.Refusal) {
		t.Helper()
		done, refusal, err := p.Authority.Refresh(t.Context(), testportal.ClientID, testportal.ClientSecret, token)
		if err != nil {
			t.Fatal(err)
		}
		return done.Tokens.Refresh, refusal
	}
	// A family with its first token, its newest, and the newest that was given
	// again at the end of the overlap; and many others.
	first := p.Tokens(testportal.User).Refresh
	newest, _ := refresh(first)
	refreshed := p.Clock.Now()
	p.Clock.Advance(oauth.Overlap - time.Second)
	again, _ := refresh(first)
	code := p.Authority.Code(p.Installation(p.App), p.Directory.User(p.ID, testportal.User))
	if _, refusal, err := p.Authority.Exchange(t.Context(), testportal.ClientID, testportal.ClientSecret, code); refusal != oauth.Granted || err != nil {
		t.Fatal(refusal, err)
	}
	p.Update(func(tx onevent.Tx) error {
		for id := range int64(600) {
			if err := tx.PutTokenFamily(onevent.TokenFamily{Portal: p.ID, ID: id + 1, Generation: 1, Time: refreshed}); err != nil {
				return err
			}
		}
		return nil
	})
	p.Clock.Advance(refreshed.Add(oauth.RefreshLife - time.Hour).Sub(p.Clock.Now()))
	keep := func(until func() bool) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		k := retention.Keeper{Store: p.Store, Directory: p.Directory, Clock: p.Clock, Logger: p.Logger}
		var running sync.WaitGroup
		running.Go(func() { k.Run(ctx) })
		testkit.Eventually(t, 10*time.Second, "the keeper is done", func() bool {
			p.Clock.Advance(10 * time.Second)
			return until()
		})
		cancel()
		running.Wait()
	}
	there := func(id int64) bool {
		err := p.Store.View(t.Context(), func(r onevent.Reader) error { _, err := r.TokenFamily(p.ID, id); return err })
		return err == nil
	}
	began := p.Clock.Now()
	tenMinutes := func() bool { return p.Clock.Now().Sub(began) > 10*time.Minute }
	keep(tenMinutes)
	if !there(1) || !there(600) {
		t.Fatal("families are gone whose tokens refresh")
	}
	if _, refusal := refresh(again); refusal != oauth.Granted {
		t.Fatalf("the token that was given again, in its last hour: %s", refusal)
	}
	p.Clock.Advance(time.Hour + oauth.Overlap)
	keep(func() bool { return !there(1) && !there(600) })
	p.Clock.Advance(oauth.RefreshLife)
	other := p.Tokens(testportal.User).Refresh
	began = p.Clock.Now()
	keep(tenMinutes)
	for what, token := range map[string]string{"the first": first, "the newest": newest, "the one that was given again": again} {
		if _, refusal := refresh(token); refusal != oauth.InvalidGrant {
			t.Errorf("%s, after its family was removed: %s", what, refusal)
		}
	}
	if _, refusal, _ := p.Authority.Exchange(t.Context(), testportal.ClientID, testportal.ClientSecret, code); refusal != oauth.InvalidGrant {
		t.Errorf("the code, after its family was removed: %s", refusal)
	}
	if _, refusal := refresh(other); refusal != oauth.Granted {
		t.Errorf("a living one: %s", refusal)
	}
}

func TestEndedHandlersAndTheirDestinationsGoOnceNothingInTheLogRefersToThem(t *testing.T) {
	p := testportal.Open(t)
	url := func(id onevent.HandlerID) string { return "https://app.example.com/" + string(rune('a'+id)) }
	long := p.Clock.Now().Add(-8 * 24 * time.Hour)
	p.Update(func(tx onevent.Tx) error {
		e := onevent.Event{Portal: p.ID, Code: "ONCRMDEALADD", Time: p.Clock.Now()}
		if err := tx.AddEvent(&e); err != nil {
			return err
		}
		put := func(id onevent.HandlerID, dest onevent.DestinationID, ended time.Time) error {
			return errors.Join(
				p.Directory.PutDestination(tx, onevent.Destination{ID: dest, Portal: p.ID, Owner: onevent.Owner{Installation: 1}, URL: url(onevent.HandlerID(dest))}),
				p.Directory.PutHandler(tx, onevent.Handler{ID: id, Portal: p.ID, Owner: onevent.Owner{Installation: 1}, Event: "ONCRMDEALADD",
					URL: url(onevent.HandlerID(dest)), User: onevent.UserID(id), Destination: dest, Ended: ended, EndedBy: onevent.VerdictUnbound}),
			)
		}
		return errors.Join(
			put(1, 1, long),
			put(2, 2, long), // of a delivery that the log has
			put(3, 3, p.Clock.Now()),
			put(4, 4, time.Time{}),
			put(5, 4, long),
			tx.Outages().Put(onevent.Outage{Destination: 1}),
			tx.AddDelivery(&onevent.Delivery{Event: e.ID, Portal: p.ID, Handler: 2, Destination: 2}),
		)
	})
	forgotten := make(chan onevent.DestinationID, 10)
	ctx, cancel := context.WithCancel(t.Context())
	k := retention.Keeper{Store: p.Store, Directory: p.Directory, Policy: retention.Default, Clock: p.Clock, Logger: p.Logger,
		Forget: func(id onevent.DestinationID) { forgotten <- id }}
	var running sync.WaitGroup
	running.Go(func() { k.Run(ctx) })
	testkit.Eventually(t, 10*time.Second, "handlers 1 and 5 are removed", func() bool {
		p.Clock.Advance(10 * time.Second)
		return p.Directory.Handler(1) == nil && p.Directory.Handler(5) == nil
	})
	cancel()
	running.Wait()
	close(forgotten)
	for id := range forgotten {
		if id != 1 {
			t.Errorf("destination %d was forgotten", id)
		}
	}
	var left string
	err := p.Store.View(t.Context(), func(r onevent.Reader) error {
		return errors.Join(
			r.Handlers().Each(func(h onevent.Handler) error { left += fmt.Sprint(" h", h.ID); return nil }),
			r.Destinations().Each(func(d onevent.Destination) error { left += fmt.Sprint(" d", d.ID); return nil }),
			r.Outages().Each(func(o onevent.Outage) error { left += fmt.Sprint(" o", o.Destination); return nil }),
		)
	})
	if err != nil || left != " h2 h3 h4 d2 d3 d4" {
		t.Errorf("left are%s, %v", left, err)
	}
	for _, d := range p.Directory.Destinations(p.ID) {
		left += fmt.Sprint(" m", d.ID)
	}
	if p.Directory.Destination(1) != nil || p.Directory.DestinationOf(onevent.Owner{Installation: 1}, url(1)) != nil || !strings.HasSuffix(left, " d4 m2 m3 m4") {
		t.Errorf("the directory has%s", left)
	}
}

func TestFilesThatNoVersionHasGo(t *testing.T) {
	p := testportal.Open(t)
	p.Update(func(tx onevent.Tx) error {
		var errs []error
		for id, state := range []string{onevent.FilesStand, onevent.FilesWritten, onevent.FilesEnded} {
			set := onevent.FileSet{ID: onevent.FileSetID(id + 1), Application: p.App, Version: 1, State: state, Time: p.Clock.Now()}
			errs = append(errs, p.Directory.PutFileSet(tx, set), tx.PutFile(onevent.File{Set: set.ID, Path: "a", Bytes: 30}))
			for n := range int64(30) {
				errs = append(errs, tx.PutFilePiece(set.ID, "a", n, []byte("x")))
			}
		}
		return errors.Join(errs...)
	})
	sets := func() (left string) {
		err := p.Store.View(t.Context(), func(r onevent.Reader) error {
			return r.FileSets().Each(func(s onevent.FileSet) error { left += s.State + " "; return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
		return left
	}
	ctx, cancel := context.WithCancel(t.Context())
	k := retention.Keeper{Store: p.Store, Directory: p.Directory, Clock: p.Clock, Logger: p.Logger}
	var running sync.WaitGroup
	running.Go(func() { k.Run(ctx) })
	testkit.Eventually(t, 10*time.Second, "they are removed", func() bool {
		p.Clock.Advance(10 * time.Second)
		return sets() == onevent.FilesStand+" "
	})
	cancel()
	running.Wait()
	err := p.Store.View(t.Context(), func(r onevent.Reader) error {
		_, err := r.FilePiece(1, "a", 29)
		return err
	})
	if err != nil || p.Directory.FileSet(p.App, 1) == nil {
		t.Errorf("the files that stand: %v", err)
	}
}

// nothing is a store without rows.
type nothing struct{ onevent.Store }

func (nothing) View(context.Context, func(onevent.Reader) error) error { return nil }

func empty(t *testing.T) *directory.Directory {
	t.Helper()
	d, err := directory.Load(t.Context(), nothing{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// run keeps a store to a policy for so long.
func run(t *testing.T, s *sweeps, p retention.Policy, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	k := retention.Keeper{Store: s, Directory: empty(t), Policy: p, Clock: onevent.SystemClock{}, Logger: slog.New(slog.DiscardHandler)}
	k.Run(ctx)
}

func TestStepsAreTakenUntilNothingIsLeftAndThenEachMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sweeps{left: 5}
		began := time.Now()
		run(t, s, retention.Default, 3*time.Minute+30*time.Second)
		if len(s.times) != 8 {
			t.Fatalf("Sweep was called at %v, want five steps with something to do and one without in each minute", s.times)
		}
		if first := s.times[0].Sub(began); first != time.Minute {
			t.Errorf("the first step came after %v", first)
		}
		for i := 1; i < 6; i++ {
			if pause := s.times[i].Sub(s.times[i-1]); pause < time.Millisecond || pause > time.Second {
				t.Errorf("between two steps are %v, others must have their turn", pause)
			}
		}
	})
}

func TestAFailureIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sweeps{left: 1, fails: 2}
		run(t, s, retention.Default, 3*time.Minute+30*time.Second)
		if s.left != 0 {
			t.Errorf("after two failures nothing was swept")
		}
	})
}

func TestAPolicySaysWhatMayBeForgotten(t *testing.T) {
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		policy retention.Policy
		want   onevent.Retention
	}{
		"nothing":               {},
		"the default":           {retention.Default, onevent.Retention{Settled: now.Add(-7 * day), Unserved: now.Add(-day), Size: 4 << 30}},
		"by age":                {retention.Policy{Age: day}, onevent.Retention{Settled: now.Add(-day), Unserved: now.Add(-day)}},
		"shorter than a day":    {retention.Policy{Age: time.Hour, Unserved: day}, onevent.Retention{Settled: now.Add(-time.Hour), Unserved: now.Add(-time.Hour)}},
		"by size":               {retention.Policy{Size: 5}, onevent.Retention{Size: 5}},
		"unserved events alone": {retention.Policy{Unserved: day}, onevent.Retention{Unserved: now.Add(-day)}},
	} {
		if got := c.policy.At(now); got != c.want {
			t.Errorf("%s: At = %+v, want %+v", name, got, c.want)
		}
	}
}
