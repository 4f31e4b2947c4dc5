package admin

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/tail"
)

const (
	// aliveEvery is how often a stream on which nothing happens says that it is there.
	aliveEvery = 15 * time.Second
	// lineTimeout is how long a client may take for a line.
	lineTimeout = 30 * time.Second
	// lastTimeout is how long it may take for what is being written when the server
	// stops.
	lastTimeout = 500 * time.Millisecond
)

// eventLine is an event that was committed.
type eventLine struct {
	Type string `json:"type"`
	eventItem
	Deliveries int `json:"deliveries"`
}

// attemptLine is an attempt that ended.
type attemptLine struct {
	Type          string          `json:"type"`
	Time          string          `json:"time"`
	Portal        string          `json:"portal"`
	Event         string          `json:"event"`
	EventID       string          `json:"event_id"`
	Object        string          `json:"object"`
	ClientID      string          `json:"client_id"`
	WebhookID     string          `json:"webhook_id"`
	HandlerID     string          `json:"handler_id"`
	DestinationID string          `json:"destination_id"`
	DeliveryID    string          `json:"delivery_id"`
	URL           string          `json:"url"`
	State         string          `json:"state"`
	Verdict       onevent.Verdict `json:"verdict"`
	Due           string          `json:"due"`
	Count         int             `json:"attempt_count"`
	Attempt       attemptItem     `json:"attempt"`
}

func (s *server) lineOf(l *tail.Line) any {
	if l.Attempt == nil {
		return eventLine{"event", s.eventItemOf(l.Event), l.Deliveries}
	}
	h, o := l.Attempt.Handler, &l.Attempt.Outcome
	return attemptLine{
		Type: "attempt", Time: formatTime(o.Attempt.Time.Add(o.Attempt.Took)), Portal: s.memberOf(h.Portal), Event: l.Event.Code,
		EventID: formatID(l.Event.ID), Object: formatObject(l.Event.Object), ClientID: s.clientOf(h.Owner), WebhookID: webhookOf(h.Owner), HandlerID: formatID(h.ID),
		DestinationID: formatID(h.Destination), DeliveryID: formatID(l.Attempt.Delivery), URL: h.URL, State: o.State.String(),
		Verdict: o.Verdict, Due: formatTime(o.Due), Count: o.Attempts, Attempt: attemptItemOf(&o.Attempt),
	}
}

// listening says which lines a request wants. What names a handler or how an
// attempt ended wants no events.
func (s *server) listening(q *query) func(*tail.Line) bool {
	portal := q.portal()
	app, handler, dest := q.application(portal), q.handler(portal), q.destination(portal)
	code, object, states, class := q.code(), q.object(), q.states(), q.class()
	attempts := app != 0 || handler != 0 || dest != 0 || states != nil || class != ""
	return func(l *tail.Line) bool {
		e := l.Event
		if portal != 0 && e.Portal != portal || code != "" && e.Code != code || !object.IsZero() && e.Object != object {
			return false
		}
		if l.Attempt == nil {
			return !attempts
		}
		h, o := l.Attempt.Handler, &l.Attempt.Outcome
		return (handler == 0 || h.ID == handler) && (dest == 0 || h.Destination == dest) &&
			(states == nil || slices.Contains(states, o.State)) && (class == "" || o.Attempt.Class() == class) &&
			(app == 0 || s.isOf(h, app))
	}
}

func (s *server) isOf(h *onevent.Handler, app onevent.ApplicationID) bool {
	row := s.Directory.ApplicationOf(h.Owner)
	return row != nil && row.ID == app
}

var classes = []string{
	onevent.ClassStatus, onevent.ClassDNS, onevent.ClassRefused, onevent.ClassTLS, onevent.ClassTimeout,
	onevent.ClassReset, onevent.ClassNotHTTP, onevent.ClassEgress,
}

func (q *query) class() string {
	class := q.text("class")
	if class != "" && !slices.Contains(classes, class) {
		q.fail(invalid("unknown class %q: there are %s", class, strings.Join(classes, ", ")))
	}
	return class
}

// tail streams what happens until the client goes or the server stops.
func (s *server) tail(w http.ResponseWriter, r *http.Request) error {
	q := s.query(r, "portal", "client_id", "handler_id", "destination_id", "event", "object", "state", "class")
	wants := s.listening(q)
	if q.err != nil {
		return q.err
	}
	if s.Hub == nil {
		return onevent.Errorf(onevent.CodeUnavailable, "this server has no stream")
	}
	l, err := s.Hub.Listen(wants)
	if err != nil {
		return err
	}
	defer l.Close()
	out := newStream(w, r)
	undo := out.endWith(l)
	defer undo()
	s.follow(r, l, out)
	return nil
}

// follow writes lines. One that can't be written ends the stream.
func (s *server) follow(r *http.Request, l *tail.Listener, out *stream) {
	alive := make(chan struct{}, 1)
	tick := func() func() bool { return s.Clock.AfterFunc(aliveEvery, func() { alive <- struct{}{} }) }
	stop := tick()
	defer func() { stop() }()
	for ok := out.begin(); ok; {
		select {
		case line := <-l.Lines:
			ok = out.line("", s.lineOf(&line)) && out.dropped(l.Dropped())
		case <-alive:
			stop = tick()
			ok = out.line("alive", map[string]string{"type": "alive", "time": formatTime(s.Clock.Now())})
		case <-l.Ended().Done():
			return
		case <-r.Context().Done():
			return
		}
	}
}

// stream writes lines of JSON, or server-sent events.
type stream struct {
	w      http.ResponseWriter
	to     *http.ResponseController
	events bool
}

// newStream lifts the bound on the time of a whole request.
func newStream(w http.ResponseWriter, r *http.Request) *stream {
	out := &stream{w: w, to: http.NewResponseController(w), events: strings.Contains(r.Header.Get("Accept"), "text/event-stream")}
	out.to.SetReadDeadline(time.Time{}) // not every kind of connection has one
	return out
}

// endWith lets a write that hangs end when the listener does; undo takes that back.
func (out *stream) endWith(l *tail.Listener) (undo func() bool) {
	return context.AfterFunc(l.Ended(), func() { out.to.SetWriteDeadline(onevent.SystemClock{}.Now().Add(lastTimeout)) })
}

func (out *stream) dropped(lines int64) bool {
	return lines == 0 || out.line("", map[string]any{"type": "dropped", "dropped": lines})
}

func (out *stream) begin() bool {
	h := out.w.Header()
	h.Set("Content-Type", "application/x-ndjson; charset=utf-8")
	if out.events {
		h.Set("Content-Type", "text/event-stream; charset=utf-8")
	}
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Accel-Buffering", "no") // proxies that would gather lines
	out.w.WriteHeader(http.StatusOK)
	return out.to.Flush() == nil
}

// line writes one. A comment of server-sent events is seen by no program.
func (out *stream) line(comment string, v any) bool {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	text := string(body) + "\n"
	switch {
	case out.events && comment != "":
		text = ": " + comment + "\n\n"
	case out.events:
		text = "data: " + string(body) + "\n\n"
	}
	out.to.SetWriteDeadline(onevent.SystemClock{}.Now().Add(lineTimeout)) // a stream without deadlines writes all the same
	if _, err := io.WriteString(out.w, text); err != nil {
		return false
	}
	return out.to.Flush() == nil
}
