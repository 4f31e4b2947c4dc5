package replay_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/replay"
	"github.com/onevent/onevent/wire"
)

const code = "ONCRMACTIVITYUPDATE"

// bed is a portal whose deliveries the test settles.
type bed struct {
	*testportal.Portal
	replays *replay.Manager
	handler onevent.Handler
}

func open(t *testing.T) *bed {
	t.Helper()
	t.Parallel()
	b := &bed{Portal: testportal.Open(t)}
	b.replays = b.manager()
	b.handler = b.bind("https://app.example.com/handler")
	return b
}

// manager is one of a process of its own.
func (b *bed) manager() *replay.Manager {
	b.T.Helper()
	m := &replay.Manager{
		Store: b.Store, Directory: b.Directory, Publisher: b.Publisher, Queue: b.Queue, Clock: b.Clock, Logger: b.Logger,
	}
	b.must(m.Start(context.Background()))
	b.T.Cleanup(m.Stop)
	return m
}

func (b *bed) must(err error) {
	b.T.Helper()
	if err != nil {
		b.T.Fatal(err)
	}
}

// bind makes a handler of the application, with a destination if its URL has none.
func (b *bed) bind(url string) onevent.Handler {
	b.T.Helper()
	h := onevent.Handler{Portal: b.ID, Owner: onevent.Owner{Installation: b.Installation(b.App).ID}, Event: code, URL: url, Created: b.Clock.Now()}
	b.Update(func(tx onevent.Tx) error {
		id, err := tx.NextID("handler")
		if err != nil {
			return err
		}
		h.ID, h.Destination = onevent.HandlerID(id), onevent.DestinationID(id)
		if d := b.Directory.DestinationOf(h.Owner, url); d != nil {
			h.Destination = d.ID
		} else if err := b.Directory.PutDestination(tx, onevent.Destination{ID: h.Destination, Portal: b.ID, Owner: h.Owner, URL: url}); err != nil {
			return err
		}
		return b.Directory.PutHandler(tx, h)
	})
	return h
}

func (b *bed) unbind(h onevent.Handler) {
	b.T.Helper()
	b.Update(func(tx onevent.Tx) error { return b.Publisher.End(tx, []onevent.Handler{h}, onevent.VerdictUnbound) })
}

// raise publishes an event about an activity.
func (b *bed) raise(id int) onevent.EventID {
	b.T.Helper()
	entry, _ := catalog.Lookup(code)
	var r publish.Result
	b.Update(func(tx onevent.Tx) (err error) {
		r, err = b.Publisher.Raise(tx, publish.Raised{
			Portal: b.Row(), Event: entry, Data: wire.Map(wire.F("FIELDS", wire.Map(wire.F("ID", wire.String(fmt.Sprint(id)))))),
		})
		return err
	})
	return r.ID
}

func (b *bed) deliveries(id onevent.EventID) (all []onevent.Delivery) {
	b.T.Helper()
	b.must(b.Store.View(context.Background(), func(r onevent.Reader) (err error) { all, err = r.Deliveries(id); return err }))
	return all
}

func (b *bed) settle(id onevent.DeliveryID, state onevent.State) {
	b.T.Helper()
	o := onevent.Outcome{Delivery: id, State: state, Attempts: 1, Attempt: onevent.Attempt{Time: b.Clock.Now(), Status: 200}}
	if state == onevent.StateFailed {
		o.Verdict, o.Attempt.Status = onevent.VerdictExhausted, 500
	}
	b.must(b.Store.Settle(context.Background(), func(tx onevent.Tx) error { return tx.Settle(&o) }))
}

// failed is a delivery that failed.
func (b *bed) failed(object int) onevent.Delivery {
	b.T.Helper()
	d := b.deliveries(b.raise(object))[0]
	b.settle(d.ID, onevent.StateFailed)
	return d
}

func (b *bed) refuses(err error, says string) {
	b.T.Helper()
	if !errors.Is(err, &onevent.Error{Code: onevent.CodeConflict}) || !strings.Contains(err.Error(), says) {
		b.T.Errorf("the error is %v, want a conflict that says %q", err, says)
	}
}

