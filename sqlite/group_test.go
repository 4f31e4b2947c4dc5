package sqlite_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
	"github.com/onevent/onevent/storetest"
)

// The driver obeys the law of the contract.
func TestLaw(t *testing.T) {
	runLaw(t, func(c sqlite.Config) sqlite.Config { return c })
}

// The index of the log in parts so small that each test has some, and pages that
// end before they are full.
func TestLawWithSmallPartsOfTheLog(t *testing.T) {
	runLaw(t, func(c sqlite.Config) sqlite.Config { return c.IndexedInParts(50, 80).Unsynced() })
}

func runLaw(t *testing.T, configure func(sqlite.Config) sqlite.Config) {
	storetest.Run(t, func(t *testing.T, clock onevent.Clock) (onevent.Store, func() onevent.Store) {
		config := configure(sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db"), Clock: clock})
		db := open(t, config)
		return db, func() onevent.Store {
			must(t, db.Close())
			db = open(t, config)
			return db
		}
	})
}

func open(t *testing.T, config sqlite.Config) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// held is a store whose writer stands in a closure until release: all that is
// submitted meanwhile makes the next groups.
type held struct {
	*sqlite.DB
	release func()
	callers sync.WaitGroup
}

// hold must be called within a bubble of synctest.
func hold(t *testing.T, config sqlite.Config) *held {
	t.Helper()
	db, err := sqlite.Open(context.Background(), config)
	must(t, err)
	gate := make(chan struct{})
	h := &held{DB: db, release: sync.OnceFunc(func() { close(gate) })}
	h.callers.Go(func() {
		db.Update(context.Background(), func(onevent.Tx) error {
			<-gate
			return nil
		})
	})
	synctest.Wait()
	return h
}

// submit calls Update in its own goroutine and returns when it is in the queue.
func (h *held) submit(ctx context.Context, fn func(onevent.Tx) error) *error {
	err := new(error)
	h.callers.Go(func() { *err = h.Update(ctx, fn) })
	synctest.Wait()
	return err
}

func (h *held) finish(t *testing.T) {
	t.Helper()
	h.release()
	h.callers.Wait()
	must(t, h.Close())
}

// Closures run in the order in which they came, whichever way they came.
func TestClosuresRunInTheOrderOfTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hold(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db")})
		var order []int
		for i := range 600 {
			call := h.Update
			if i%2 == 1 {
				call = h.Settle
			}
			h.callers.Go(func() {
				call(context.Background(), func(tx onevent.Tx) error {
					order = append(order, i)
					return nil
				})
			})
			synctest.Wait()
		}
		h.finish(t)
		if len(order) != 600 || !slices.IsSorted(order) {
			t.Errorf("closures ran in the order %v", order)
		}
	})
}

// A caller whose context ends while his closure waits for its turn is told at
// once, and his closure never runs.
func TestTheWaitInTheQueueEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hold(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db")})
		ctx, cancel := context.WithCancel(context.Background())
		err := h.submit(ctx, func(onevent.Tx) error {
			t.Error("the closure ran")
			return nil
		})
		other := h.submit(context.Background(), func(onevent.Tx) error { return nil })
		cancel()
		synctest.Wait()
		if !errors.Is(*err, context.Canceled) {
			t.Errorf("Update = %v while the writer is held", *err)
		}
		h.finish(t)
		if *other != nil {
			t.Errorf("the caller behind got %v", *other)
		}
	})
}

// A commit that fails fails every caller of its group, and nothing of it is
// visible; the next group goes on. A table that is gone makes the commit fail,
// because it takes what every group writes.
func TestAFailedCommitFailsItsWholeGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "store.db")
		h := hold(t, sqlite.Config{Path: path})
		// The held closure has begun its transaction; other programs wait for it.
		h.release()
		h.callers.Wait()
		breakStats(t, path, "ALTER TABLE stats RENAME TO hidden")
		gate := make(chan struct{})
		h.release = sync.OnceFunc(func() { close(gate) })
		h.submit(context.Background(), func(onevent.Tx) error {
			<-gate
			return nil
		})
		effect := false
		failures := []*error{
			h.submit(context.Background(), addEvent),
			h.submit(context.Background(), func(tx onevent.Tx) error {
				tx.OnCommit(func() { effect = true })
				return addEvent(tx)
			}),
		}
		h.release()
		h.callers.Wait()
		for _, err := range failures {
			if *err == nil {
				t.Error("a caller of the failed group was told of success")
			}
		}
		if effect {
			t.Error("an effect of the failed group ran")
		}
		breakStats(t, path, "ALTER TABLE hidden RENAME TO stats")
		must(t, h.Update(context.Background(), addEvent))
		must(t, h.View(context.Background(), func(r onevent.Reader) error {
			st, err := r.Stats()
			if st != (onevent.Stats{Events: 1, Waiting: 1}) {
				t.Errorf("Stats = %+v, want those of the later event alone", st)
			}
			return err
		}))
		must(t, h.Close())
	})
}

