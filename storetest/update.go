package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/onevent/onevent"
)

var updateCases = []testCase{
	{"AFailedClosureUndoesItselfAlone", failedClosure},
	{"APanicGoesOnInItsCaller", panics},
	{"AClosureThatEndsItsGoroutineEndsItsCallerAlone", exits},
	{"EffectsRunInCommitOrderBeforeUpdateReturns", effects},
	{"EffectsOfAFailedClosureDoNotRun", noEffects},
	{"APanicOfAnEffectGoesOnInItsCaller", effectPanics},
	{"WhoGotAnAnswerReadsWhatHeWrote", readYourWrites},
	{"AnEndedContextKeepsTheClosureFromRunning", endedBefore},
	{"AContextThatEndsInTheQueueEndsTheWait", endedInQueue},
	{"AContextThatEndsInsideChangesNothing", endedInside},
	{"ARefusedRowLeavesTheTransactionUsable", refusedRow},
	{"ATransactionIsUnusableAfterItsClosure", usedAfterEnd},
	{"SettleWritesLikeUpdate", settleWrites},
	{"WhatCanWaitIsWrittenAloneToo", settleSoonWrites},
	{"CloseAnswersWhatWaitsAndThenRefuses", closes},
	{"ManyCallersMakeProgressTogether", manyCallers},
}

// together runs n calls of f at once and holds up the store until all have
// started, so that a driver which groups callers has something to group.
func (f *fixture) together(n int, call func(i int)) {
	var started, done sync.WaitGroup
	started.Add(n)
	inside := make(chan struct{})
	done.Go(func() {
		f.store.Update(context.Background(), func(onevent.Tx) error {
			close(inside)
			started.Wait()
			for range 100 {
				runtime.Gosched()
			}
			return nil
		})
	})
	<-inside
	for i := range n {
		done.Go(func() {
			started.Done()
			call(i)
		})
	}
	done.Wait()
}

var errBoom = errors.New("boom")

// Of fifty closures in one group, each third returns an error and each fifth
// panics; exactly the others are stored.
func failedClosure(t *testing.T, f *fixture) {
	f.together(50, func(i int) {
		defer func() {
			if p := recover(); (p != nil) != (i%3 != 0 && i%5 == 0) {
				t.Errorf("closure %d panicked with %v", i, p)
			}
		}()
		err := f.store.Update(context.Background(), func(tx onevent.Tx) error {
			if err := tx.Portals().Put(portal(i + 1)); err != nil {
				return err
			}
			if i%3 == 0 {
				return errBoom
			}
			if i%5 == 0 {
				panic("boom")
			}
			return nil
		})
		if want := i%3 == 0; (err != nil) != want || want && err != errBoom {
			t.Errorf("closure %d returned %v", i, err)
		}
	})
	var want []onevent.PortalID
	for i := range 50 {
		if i%3 != 0 && i%5 != 0 {
			want = append(want, onevent.PortalID(i+1))
		}
	}
	if got := f.portals(t); !slices.Equal(got, want) {
		t.Errorf("stored %v, want %v", got, want)
	}
}

func (f *fixture) portals(t *testing.T) (ids []onevent.PortalID) {
	t.Helper()
	f.view(t, func(r onevent.Reader) error {
		return r.Portals().Each(func(p onevent.Portal) error {
			ids = append(ids, p.ID)
			return nil
		})
	})
	return ids
}

// The value is the very one that was thrown, and the store goes on.
func panics(t *testing.T, f *fixture) {
	thrown := &struct{ n int }{7}
	func() {
		defer func() {
			if p := recover(); p != any(thrown) {
				t.Errorf("recovered %v, want %v", p, thrown)
			}
		}()
		f.store.Update(context.Background(), func(tx onevent.Tx) error {
			tx.Portals().Put(portal(1))
			panic(thrown)
		})
	}()
	f.update(t, func(tx onevent.Tx) error { return tx.Portals().Put(portal(2)) })
	if got := f.portals(t); !slices.Equal(got, []onevent.PortalID{2}) {
		t.Errorf("stored %v, want only portal 2", got)
	}
}

// runtime.Goexit, which FailNow of a test calls, harms no other caller.
func exits(t *testing.T, f *fixture) {
	var mu sync.Mutex
	var returned []int
	f.together(20, func(i int) {
		err := f.store.Update(context.Background(), func(tx onevent.Tx) error {
			if err := tx.Portals().Put(portal(i + 1)); err != nil {
				return err
			}
			if i%7 == 3 {
				runtime.Goexit()
			}
			return nil
		})
		if err != nil {
			t.Errorf("closure %d returned %v", i, err)
		}
		mu.Lock()
		returned = append(returned, i)
		mu.Unlock()
	})
	equal(t, "callers that returned", len(returned), 17)
	equal(t, "portals stored", len(f.portals(t)), 17)
}