func TestAReplayIsANewDeliveryAtTheEndOfTheQueue(t *testing.T) {
	b := open(t)
	for _, state := range []onevent.State{onevent.StateFailed, onevent.StateDelivered} {
		old := b.deliveries(b.raise(999))[0]
		b.settle(old.ID, state)
		b.Clock.Advance(30 * 24 * time.Hour)
		later := b.deliveries(b.raise(999))[0]
		d, err := b.replays.Delivery(t.Context(), old.ID, false)
		b.must(err)
		if d.ReplayOf != old.ID || d.Handler != old.Handler || d.Event != old.Event || d.Seq <= later.Seq {
			t.Errorf("the replay of %+v is %+v", old, d)
		}
		if left := d.Deadline.Sub(b.Clock.Now()); left != onevent.DefaultDeadline {
			t.Errorf("the replay has %v to succeed", left)
		}
		if got := b.deliveries(old.Event); len(got) != 2 || got[0].State != state || got[1].State != onevent.StateWaiting {
			t.Errorf("the event has %+v", got)
		}
		if handed := b.Queue.Deliveries(); handed[len(handed)-1].ID != d.ID {
			t.Errorf("the queue was handed %+v", handed)
		}
	}
}

func TestNothingIsReplayedTwiceByAccident(t *testing.T) {
	b := open(t)
	waiting := b.deliveries(b.raise(1))[0]
	_, err := b.replays.Delivery(t.Context(), waiting.ID, false)
	b.refuses(err, "waits")
	old := b.failed(2)
	first, err := b.replays.Delivery(t.Context(), old.ID, false)
	b.must(err)
	_, err = b.replays.Delivery(t.Context(), old.ID, false)
	b.refuses(err, fmt.Sprintf("delivery %d repeats this one", first.ID))
	again, err := b.replays.Delivery(t.Context(), old.ID, true)
	b.must(err)
	if again.ReplayOf != old.ID {
		t.Errorf("asked for again, the replay is %+v", again)
	}
	_, err = b.replays.Delivery(t.Context(), 1<<40, false)
	if !errors.Is(err, onevent.ErrNotFound) {
		t.Errorf("a delivery that never was: %v", err)
	}
}

func TestAReplayGoesToTheHandlerOfNow(t *testing.T) {
	b := open(t)
	old := b.failed(1)
	b.unbind(b.handler)
	_, err := b.replays.Delivery(t.Context(), old.ID, false)
	b.refuses(err, "has ended")
	b.bind("https://app.example.com/other")
	_, err = b.replays.Delivery(t.Context(), old.ID, false)
	b.refuses(err, "has ended")
	now := b.bind(b.handler.URL)
	d, err := b.replays.Delivery(t.Context(), old.ID, false)
	b.must(err)
	if d.Handler != now.ID || d.Destination != old.Destination {
		t.Errorf("the replay goes to %+v, want handler %d", d, now.ID)
	}
}

func TestAnEventGoesToTheHandlersThatHadNone(t *testing.T) {
	b := open(t)
	event := b.raise(1)
	b.settle(b.deliveries(event)[0].ID, onevent.StateDelivered)
	late := b.bind("https://app.example.com/late")
	made, not, err := b.replays.Event(t.Context(), event, false)
	b.must(err)
	if len(made) != 1 || made[0].Handler != late.ID || made[0].ReplayOf != onevent.ReplayOfEvent {
		t.Errorf("made are %+v", made)
	}
	if want := (onevent.HandlerVerdict{Handler: b.handler.ID, Verdict: onevent.VerdictServed}); len(not) != 1 || not[0] != want {
		t.Errorf("not served are %+v, want %+v", not, want)
	}
	made, not, err = b.replays.Event(t.Context(), event, true)
	b.must(err)
	if len(made) != 1 || made[0].ReplayOf != b.deliveries(event)[0].ID || len(not) != 1 || not[0].Verdict != onevent.VerdictWaiting {
		t.Errorf("again: made are %+v, not served %+v", made, not)
	}
	b.ChangeInstallation(func(i *directory.Installation) { i.Scope = []string{"user"} })
	b.bind("https://app.example.com/later")
	_, not, err = b.replays.Event(t.Context(), event, false)
	b.must(err)
	if n := len(not); n == 0 || not[n-1].Verdict != onevent.VerdictNoScope {
		t.Errorf("without the scope, not served are %+v", not)
	}
}