func breakStats(t *testing.T, path, statement string) {
	t.Helper()
	script(t, path, statement+";")
}

// An error that is not about one row fails the closure even if it swallows it,
// and harms no other. A table that is gone stands for what can go wrong below.
func TestASwallowedErrorOfTheEngineFailsTheClosure(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	db := open(t, sqlite.Config{Path: path})
	script(t, path, "ALTER TABLE record RENAME TO hidden;")
	err := db.Update(t.Context(), func(tx onevent.Tx) error {
		if err := addEvent(tx); err != nil {
			t.Error(err)
		}
		if tx.PutRecord(onevent.Record{Portal: 1, Kind: "k", ID: 1, Fields: []byte("{}")}) == nil {
			t.Error("a row was put into a table that is gone")
		}
		return nil
	})
	if onevent.CodeOf(err) != onevent.CodeInternal {
		t.Errorf("Update = %v", err)
	}
	must(t, db.View(t.Context(), func(r onevent.Reader) error {
		st, err := r.Stats()
		if st.Events != 0 {
			t.Errorf("%d events are there", st.Events)
		}
		return err
	}))
	must(t, db.Update(t.Context(), addEvent))
}

// A closure that takes long is logged with its name.
func TestASlowClosureIsLoggedWithItsName(t *testing.T) {
	t.Parallel()
	clock := onevent.NewManualClock(time.Unix(0, 0))
	var out bytes.Buffer
	db := open(t, sqlite.Config{
		Path: filepath.Join(t.TempDir(), "store.db"), Clock: clock, Logger: slog.New(slog.NewJSONHandler(&out, nil)),
	})
	for _, took := range []time.Duration{50 * time.Millisecond, 51 * time.Millisecond} {
		must(t, db.Update(t.Context(), func(onevent.Tx) error {
			clock.Advance(took)
			return nil
		}))
	}
	var line struct {
		Closure string
		Took    time.Duration
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("the log is not one line: %q, %v", out.String(), err)
	}
	if !strings.Contains(line.Closure, "TestASlowClosureIsLoggedWithItsName") || line.Took != 51*time.Millisecond {
		t.Errorf("logged %+v", line)
	}
}

// A log that a reader holds up grows; once it is too long, the reader is ended,
// and the log is used from its start again.
func TestAnOldViewIsEndedWhenTheLogIsTooLong(t *testing.T) {
	t.Parallel()
	clock := onevent.NewManualClock(time.Unix(0, 0))
	path := filepath.Join(t.TempDir(), "store.db")
	db := open(t, sqlite.Config{Path: path, Clock: clock}.LimitLogAt(1<<20).WriteBackAt(10))
	err := db.View(t.Context(), func(r onevent.Reader) error {
		if _, err := r.Stats(); err != nil {
			return err
		}
		clock.Advance(6 * time.Second)
		for range 600 {
			if err := db.Update(t.Context(), addEvent); err != nil {
				return err
			}
		}
		_, err := r.Stats()
		return err
	})
	if onevent.CodeOf(err) != onevent.CodeUnavailable {
		t.Errorf("the old view returned %v", err)
	}
	grown := logSize(t, path)
	for range 600 {
		must(t, db.Update(t.Context(), addEvent))
	}
	if after := logSize(t, path); after > grown+100*4096 {
		t.Errorf("the log grew on from %d to %d bytes", grown, after)
	}
	must(t, db.View(t.Context(), func(r onevent.Reader) error {
		_, err := r.Stats()
		return err
	}))
}

// Without a reader in its way the log stays within the size at which the writer
// writes it back itself.
func TestTheLogStaysSmall(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	db := open(t, sqlite.Config{Path: path}.WriteBackAt(10))
	for range 500 {
		must(t, db.Update(t.Context(), addEvent))
	}
	if size := logSize(t, path); size > 1000*4096 {
		t.Errorf("the log has %d bytes", size)
	}
}

func logSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path + "-wal")
	must(t, err)
	return info.Size()
}

