package operator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/operator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// queue records what it is handed, and says how many wait.
type queue struct {
	testportal.Queue
	waiting int
}

func (q *queue) Backlog(onevent.DestinationID) int { return q.waiting }

// bed is a portal, one handler of its application, and who tells the operator.
type bed struct {
	*testportal.Portal
	*operator.Teller
	queue *queue
	log   lines
	heard []onevent.OperatorEvent
	app   onevent.Handler
}

// lines are the log.
type lines struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

// take returns the lines that came since it was asked last.
func (l *lines) take(t *testing.T) (all []map[string]any) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.all.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, m)
	}
	l.all.Reset()
	return all
}

func open(t *testing.T, url string) *bed {
	t.Helper()
	t.Parallel()
	b := &bed{Portal: testportal.Open(t), queue: &queue{}}
	b.Teller = operator.New(operator.Config{
		Store: b.Portal.Store, Directory: b.Portal.Directory, Clock: b.Portal.Clock, Logger: slog.New(slog.NewJSONHandler(&b.log, nil)),
		Queue: b.queue, Sends: url != "", Listen: func(e onevent.OperatorEvent) { b.heard = append(b.heard, e) },
	})
	if url != "" {
		b.Portal.Directory.SetOperator(url)
	}
	owner := onevent.Owner{Installation: b.Installation(b.App).ID}
	b.app = onevent.Handler{ID: 8, Portal: b.ID, Owner: owner, Event: "ONCRMDEALADD", URL: "https://user:password@app.example.com/in/?key=secret", Destination: 7}
	b.Update(func(tx onevent.Tx) error {
		return errors.Join(
			b.Portal.Directory.PutDestination(tx, onevent.Destination{ID: 7, Portal: b.ID, Owner: owner, URL: b.app.URL}),
			b.Portal.Directory.PutHandler(tx, b.app))
	})
	return b
}

func (b *bed) disabled() onevent.OperatorEvent {
	return onevent.OperatorEvent{Type: onevent.OperatorHandlerDisabled, Time: b.Portal.Clock.Now(), Portal: b.ID, Destination: 7, Handler: 8, Verdict: onevent.VerdictGone}
}

func (b *bed) full(dest onevent.DestinationID) onevent.OperatorEvent {
	return onevent.OperatorEvent{Type: onevent.OperatorBacklogFull, Time: b.Portal.Clock.Now(), Portal: b.ID, Destination: dest}
}

// stored has everything stored that was told, and says what was handed on.
func (b *bed) stored() []testportal.Accepted {
	b.Start()
	b.Stop()
	return b.queue.Take()
}

func TestAnOperatorEventIsOneLineOfTheLogAndNamesNoURL(t *testing.T) {
	b := open(t, "")
	e := b.disabled()
	b.Tell(e)
	line := b.log.take(t)[0]
	for key, want := range map[string]any{
		"level": "WARN", "msg": "operator event", "type": "handler.disabled", "at": "2026-03-01T12:00:00Z",
		"portal": "a223c6b3710f85df22e9377d6c4f7553", "destination": 7.0, "handler": 8.0, "verdict": "gone",
	} {
		if line[key] != want {
			t.Errorf("%s is %v, want %v", key, line[key], want)
		}
	}
	if strings.Contains(fmt.Sprint(line), "app.example.com") {
		t.Errorf("%v", line)
	}
	if len(b.heard) != 1 || b.heard[0] != e {
		t.Errorf("whoever else listens heard %+v", b.heard)
	}
	if got := b.stored(); len(got) != 0 {
		t.Errorf("without a URL %d were stored", len(got))
	}
}

func TestAnOperatorEventIsADeliveryThatSaysWhatToDo(t *testing.T) {
	b := open(t, "https://ops.example.com/")
	b.Tell(b.full(7))
	got := b.stored()
	if len(got) != 1 || len(got[0].Deliveries) != 1 {
		t.Fatalf("%+v", got)
	}
	d := got[0].Deliveries[0]
	if d.Handler != onevent.OperatorHandler || d.Destination != onevent.OperatorDestination || d.Portal != 0 ||
		!d.Deadline.Equal(b.Portal.Clock.Now().Add(7*24*time.Hour)) || got[0].Event.Code != "OPERATOR.BACKLOG_FULL" {
		t.Errorf("%+v of %+v", d, got[0].Event)
	}
	var data map[string]any
	if err := json.Unmarshal(got[0].Event.Data, &data); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{
		"portal": "a223c6b3710f85df22e9377d6c4f7553", "domain": "portal.example.com", "client_id": testportal.ClientID,
		"destination": 7.0, "url": "https://app.example.com/in/",
	} {
		if data[key] != want {
			t.Errorf("%s is %v, want %v", key, data[key], want)
		}
	}
	if text, _ := data["text"].(string); !strings.Contains(text, "limits.backlog") {
		t.Errorf("it says %q", text)
	}
	var waiting onevent.Waiting
	err := b.Portal.Store.View(t.Context(), func(r onevent.Reader) (err error) { waiting, err = r.WaitingDelivery(d.ID); return err })
	if err != nil || string(waiting.Event.Data) != string(got[0].Event.Data) {
		t.Errorf("stored as %+v, %v", waiting, err)
	}
}

