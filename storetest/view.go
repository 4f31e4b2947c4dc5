package storetest

import (
	"context"
	"sync"
	"testing"

	"github.com/onevent/onevent"
)

var viewCases = []testCase{
	{"AViewIsOneSnapshot", snapshot},
	{"AViewSeesNothingOfAClosureThatRuns", isolation},
	{"ViewsThatShareASnapshotSeeOneState", shareViews},
	{"AWriterSeesWhatHeWroteThoughHisViewsShareASnapshot", shareAndWrite},
	{"AnErrorOrPanicOfASharedViewHarmsNothing", shareFails},
	{"ASharedViewOutlivesTheContextOfTheOneBeforeIt", shareDerived},
	{"AnErrorOrPanicOfAViewHarmsNothing", viewFails},
	{"AViewIsUnusableAfterItsEnd", viewAfterEnd},
	{"AHealthyStorePassesItsCheck", healthy},
}

// What is committed after the first read stays unseen until the next View.
func snapshot(t *testing.T, f *fixture) {
	f.view(t, func(r onevent.Reader) error {
		before, err := r.Stats()
		if err != nil {
			return err
		}
		f.add(t, 1)
		after, err := r.Stats()
		equal(t, "Stats within one View", after, before)
		waiting, err2 := r.Backlogs()
		equal(t, "backlogs within one View", len(waiting), 0)
		if err == nil {
			err = err2
		}
		return err
	})
	equal(t, "events in the next View", f.stats(t).Events, 1)
}

func isolation(t *testing.T, f *fixture) {
	inside, release := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		f.store.Update(context.Background(), func(tx onevent.Tx) error {
			err := tx.Portals().Put(portal(1))
			close(inside)
			<-release
			return err
		})
	})
	<-inside
	equal(t, "portals while the closure runs", len(f.portals(t)), 0)
	close(release)
	done.Wait()
	equal(t, "portals after its commit", len(f.portals(t)), 1)
}

func viewFails(t *testing.T, f *fixture) {
	for range 100 {
		err := f.store.View(context.Background(), func(onevent.Reader) error { return errBoom })
		if err != errBoom {
			t.Fatalf("View = %v, want the closure's error", err)
		}
		func() {
			defer func() { equal(t, "recovered", recover(), any("boom")) }()
			f.store.View(context.Background(), func(onevent.Reader) error { panic("boom") })
		}()
	}
	f.update(t, func(tx onevent.Tx) error { return tx.Portals().Put(portal(1)) })
	equal(t, "portals", len(f.portals(t)), 1)
}

func viewAfterEnd(t *testing.T, f *fixture) {
	var kept onevent.Reader
	f.view(t, func(r onevent.Reader) error {
		kept = r
		return nil
	})
	if _, err := kept.Stats(); err == nil {
		t.Error("a reader answered after its View had ended")
	}
}

func healthy(t *testing.T, f *fixture) {
	f.add(t, 1, 2, 3)
	if err := f.store.Check(context.Background()); err != nil {
		t.Error(err)
	}
}

// ids names the portals that a View under ctx sees.
func (f *fixture) ids(t *testing.T, ctx context.Context) (n int) {
	t.Helper()
	err := f.store.View(ctx, func(r onevent.Reader) error {
		return r.Portals().Each(func(onevent.Portal) error { n++; return nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func shareViews(t *testing.T, f *fixture) {
	for range 20 { // more than any pool of readers
		ctx, done := onevent.ShareViews(context.Background())
		before := f.ids(t, ctx)
		f.update(t, func(tx onevent.Tx) error {
			id, err := tx.NextID("portal")
			if err != nil {
				return err
			}
			return tx.Portals().Put(portal(int(id)))
		})
		if got := f.ids(t, ctx); got != before && got != before+1 {
			t.Errorf("the second View sees %d portals, the first %d", got, before)
		}
		done()
		done()
		equal(t, "portals in a View of its own", f.ids(t, context.Background()), before+1)
		equal(t, "portals in a View after done", f.ids(t, ctx), before+1)
		done()
	}
}

func shareAndWrite(t *testing.T, f *fixture) {
	ctx, done := onevent.ShareViews(context.Background())
	defer done()
	for i, write := range []func(context.Context, func(onevent.Tx) error) error{f.store.Update, f.store.Settle} {
		equal(t, "portals before", f.ids(t, ctx), i)
		err := write(ctx, func(tx onevent.Tx) error { return tx.Portals().Put(portal(i + 1)) })
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "portals after", f.ids(t, ctx), i+1)
	}
}

func shareFails(t *testing.T, f *fixture) {
	for range 20 {
		ctx, done := onevent.ShareViews(context.Background())
		f.ids(t, ctx)
		if err := f.store.View(ctx, func(onevent.Reader) error { return errBoom }); err != errBoom {
			t.Fatalf("View = %v, want the closure's error", err)
		}
		func() {
			defer func() { equal(t, "recovered", recover(), any("boom")) }()
			f.store.View(ctx, func(onevent.Reader) error { panic("boom") })
		}()
		equal(t, "portals", f.ids(t, ctx), 0)
		done()
	}
}

func shareDerived(t *testing.T, f *fixture) {
	ctx, done := onevent.ShareViews(context.Background())
	defer done()
	for range 2000 { // what ends a View may be on its way for a while
		derived, cancel := context.WithCancel(ctx)
		f.ids(t, derived)
		cancel()
		equal(t, "portals", f.ids(t, ctx), 0)
	}
}
