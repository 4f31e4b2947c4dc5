package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/e2e/history"
	"github.com/onevent/onevent/internal/testkit"
)

// employ has everybody of a portal at work.
func (p *site) employ(first, second, moving *application) {
	p.arrays(1, 1, 50*time.Millisecond)
	p.arrays(2, 10, 300*time.Millisecond)
	p.act(first.work)
	p.act(second.work)
	p.act(first.churn)
	p.dismiss(first)
	version := 0
	p.act(func(done <-chan struct{}, r *rand.Rand) { moving.move(done, r, &version) })
}

// work adds, changes and deletes activities and entries of the calendar, each
// once, and refreshes the application's tokens now and then. Only one of a site
// may have an application's tokens refreshed.
func (a *application) work(done <-chan struct{}, r *rand.Rand) {
	for n := 1; wait(done, r, 40*time.Millisecond); n++ {
		if n%25 == 0 {
			a.refresh()
		}
		if r.IntN(3) > 0 {
			a.row("crm.activity", activityEvents, activity(), url.Values{"fields[SUBJECT]": {"Changed"}})
			continue
		}
		owner := url.Values{"type": {"user"}, "ownerId": {"1"}, "name": {"Entry"}, "from": {"2024-12-11T17:59:00"}, "to": {"2024-12-11T18:59:00"}}
		a.row("calendar.event", calendarEvents, owner, url.Values{"type": {"user"}, "ownerId": {"1"}, "name": {"Changed"}})
	}
}

// row lives from its addition to its end. What deletes it may still wait when
// the next one is added.
func (a *application) row(kind string, events []string, add, change url.Values) {
	from := a.log.Tick()
	var made struct{ Result json.Number }
	text := a.call(kind+".add", add)
	if err := json.Unmarshal([]byte(text), &made); err != nil || made.Result == "" {
		a.o.t.Errorf("%s.add: %v %s", kind, err, text)
		return
	}
	id := made.Result.String()
	a.tell(kind, id, events[0], from)
	for i, method := range []string{".update", ".delete"} {
		from = a.log.Tick()
		params := url.Values{"id": {id}}
		for key, values := range change {
			if i == 0 {
				params[key] = values
			}
		}
		a.call(kind+method, params)
		a.tell(kind, id, events[i+1], from)
	}
}

func (a *application) tell(kind, id, event string, from int64) {
	a.log.Put(history.Fact{ID: done(a.member, event, id), Portal: a.member, Event: event, Object: objectOf(kind, id),
		Span: history.Span{From: from, To: a.log.Tick()}, Acknowledged: true})
}

// churn binds and unbinds a handler.
func (a *application) churn(done <-chan struct{}, r *rand.Rand) {
	for wait(done, r, 300*time.Millisecond) {
		h := a.bind("churn", "ONCRMACTIVITYUPDATE", nil, nil)
		goesOn := wait(done, r, time.Second)
		span := history.Span{From: a.log.Tick()}
		a.call("event.unbind", url.Values{"event": {h.Event}, "handler": {a.host(h.Destination).URL(h.Destination)}})
		span.To = a.log.Tick()
		a.ended(span, h)
		if !goesOn {
			return
		}
	}
}

// dismiss dismisses a user who has a handler of his own, and takes him back.
func (p *site) dismiss(by *application) {
	user := fmt.Sprint(p.user)
	h := by.bind("user", "ONCRMCOMPANYUPDATE", url.Values{"order": {"all"}}, url.Values{"auth_type": {user}})
	set := func(active bool) {
		status, text, err := p.o.admin("PATCH", "/portals/"+p.member+"/users/"+user, map[string]any{"active": active})
		if err != nil || status != 200 {
			p.o.t.Errorf("user %s: %d %v %s", user, status, err, text)
		}
	}
	p.act(func(done <-chan struct{}, r *rand.Rand) {
		for wait(done, r, 3*time.Second) {
			p.doubt(h, history.Span{From: p.log.Tick()})
			set(false)
			goesOn := wait(done, r, time.Second)
			set(true)
			p.sure(h, p.log.Tick())
			if !goesOn {
				return
			}
		}
	})
}

func (s *soak) doubt(h *history.Handler, span history.Span) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h.Doubts = append(h.Doubts, span)
}

func (s *soak) sure(h *history.Handler, tick int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h.Doubts[len(h.Doubts)-1].To = tick
}

// move updates, uninstalls and reinstalls an application, and wants to be told
// of each. version counts the versions. Each installation has a destination of
// its own: nothing of one is known to the next.
func (a *application) move(done <-chan struct{}, r *rand.Rand, version *int) {
	var handlers []*history.Handler
	var name string
	next := func() string { *version++; return fmt.Sprintf("1.0.%d", *version) }
	install := func(v string) string { a.install(v); return a.destination("moving-" + v) }
	settle := func(v string) {
		a.life.wait(a.o.t, "ONAPPINSTALL "+v)
		handlers = []*history.Handler{a.bind(name, "ONCRMACTIVITYUPDATE", nil, nil)}
		for _, event := range []string{"ONAPPUPDATE", "ONAPPUNINSTALL"} {
			a.call("event.bind", url.Values{"event": {event}, "handler": {a.life.URL}})
		}
	}
	end := func(do func()) {
		span := history.Span{From: a.log.Tick()}
		do()
		span.To = a.log.Tick()
		a.ended(span, handlers...)
	}
	v := next()
	name = install(v)
	settle(v)
	for wait(done, r, 1500*time.Millisecond) {
		v = next()
		if r.IntN(2) == 0 {
			end(func() { a.install(v) })
			a.life.wait(a.o.t, "ONAPPUPDATE "+v)
		} else {
			end(a.uninstall)
			name = install(v)
		}
		settle(v)
	}
	end(a.uninstall)
}

// uninstall returns when the application was told.
func (a *application) uninstall() {
	told := a.life.uninstalls()
	if status, text, err := a.o.admin("DELETE", a.path()+"?clean=1", nil); err != nil || status/100 != 2 {
		a.o.t.Errorf("uninstalling: %d %v %s", status, err, text)
	}
	if !testkit.Soon(e2e.Patience, func() bool { return a.life.uninstalls() > told }) {
		a.o.t.Error("ONAPPUNINSTALL does not come")
	}
}

// life is a handler of what becomes of applications. It never fails.
type life struct {
	*httptest.Server
	mu    sync.Mutex
	came  map[string]bool // codes with versions
	ended map[string]bool // webhook-ids of ONAPPUNINSTALL
}

func newLife(t *testing.T) *life {
	l := &life{came: map[string]bool{}, ended: map[string]bool{}}
	l.Server = httptest.NewServer(l)
	t.Cleanup(l.Close)
	return l
}

// ServeHTTP notes what the application is told.
func (l *life) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	code, version, id := r.PostFormValue("event"), r.PostFormValue("data[VERSION]"), r.Header.Get("Webhook-Id")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.came[code+" "+version] = true
	if code == "ONAPPUNINSTALL" {
		l.ended[id] = true
	}
}

func (l *life) uninstalls() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ended)
}

// wait wants an event of an application within the time that everything has.
func (l *life) wait(t *testing.T, event string) {
	came := testkit.Soon(e2e.Patience, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.came[event]
	})
	if !came {
		t.Errorf("%s does not come", event)
	}
}
