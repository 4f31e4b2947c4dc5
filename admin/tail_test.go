package admin_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/internal/testkit"
)

// listen opens the stream; next reads a line of it.
func (b *bench) listen(query string, headers ...string) (next func() string, answer *http.Response) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.ctx, "GET", b.url+"/admin/v1/tail?"+query, nil)
	b.must(err)
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err = http.DefaultClient.Do(r)
	b.must(err)
	b.t.Cleanup(func() { answer.Body.Close() })
	lines := bufio.NewReader(answer.Body)
	return func() string {
		b.t.Helper()
		line, err := lines.ReadString('\n')
		b.must(err)
		return line
	}, answer
}

func (b *bench) attempted(id onevent.HandlerID, e *onevent.Event, a onevent.Attempt, state onevent.State) {
	b.hub.Observe(dispatch.Observed{Delivery: 5, Event: e, Handler: b.directory.Handler(id),
		Outcome: onevent.Outcome{Delivery: 5, State: state, Attempt: a, Attempts: 2}})
}

func TestTheStreamShowsEventsAndAttempts(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.install()
	handler := b.bind(app, update, "https://app.example.test/1")
	next, answer := b.listen("portal=" + b.member)
	id := b.raise(update, "999")
	line := next()
	if got := answer.Header.Get("Content-Type"); got != "application/x-ndjson; charset=utf-8" {
		t.Errorf("it is %s", got)
	}
	for _, part := range []string{`{"type":"event","id":"` + id + `"`, `"portal":"` + b.member + `"`, `"object":"crm.activity:999"`, `"deliveries":1`} {
		if !strings.Contains(line, part) {
			t.Errorf("%s is not in %s", part, line)
		}
	}
	e := &onevent.Event{ID: 7, Portal: b.portal.ID, Code: update, Object: onevent.Object{Type: "crm.activity", ID: "999"}}
	b.attempted(handler, e, onevent.Attempt{Time: b.clock.Now(), Took: time.Second, Error: "connect"}, onevent.StateWaiting)
	line = next()
	for _, part := range []string{`"type":"attempt","time":"2026-03-01T12:00:01.000Z"`, `"event_id":"7"`, `"client_id":"` + app + `"`, `"delivery_id":"5"`,
		`"url":"https://app.example.test/1"`, `"state":"waiting"`, `"attempt_count":2`, `"error":"connect"`} {
		if !strings.Contains(line, part) {
			t.Errorf("%s is not in %s", part, line)
		}
	}
}

func TestTheStreamIsFiltered(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.install()
	one, two := b.bind(app, update, "https://app.example.test/1"), b.bind(app, update, "https://app.example.test/2")
	for _, query := range []string{"state=failed", "class=refused", "client_id=" + app + "&state=failed,cancelled", "event=" + strings.ToLower(update) + "&class=refused", "object=crm.activity:999&state=failed"} {
		next, _ := b.listen(query)
		e := &onevent.Event{ID: 7, Portal: b.portal.ID, Code: update, Object: onevent.Object{Type: "crm.activity", ID: "999"}}
		other := &onevent.Event{ID: 8, Portal: b.portal.ID, Code: "ONCRMDEALADD", Object: onevent.Object{Type: "crm.deal", ID: "999"}}
		b.hub.Raised(e, 1)
		b.attempted(one, e, onevent.Attempt{Status: 200}, onevent.StateDelivered)
		if strings.HasPrefix(query, "event") || strings.HasPrefix(query, "object") {
			b.attempted(one, other, onevent.Attempt{Error: "connect"}, onevent.StateFailed)
		}
		b.attempted(two, e, onevent.Attempt{Error: "connect"}, onevent.StateFailed)
		if line := next(); !strings.Contains(line, `"url":"https://app.example.test/2"`) {
			t.Errorf("%s: got %s", query, line)
		}
	}
}

func TestAStreamOnWhichNothingHappensSaysThatItIsThere(t *testing.T) {
	t.Parallel()
	b := open(t)
	next, _ := b.listen("")
	events, answer := b.listen("", "Accept", "text/event-stream")
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream; charset=utf-8" {
		t.Errorf("it is %s", got)
	}
	b.clock.Advance(15 * time.Second)
	if line := next(); line != `{"time":"2026-03-01T12:00:15.000Z","type":"alive"}`+"\n" {
		t.Errorf("got %s", line)
	}
	if line := events(); line != ": alive\n" {
		t.Errorf("got %s", line)
	}
	b.clock.Advance(15 * time.Second)
	if line := next(); !strings.Contains(line, "12:00:30") {
		t.Errorf("got %s", line)
	}
	b.hub.Raised(&onevent.Event{ID: 7}, 0)
	for range 3 {
		events()
	}
	if line := events(); !strings.HasPrefix(line, `data: {"type":"event","id":"7"`) {
		t.Errorf("got %s", line)
	}
}

func TestTheStreamEndsWithTheServerAndTheListenerWithTheClient(t *testing.T) {
	t.Parallel()
	b := open(t)
	ctx, leave := context.WithCancel(b.ctx)
	got := make(chan error, 1)
	go func() {
		for line, err := range b.Tail(ctx, client.TailFilter{Event: update}) {
			if err != nil {
				got <- err
				return
			}
			if line.Type == "event" {
				leave()
			}
		}
	}()
	testkit.Eventually(t, 10*time.Second, "the client has left", func() bool {
		b.hub.Raised(&onevent.Event{ID: 7, Code: update}, 0)
		select {
		case err := <-got:
			return err == context.Canceled
		default:
			return false
		}
	})
	next, answer := b.listen("")
	b.hub.Raised(&onevent.Event{ID: 8}, 0)
	next()
	b.hub.Close()
	if _, err := io.ReadAll(answer.Body); err != nil {
		t.Errorf("it ends with %v", err)
	}
	b.wants(b.do("GET", "/admin/v1/tail", ""), http.StatusServiceUnavailable, "unavailable", "stopping")
	b.wants(b.do("GET", "/admin/v1/tail?class=odd", ""), http.StatusBadRequest, "invalid", "unknown class")
	b.wants(b.do("GET", "/admin/v1/tail?from=1", ""), http.StatusBadRequest, "invalid", "unknown parameter")
	b.wants(b.do("GET", "/admin/v1/tail?portal=nobody", ""), http.StatusNotFound, "not_found", "no portal")
}