func TestCancellingEndsWhatWaitsAndNothingElse(t *testing.T) {
	b := open(t)
	counted := map[onevent.Verdict]int{}
	b.Publisher.Watch.Cancelled = func(by onevent.Verdict, n int) { counted[by] += n }
	d := b.deliveries(b.raise(1))[0]
	b.must(b.replays.Cancel(t.Context(), d.ID))
	if counted[onevent.VerdictCancelled] != 1 {
		t.Errorf("counted are %v", counted)
	}
	got := b.deliveries(d.Event)[0]
	if got.State != onevent.StateCancelled || got.Verdict != onevent.VerdictCancelled {
		t.Errorf("the delivery is %+v", got)
	}
	if w := b.Queue.Withdrawn(); !slices.Equal(w, []onevent.DeliveryID{d.ID}) {
		t.Errorf("withdrawn are %v", w)
	}
	b.refuses(b.replays.Cancel(t.Context(), d.ID), "cancelled")
	b.settle(d.ID, onevent.StateDelivered) // its attempt was in flight
	if got := b.deliveries(d.Event)[0]; got.State != onevent.StateDelivered {
		t.Errorf("after the success of what was in flight it is %s", got.State)
	}
}

// until lets time pass until a job has come to a state.
func (b *bed) until(id onevent.JobID, ok func(onevent.Job) bool) onevent.Job {
	b.T.Helper()
	limit := time.After(20 * time.Second)
	for {
		j, err := b.replays.Job(context.Background(), id)
		b.must(err)
		if ok(j) {
			b.Update(func(onevent.Tx) error { return nil }) // behind the effects of the last step
			return j
		}
		b.Clock.Advance(20 * time.Millisecond)
		select {
		case <-time.After(time.Millisecond):
		case <-limit:
			b.T.Fatalf("the job is %+v", j)
		}
	}
}

func isDone(j onevent.Job) bool { return j.State == onevent.JobDone }

func allFailed() replay.Order {
	return replay.Order{Kind: onevent.JobReplay, Deliveries: onevent.DeliverySearch{States: []onevent.State{onevent.StateFailed}}, Rate: 10_000}
}

// Of 450 failed ones, one was replayed before, one has no handler any more: the
// count says so first, then each other one is replayed once, in order.
func TestAJobReplaysWhatASearchFindsOnceAndInOrder(t *testing.T) {
	b := open(t)
	b.raise(1)
	var want []onevent.DeliveryID
	for n := range 448 {
		want = append(want, b.failed(n).ID)
	}
	_, err := b.replays.Delivery(t.Context(), b.failed(500).ID, false)
	b.must(err)
	other := b.bind("https://app.example.com/gone")
	both := b.deliveries(b.raise(501))
	b.settle(both[0].ID, onevent.StateDelivered)
	b.settle(both[1].ID, onevent.StateFailed)
	b.unbind(other)
	skipped := map[onevent.Verdict]int64{onevent.VerdictReplayed: 1, onevent.VerdictHandlerEnded: 1}

	counted, err := b.replays.Count(t.Context(), allFailed())
	b.must(err)
	if counted.Done != 448 || fmt.Sprint(counted.Skipped) != fmt.Sprint(skipped) {
		t.Errorf("counted are %d, left out %v", counted.Done, counted.Skipped)
	}
	j, err := b.replays.Begin(t.Context(), allFailed())
	b.must(err)
	j = b.until(j.ID, isDone)
	if j.Done != 448 || fmt.Sprint(j.Skipped) != fmt.Sprint(skipped) || j.Ended.IsZero() {
		t.Errorf("the job is %+v", j)
	}
	var got []onevent.DeliveryID
	seq := int64(0)
	for _, d := range b.Queue.Deliveries() {
		if d.ReplayOf != 0 {
			if d.Seq <= seq {
				t.Fatalf("%+v is out of order", d)
			}
			got, seq = append(got, d.ReplayOf), d.Seq
		}
	}
	if !slices.Equal(got[1:], want) {
		t.Errorf("replayed are %v, want %v", got[1:], want)
	}
	again, err := b.replays.Begin(t.Context(), allFailed())
	b.must(err)
	if j := b.until(again.ID, isDone); j.Done != 0 {
		t.Errorf("the same job a second time replays %d", j.Done)
	}
}

