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
		ids, err2 := r.WaitingDestinations()
		equal(t, "destinations within one View", len(ids), 0)
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