// The order of the effects is the order of the numbers drawn inside.
func effects(t *testing.T, f *fixture) {
	var mu sync.Mutex
	var order []int64
	f.together(40, func(i int) {
		ran := false
		err := f.store.Update(context.Background(), func(tx onevent.Tx) error {
			_, ds, err := publish(tx, 1)
			if err != nil {
				return err
			}
			tx.OnCommit(func() {
				mu.Lock()
				order = append(order, ds[0].Seq)
				mu.Unlock()
			})
			tx.OnCommit(func() { ran = true })
			return nil
		})
		if err != nil || !ran {
			t.Errorf("Update = %v, effects ran: %v", err, ran)
		}
	})
	if len(order) != 40 || !slices.IsSorted(order) {
		t.Errorf("effects ran in the order %v", order)
	}
}

func noEffects(t *testing.T, f *fixture) {
	f.together(10, func(i int) {
		defer func() { recover() }()
		f.store.Update(context.Background(), func(tx onevent.Tx) error {
			tx.OnCommit(func() { t.Errorf("an effect of closure %d ran", i) })
			if i%2 == 0 {
				panic("boom")
			}
			return errBoom
		})
	})
}

func effectPanics(t *testing.T, f *fixture) {
	func() {
		defer func() { equal(t, "recovered", recover(), any("effect")) }()
		f.store.Update(context.Background(), func(tx onevent.Tx) error {
			tx.OnCommit(func() { panic("effect") })
			return tx.Portals().Put(portal(1))
		})
	}()
	equal(t, "portals stored", len(f.portals(t)), 1)
}

func readYourWrites(t *testing.T, f *fixture) {
	var done sync.WaitGroup
	for i := range 16 {
		done.Go(func() {
			for n := range 20 {
				id := int64(i*20 + n + 1)
				f.update(t, func(tx onevent.Tx) error {
					return tx.PutRecord(onevent.Record{Portal: 1, Kind: "k", ID: id, Fields: []byte(`{}`)})
				})
				f.view(t, func(r onevent.Reader) error {
					_, err := r.Record(1, "k", id)
					return err
				})
			}
		})
	}
	done.Wait()
}

func endedBefore(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := f.store.Update(ctx, func(onevent.Tx) error {
		t.Error("the closure ran")
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update = %v, want one that is context.Canceled", err)
	}
	for range 200 { // what ends a View comes at any of its moments
		err = f.store.View(ctx, func(onevent.Reader) error { return nil })
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("View = %v", err)
		}
	}
}

// The wait ends although the closure ahead in the queue has not.
func endedInQueue(t *testing.T, f *fixture) {
	inside, release := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		f.store.Update(context.Background(), func(onevent.Tx) error {
			close(inside)
			<-release
			return nil
		})
	})
	<-inside
	ctx, cancel := context.WithCancel(context.Background())
	ran := false
	done.Go(func() {
		runtime.Gosched()
		cancel()
	})
	err := f.store.Update(ctx, func(tx onevent.Tx) error {
		ran = true
		return tx.Portals().Put(portal(1))
	})
	close(release)
	done.Wait()
	if ran {
		// A driver that runs closures side by side had a turn for it.
		equal(t, "Update", err, nil)
		return
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Update = %v, want one that is context.Canceled", err)
	}
	equal(t, "portals stored", len(f.portals(t)), 0)
}

func endedInside(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(context.Background())
	err := f.store.Update(ctx, func(tx onevent.Tx) error {
		cancel()
		return tx.Portals().Put(portal(1))
	})
	equal(t, "Update", err, nil)
	equal(t, "portals stored", len(f.portals(t)), 1)
}

// A closure may take a conflict for an answer and go on.
func refusedRow(t *testing.T, f *fixture) {
	f.update(t, func(tx onevent.Tx) error { return tx.Portals().Put(portal(1)) })
	f.update(t, func(tx onevent.Tx) error {
		twin := portal(2)
		twin.MemberID = portal(1).MemberID
		wantCode(t, tx.Portals().Put(twin), onevent.CodeConflict)
		_, err := tx.Record(1, "k", 1)
		wantCode(t, err, onevent.CodeNotFound)
		wantCode(t, tx.PutRecord(onevent.Record{Fields: []byte("no")}), onevent.CodeInvalid)
		return tx.Portals().Put(portal(3))
	})
	if got := f.portals(t); !slices.Equal(got, []onevent.PortalID{1, 3}) {
		t.Errorf("stored %v, want portals 1 and 3", got)
	}
}