// A view ends with its context, and its connection serves the next one.
func TestAViewEndsWithItsContext(t *testing.T) {
	t.Parallel()
	db := open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db")})
	for range 30 {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.View(ctx, func(r onevent.Reader) error {
			cancel()
			for {
				if _, err := r.Stats(); err != nil {
					return err
				}
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("View = %v", err)
		}
	}
	must(t, db.View(t.Context(), func(r onevent.Reader) error {
		_, err := r.Stats()
		return err
	}))
}

// A closure that failed after it wrote is undone alone: those of its group that
// succeeded have their rows and effects once, although they ran twice.
func TestAGroupBeginsAgainWhenAClosureFailsAfterItWrote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db")}
		h := hold(t, config)
		runs, effects := map[string]int{}, map[string]int{}
		add := func(name string, err error) func(onevent.Tx) error {
			return func(tx onevent.Tx) error {
				runs[name]++
				tx.OnCommit(func() { effects[name]++ })
				if err := tx.AddEvent(&onevent.Event{Portal: 1, Code: name}); err != nil {
					return err
				}
				return err
			}
		}
		refused := func(onevent.Tx) error { runs["refused"]++; return onevent.ErrNotFound }
		outcomes := []*error{
			h.submit(context.Background(), add("first", nil)),
			h.submit(context.Background(), refused),
			h.submit(context.Background(), add("failed", onevent.ErrConflict)),
			h.submit(context.Background(), add("last", nil)),
		}
		h.finish(t)
		for i, want := range []error{nil, onevent.ErrNotFound, onevent.ErrConflict, nil} {
			if got := *outcomes[i]; got != want {
				t.Errorf("closure %d: %v instead of %v", i, got, want)
			}
		}
		if runs["first"] != 2 || runs["failed"] != 2 || runs["last"] != 1 || effects["first"] != 1 || effects["last"] != 1 || effects["failed"] != 0 {
			t.Errorf("runs %v, effects %v", runs, effects)
		}
		db, err := sqlite.Open(context.Background(), config)
		must(t, err)
		err = db.View(context.Background(), func(r onevent.Reader) error {
			stats, err := r.Stats()
			if stats.Events != 2 {
				t.Errorf("%d events are counted", stats.Events)
			}
			return err
		})
		must(t, err)
		must(t, db.Close())
	})
}

// What fails before it writes, as a call about something that is not there does,
// costs the others nothing.
func TestAClosureThatFailsBeforeItWritesRunsNoOtherTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hold(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db")})
		runs := 0
		h.submit(context.Background(), func(tx onevent.Tx) error { runs++; return tx.AddEvent(&onevent.Event{Portal: 1}) })
		h.submit(context.Background(), func(tx onevent.Tx) error {
			_, err := tx.Record(1, "crm.activity", 7)
			return err
		})
		h.finish(t)
		if runs != 1 {
			t.Errorf("it ran %d times", runs)
		}
	})
}

// What nobody waits for lets others come into its commit, and does not wait long
// when nobody comes.
func TestWhatCanWaitSharesTheCommitOfTheNextToCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := sqlite.Open(context.Background(), sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db"), Clock: onevent.SystemClock{}})
		must(t, err)
		var steps []string
		write := func(name string) func(onevent.Tx) error {
			return func(tx onevent.Tx) error {
				steps = append(steps, name+" runs")
				tx.OnCommit(func() { steps = append(steps, name+" is stored") })
				_, err := tx.NextID(name)
				return err
			}
		}
		var callers sync.WaitGroup
		callers.Go(func() { must(t, db.SettleSoon(context.Background(), write("settling"))) })
		synctest.Wait()
		if len(steps) != 0 {
			t.Fatalf("before anybody else came: %q", steps)
		}
		must(t, db.Update(context.Background(), write("publishing")))
		callers.Wait()
		if want := []string{"settling runs", "publishing runs", "settling is stored", "publishing is stored"}; !slices.Equal(steps, want) {
			t.Errorf("the steps are %q, want %q", steps, want)
		}
		<-time.After(15 * time.Millisecond) // what waited first would have waited another 5
		began := time.Now()
		must(t, db.SettleSoon(context.Background(), write("alone")))
		if waited := time.Since(began); waited != 20*time.Millisecond {
			t.Errorf("alone it waited %v", waited)
		}
		must(t, db.Close())
	})
}

// A write-back that is quick waits for more pages the next time, a long one for
// fewer, within bounds.
func TestHowMuchIsWrittenBackFollowsHowLongItTakes(t *testing.T) {
	t.Parallel()
	const quick, between, long = time.Millisecond, 4 * time.Millisecond, 20 * time.Millisecond
	rounds := sqlite.Config{}.WriteBackAt(100).RoundsAfter(between, quick, quick, between, quick, quick, long, between, long, long, long)
	if want := []int64{100, 200, 400, 400, 400, 400, 200, 200, 100, 100, 100}; !slices.Equal(rounds, want) {
		t.Errorf("the rounds are %d, want %d", rounds, want)
	}
}
