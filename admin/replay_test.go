package admin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
)

// failed raises an event whose only delivery fails, and returns that one.
func (b *bench) failed(object string) client.Delivery {
	b.t.Helper()
	d := b.only(b.raise(update, object))
	b.settle(d.ID, onevent.Outcome{State: onevent.StateFailed, Verdict: onevent.VerdictExhausted, Attempts: 1,
		Attempt: onevent.Attempt{Time: b.clock.Now(), Status: 500}})
	return d
}

func TestADeliveryIsReplayedOnceUnlessAskedForAgain(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install(update)
	d := b.failed("1")
	r, err := b.Replay(b.ctx, d.ID, false)
	b.must(err)
	if r.ReplayOf != d.ID || r.EventID != d.EventID || r.HandlerID != d.HandlerID || r.ID == d.ID {
		t.Errorf("the replay is %+v", r)
	}
	b.wants(b.do("POST", "/admin/v1/deliveries/"+d.ID+"/replay", ""), 409, "conflict", "delivery "+r.ID+" repeats this one")
	b.wants(b.do("POST", "/admin/v1/deliveries/"+r.ID+"/replay", ""), 409, "conflict", "waits")
	if again := b.do("POST", "/admin/v1/deliveries/"+d.ID+"/replay", `{"again":true}`); again.status != 202 {
		t.Errorf("asked for again: %+v", again)
	}
	list, err := b.Deliveries(b.ctx, d.EventID)
	b.must(err)
	if len(list) != 3 || list[1].ReplayOf != d.ID || list[1].State != "waiting" {
		t.Errorf("the event has %+v", list)
	}
}

func TestACancelledDeliveryWaitsNoMore(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install(update)
	d := b.only(b.raise(update, "1"))
	inFlight, err := b.Cancel(b.ctx, d.ID)
	b.must(err)
	if now := b.only(d.EventID); inFlight || now.State != "cancelled" || now.Verdict != "cancelled" {
		t.Errorf("in flight %v, it is %+v", inFlight, now)
	}
	b.wants(b.do("POST", "/admin/v1/deliveries/"+d.ID+"/cancel", ""), 409, "conflict", "waits no more")
}

func TestAnEventThatMatchedNothingIsBroughtToTheHandlersOfNow(t *testing.T) {
	t.Parallel()
	b := open(t)
	event := b.raise(update, "1")
	r, err := b.ReplayEvent(b.ctx, event, false)
	b.must(err)
	if len(r.Deliveries)+len(r.NotSent) != 0 {
		t.Errorf("without a handler: %+v", r)
	}
	b.install(update)
	r, err = b.ReplayEvent(b.ctx, event, false)
	b.must(err)
	if len(r.Deliveries) != 1 || r.Deliveries[0].ReplayOf != "event" {
		t.Errorf("with a handler: %+v", r)
	}
	r, err = b.ReplayEvent(b.ctx, event, false)
	b.must(err)
	if len(r.Deliveries) != 0 || len(r.NotSent) != 1 || r.NotSent[0].Verdict != "waiting" {
		t.Errorf("a second time: %+v", r)
	}
}

// job lets time pass until a job has ended.
func (b *bench) job(id string) client.Job {
	b.t.Helper()
	limit := time.After(20 * time.Second)
	for {
		j, err := b.Job(b.ctx, id)
		b.must(err)
		if j.State != "running" {
			return j
		}
		b.clock.Advance(100 * time.Millisecond)
		select {
		case <-time.After(time.Millisecond):
		case <-limit:
			b.t.Fatalf("the job is %+v", j)
		}
	}
}

func TestManyAreReplayedAfterTheyWereCounted(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install(update)
	for n := range 5 {
		b.failed(fmt.Sprint(n + 1))
	}
	b.raise(update, "9")
	what := client.Replays{Deliveries: &client.DeliveryFilter{Portal: b.member, Event: update, States: []string{"failed", "waiting"}}, Rate: 1000}
	counted, err := b.CountReplays(b.ctx, what)
	b.must(err)
	if counted.Count != 5 || counted.Skipped["waiting"] != 1 {
		t.Errorf("counted %+v", counted)
	}
	j, err := b.BeginReplays(b.ctx, what)
	b.must(err)
	if j = b.job(j.ID); j.Done != 5 || j.State != "done" || j.Kind != "replay" || j.Ended == "" {
		t.Errorf("the job is %+v", j)
	}
	list, err := b.Jobs(b.ctx)
	b.must(err)
	if len(list) != 1 || list[0].ID != j.ID {
		t.Errorf("jobs are %+v", list)
	}
	b.wants(b.do("POST", "/admin/v1/jobs/"+j.ID+"/stop", ""), 409, "conflict", "has ended")
}