func usedAfterEnd(t *testing.T, f *fixture) {
	var kept onevent.Tx
	f.update(t, func(tx onevent.Tx) error {
		kept = tx
		return nil
	})
	if err := kept.Portals().Put(portal(1)); err == nil {
		t.Error("a transaction took a row after its closure had returned")
	}
	if _, err := kept.NextID("portal"); err == nil {
		t.Error("a transaction drew a number after its closure had returned")
	}
	equal(t, "portals stored", len(f.portals(t)), 0)
}

func settleWrites(t *testing.T, f *fixture) {
	effect := false
	err := f.store.Settle(context.Background(), func(tx onevent.Tx) error {
		tx.OnCommit(func() { effect = true })
		return tx.Portals().Put(portal(1))
	})
	if err != nil || !effect {
		t.Errorf("Settle = %v, its effect ran: %v", err, effect)
	}
	equal(t, "portals stored", len(f.portals(t)), 1)
}

// Whether others come or not, what can wait is written.
func settleSoonWrites(t *testing.T, f *fixture) {
	put := func(write func(context.Context, func(onevent.Tx) error) error, n int, order *[]int) {
		err := write(context.Background(), func(tx onevent.Tx) error {
			tx.OnCommit(func() { *order = append(*order, n) })
			return tx.Portals().Put(portal(n))
		})
		if err != nil {
			t.Errorf("portal %d: %v", n, err)
		}
	}
	var alone []int
	put(f.store.SettleSoon, 1, &alone)
	equal(t, "portals stored", len(f.portals(t)), 1)

	var order []int
	var soon sync.WaitGroup
	for n := 2; n < 12; n++ {
		soon.Go(func() { put(f.store.SettleSoon, n, &order) })
	}
	put(f.store.Update, 20, &order)
	soon.Wait()
	equal(t, "effects", len(order), 11)
	equal(t, "portals stored", len(f.portals(t)), 12)
}

// Calls that come while Close drains the queue are either answered in full or
// refused.
func closes(t *testing.T, f *fixture) {
	stored := make([]bool, 30)
	var closing sync.WaitGroup
	f.together(30, func(i int) {
		if i == 15 {
			closing.Go(func() { equal(t, "Close", f.store.Close(), nil) })
		}
		err := f.store.Update(context.Background(), func(tx onevent.Tx) error { return tx.Portals().Put(portal(i + 1)) })
		if err != nil && !errors.Is(err, onevent.ErrClosed) {
			t.Errorf("Update = %v", err)
		}
		stored[i] = err == nil
	})
	closing.Wait()
	equal(t, "Close again", f.store.Close(), nil)
	nothing := func(onevent.Tx) error { return nil }
	for what, err := range map[string]error{
		"Update":     f.store.Update(context.Background(), nothing),
		"Settle":     f.store.Settle(context.Background(), nothing),
		"SettleSoon": f.store.SettleSoon(context.Background(), nothing),
		"View":       f.store.View(context.Background(), func(onevent.Reader) error { return nil }),
		"Check":      f.store.Check(context.Background()),
	} {
		if !errors.Is(err, onevent.ErrClosed) {
			t.Errorf("%s after Close = %v", what, err)
		}
	}
	f.restart()
	var want []onevent.PortalID
	for i, ok := range stored {
		if ok {
			want = append(want, onevent.PortalID(i+1))
		}
	}
	if got := f.portals(t); !slices.Equal(got, want) {
		t.Errorf("stored %v, answered %v", got, want)
	}
}

// Sixteen callers of each kind finish, none starving another.
func manyCallers(t *testing.T, f *fixture) {
	var done sync.WaitGroup
	for i := range 16 {
		done.Go(func() {
			for n := range 10 {
				f.add(t, onevent.DestinationID(i*10+n+1))
			}
		})
		done.Go(func() {
			for range 10 {
				if err := f.store.Settle(context.Background(), func(tx onevent.Tx) error {
					_, err := tx.CancelWaiting(onevent.DestinationID(i+1), 1, onevent.VerdictUnbound, 1)
					return err
				}); err != nil {
					t.Error(err)
				}
				f.stats(t)
			}
		})
	}
	done.Wait()
	equal(t, "events", f.stats(t).Events, 160)
}

// portal is a row with everything set.
func portal(n int) onevent.Portal {
	return onevent.Portal{
		ID:        onevent.PortalID(n),
		MemberID:  fmt.Sprintf("%032x", n),
		Domain:    fmt.Sprintf("p%d.example", n),
		PublicURL: fmt.Sprintf("https://p%d.example:8443", n),
		Language:  "de",
		TimeZone:  "Europe/Berlin",
		Settings: onevent.PortalSettings{
			RefreshToken: onevent.RefreshTokenAlways, NoAccessCheck: true, RateBurst: 50, RatePerSecond: 0.1, OperatingLimit: 480,
		},
		Created: start,
	}
}