func TestADisabledHandlerIsToldOfIfAndOnlyIfItIsCommitted(t *testing.T) {
	b := open(t, "https://ops.example.com/")
	failed := errors.New("the transaction failed")
	err := b.Portal.Store.Update(t.Context(), func(tx onevent.Tx) error { return errors.Join(b.TellIn(tx, b.disabled()), failed) })
	if !errors.Is(err, failed) || len(b.queue.Take()) != 0 || len(b.log.take(t)) != 0 {
		t.Errorf("told of what did not happen: %v", err)
	}
	b.Update(func(tx onevent.Tx) error { return b.TellIn(tx, b.disabled()) })
	got := b.queue.Take()
	if len(got) != 1 || len(b.log.take(t)) != 1 {
		t.Fatalf("%+v", got)
	}
	for _, part := range []string{`"handler":8`, `"event":"ONCRMDEALADD"`, `"verdict":"gone"`, "answered 410", "event.bind"} {
		if !strings.Contains(string(got[0].Event.Data), part) {
			t.Errorf("%s is not in %s", part, got[0].Event.Data)
		}
	}
}

func TestTheSameIsToldOnceAMinuteButForHandlersThatAreDisabled(t *testing.T) {
	b := open(t, "https://ops.example.com/")
	for range 3 {
		b.Tell(b.full(7))
	}
	b.Tell(b.full(9))
	b.Tell(onevent.OperatorEvent{Type: onevent.OperatorBacklogLate, Destination: 7, Time: b.Portal.Clock.Now()})
	b.Portal.Clock.Advance(time.Minute - 1)
	b.Tell(b.full(7))
	if n := len(b.log.take(t)); n != 3 {
		t.Errorf("%d were told, want 3", n)
	}
	b.Portal.Clock.Advance(1)
	b.Tell(b.full(7))
	for range 2 {
		b.Update(func(tx onevent.Tx) error { return b.TellIn(tx, b.disabled()) })
	}
	if n := len(b.log.take(t)); n != 3 {
		t.Errorf("%d were told, want 3", n)
	}
}

func TestNothingIsSentAboutTheOperatorsOwnURL(t *testing.T) {
	b := open(t, "https://ops.example.com/")
	b.Tell(b.full(onevent.OperatorDestination))
	if lines, sent := len(b.log.take(t)), len(b.stored()); lines != 1 || sent != 0 {
		t.Errorf("%d lines, %d deliveries", lines, sent)
	}
}

func TestWhatTheOperatorDoesNotTakeIsBoundedAndCounted(t *testing.T) {
	b := open(t, "https://ops.example.com/")
	b.queue.waiting = 1000
	b.Update(func(tx onevent.Tx) error { return errors.Join(b.TellIn(tx, b.disabled()), b.TellIn(tx, b.disabled())) })
	if got := b.queue.Take(); len(got) != 0 {
		t.Errorf("%d more were stored", len(got))
	}
	b.queue.waiting = 999
	for i := range onevent.DestinationID(300) { // before anything is stored
		b.Tell(b.full(10 + i))
	}
	b.log.take(t)
	if n := len(b.stored()); n != 256 {
		t.Errorf("%d of 300 were stored", n)
	}
	b.Portal.Clock.Advance(time.Minute)
	b.Tell(b.full(7))
	if line := b.log.take(t)[0]; line["unsent"] != 1.0 {
		t.Errorf("%v", line)
	}
}

func TestOperatorEventsAreStoredBelowTheReserveOfTheDisk(t *testing.T) {
	b := open(t, "https://ops.example.com/")
	b.Teller.Store = fullStore{b.Portal.Store}
	b.Tell(onevent.OperatorEvent{Type: onevent.OperatorDiskLow, Time: b.Portal.Clock.Now()})
	if got := b.stored(); len(got) != 1 || !strings.Contains(string(got[0].Event.Data), "store.reserve") {
		t.Errorf("%+v", got)
	}
}

// fullStore has less free disk than its reserve.
type fullStore struct{ onevent.Store }

func (fullStore) Update(context.Context, func(onevent.Tx) error) error {
	return onevent.ErrStorageFull
}

func TestAnOperatorEventNamesTheOutgoingWebhook(t *testing.T) {
	b := open(t, "https://ops.example.com/")
	b.Update(func(tx onevent.Tx) error {
		return b.Portal.Directory.PutDestination(tx, onevent.Destination{ID: 9, Portal: b.ID, Owner: onevent.Owner{Webhook: 3}, URL: "https://hook.example.com/in"})
	})
	b.Tell(b.full(9))
	b.Tell(b.full(7))
	got := b.stored()
	if data := string(got[0].Event.Data); !strings.Contains(data, `"webhook":3`) || strings.Contains(data, "client_id") {
		t.Errorf("got %s", data)
	}
	if data := string(got[1].Event.Data); strings.Contains(data, "webhook") {
		t.Errorf("that of an application is %s", data)
	}
}