func TestManyAreCancelledAfterTheyWereCounted(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install(update)
	for n := range 5 {
		b.raise(update, fmt.Sprint(n+1))
	}
	filter := client.DeliveryFilter{Event: update}
	counted, err := b.CountCancelling(b.ctx, filter)
	b.must(err)
	j, err := b.BeginCancelling(b.ctx, filter)
	b.must(err)
	if j = b.job(j.ID); j.Done != 5 || counted.Count != 5 {
		t.Errorf("counted %+v, the job is %+v", counted, j)
	}
}

func TestEventsThatMatchedNothingAreReplayed(t *testing.T) {
	t.Parallel()
	b := open(t)
	for n := range 3 {
		b.raise(update, fmt.Sprint(n+1))
	}
	b.install(update)
	j, err := b.BeginReplays(b.ctx, client.Replays{Events: &client.EventFilter{Unserved: true, Event: update}})
	b.must(err)
	if j = b.job(j.ID); j.Done != 3 || j.Kind != "replay_events" {
		t.Errorf("the job is %+v", j)
	}
}

// What is asked for wrongly is refused before anything is done.
func TestAJobThatMakesNoSenseIsToldWhy(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install(update)
	d := b.failed("1")
	before := b.stats()
	for _, c := range []struct {
		path, body string
		status     int
		words      string
	}{
		{"replays", `{}`, 400, "one of deliveries and events"},
		{"replays", `{"deliveries":{},"events":{}}`, 400, "one of deliveries and events"},
		{"replays", `{"deliveries":{}}`, 400, `"all": true`},
		{"replays", `{"deliveries":{"all":true,"state":"failed"}}`, 400, "contradict"},
		{"replays", `{"deliveries":{"colour":"red"}}`, 400, "unknown key"},
		{"replays", `{"deliveries":{"state":"lost"}}`, 400, "unknown state"},
		{"replays", `{"deliveries":{"unserved":true}}`, 400, "unserved can't be asked for"},
		{"replays", `{"events":{"state":"failed"}}`, 400, "state can't be asked for"},
		{"replays", `{"deliveries":{"portal":"ffffffffffffffffffffffffffffffff"}}`, 404, "no portal"},
		{"replays", `{"deliveries":{"handler_id":"77777"}}`, 404, "no handler"},
		{"replays", `{"deliveries":{"state":"failed"},"rate":-1}`, 400, "rate"},
		{"replays", `{"deliveries":{"state":"failed"},"rate":1e9}`, 400, "rate"},
		{"replays", `{"deliveries":{"from":"yesterday"}}`, 400, "from must be a time"},
		{"cancellations", `{"events":{"all":true}}`, 400, "takes deliveries"},
		{"cancellations", `{"deliveries":{"state":"failed"}}`, 400, "state can't be asked for"},
		{"cancellations", `{"deliveries":{}}`, 400, `"all": true`},
		{"deliveries/0/replay", ``, 400, "positive number"},
		{"deliveries/99999999/replay", ``, 404, ""},
		{"deliveries/99999999/cancel", ``, 404, ""},
		{"deliveries/" + d.ID + "/replay", `{"again":"yes"}`, 400, "again"},
		{"events/99999999/replay", ``, 404, ""},
		{"jobs/99999999/stop", ``, 404, ""},
	} {
		r := b.do("POST", "/admin/v1/"+c.path, c.body)
		code := map[int]string{400: "invalid", 404: "not_found"}[c.status]
		b.wants(r, c.status, code, c.words)
	}
	list, err := b.Jobs(b.ctx)
	b.must(err)
	if now := b.stats(); len(list) != 0 || now != before {
		t.Errorf("jobs are %+v, counts %+v, before %+v", list, now, before)
	}
}