func TestTheSameJobDoesNotRunTwiceAtOnceAndCanBeStopped(t *testing.T) {
	b := open(t)
	for n := range 30 {
		b.failed(n)
	}
	o := allFailed()
	o.Rate = 1
	j, err := b.replays.Begin(t.Context(), o)
	b.must(err)
	_, err = b.replays.Begin(t.Context(), o)
	b.refuses(err, fmt.Sprintf("job %d", j.ID))
	b.until(j.ID, func(j onevent.Job) bool { return j.Done >= 2 })
	stopped, err := b.replays.StopJob(t.Context(), j.ID)
	b.must(err)
	for range 10 {
		b.Clock.Advance(time.Second)
	}
	if now, err := b.replays.Job(t.Context(), j.ID); err != nil || now.Done != stopped.Done || now.State != onevent.JobStopped {
		t.Errorf("stopped at %d, the job is %+v, %v", stopped.Done, now, err)
	}
	_, err = b.replays.StopJob(t.Context(), j.ID)
	b.refuses(err, "has ended")
	if _, err := b.replays.StopJob(t.Context(), 99); !errors.Is(err, onevent.ErrNotFound) {
		t.Errorf("a job that never was: %v", err)
	}
}

// A job keeps to its rate, and after a restart goes on where it was.
func TestAJobKeepsItsRateAndSurvivesARestart(t *testing.T) {
	b := open(t)
	for n := range 60 {
		b.failed(n)
	}
	o := allFailed()
	o.Rate = 20
	began := b.Clock.Now()
	j, err := b.replays.Begin(t.Context(), o)
	b.must(err)
	half := b.until(j.ID, func(j onevent.Job) bool { return j.Done >= 30 })
	if took := b.Clock.Now().Sub(began); took < time.Second {
		t.Errorf("%d were replayed within %v at 20 a second", half.Done, took)
	}
	b.replays.Stop()
	b.replays = b.manager()
	if j := b.until(j.ID, isDone); j.Done != 60 {
		t.Errorf("across a restart %d were replayed, want 60", j.Done)
	}
}

func TestAJobCancelsWhatWaits(t *testing.T) {
	b := open(t)
	for n := range 250 {
		b.raise(n)
	}
	b.failed(7)
	o := replay.Order{Kind: onevent.JobCancel, Deliveries: onevent.DeliverySearch{Handler: b.handler.ID}}
	counted, err := b.replays.Count(t.Context(), o)
	b.must(err)
	j, err := b.replays.Begin(t.Context(), o)
	b.must(err)
	late := b.deliveries(b.raise(1))[0]
	j = b.until(j.ID, isDone)
	if j.Done != 250 || counted.Done != 250 || len(b.Queue.Withdrawn()) != 250 {
		t.Errorf("cancelled are %d, counted %d, withdrawn %d", j.Done, counted.Done, len(b.Queue.Withdrawn()))
	}
	if got := b.deliveries(late.Event)[0]; got.State != onevent.StateWaiting {
		t.Errorf("what came after the job is %s", got.State)
	}
}

func TestAJobBringsEventsThatMatchedNothingToTheHandlersOfNow(t *testing.T) {
	b := open(t)
	b.unbind(b.handler)
	for n := range 20 {
		b.raise(n)
	}
	h := b.bind("https://app.example.com/new")
	j, err := b.replays.Begin(t.Context(), replay.Order{Kind: onevent.JobReplayEvents, Events: onevent.EventSearch{Unserved: true}, Rate: 10_000})
	b.must(err)
	if j := b.until(j.ID, isDone); j.Done != 20 {
		t.Errorf("the job is %+v", j)
	}
	for _, d := range b.Queue.Deliveries()[:20] {
		if d.Handler != h.ID || d.ReplayOf != onevent.ReplayOfEvent {
			t.Errorf("%+v was made", d)
		}
	}
}

func TestARateThatIsNoneIsRefused(t *testing.T) {
	b := open(t)
	for _, rate := range []float64{-1, replay.MaxRate + 1} {
		o := allFailed()
		o.Rate = rate
		if _, err := b.replays.Begin(t.Context(), o); onevent.CodeOf(err) != onevent.CodeInvalid {
			t.Errorf("rate %v: %v", rate, err)
		}
	}
}
