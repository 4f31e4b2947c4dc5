package admin

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/explain"
	"github.com/onevent/onevent/wire"
)

type eventItem struct {
	ID       string        `json:"id"`
	Portal   string        `json:"portal"`
	Event    string        `json:"event"`
	Object   string        `json:"object"`
	UserID   string        `json:"user_id"`
	Time     string        `json:"time"`
	Depth    int           `json:"depth"`
	Verdicts []verdictItem `json:"verdicts"`
}

type verdictItem struct {
	HandlerID string          `json:"handler_id"`
	Verdict   onevent.Verdict `json:"verdict"`
}

func (s *server) eventItemOf(e *onevent.Event) eventItem {
	item := eventItem{
		ID: formatID(e.ID), Portal: s.memberOf(e.Portal), Event: e.Code, Object: formatObject(e.Object),
		UserID: formatID(e.Actor), Time: formatTime(e.Time), Depth: e.Chain.Depth, Verdicts: []verdictItem{},
	}
	for _, v := range e.Verdicts {
		item.Verdicts = append(item.Verdicts, verdictItem{formatID(v.Handler), v.Verdict})
	}
	return item
}

func (s *server) listEvents(w http.ResponseWriter, r *http.Request) error {
	q := s.query(r, "portal", "event", "object", "unserved", "from", "until", "order", "cursor", "limit")
	f := q.eventSearch()
	if q.err != nil {
		return q.err
	}
	var page onevent.EventPage
	err := s.Store.View(r.Context(), func(rd onevent.Reader) (err error) {
		page, err = rd.SearchEvents(f)
		return err
	})
	if err != nil {
		return err
	}
	list := make([]eventItem, len(page.Rows))
	for i := range page.Rows {
		list[i] = s.eventItemOf(&page.Rows[i])
	}
	return write(w, http.StatusOK, map[string]any{"events": list, "next": cursorOf(page.Next)})
}

func (q *query) eventSearch() onevent.EventSearch {
	f := onevent.EventSearch{Portal: q.portal(), Code: q.code(), Object: q.object(), Unserved: q.flag("unserved")}
	f.From, f.Until = q.times()
	f.After, f.Oldest, f.Limit = onevent.EventID(q.id("cursor")), q.oldest(), q.limit(defaultLimit, onevent.MaxSearch)
	return f
}

func (s *server) showEvent(w http.ResponseWriter, r *http.Request) error {
	id, err := s.eventID(r)
	if err != nil {
		return err
	}
	var e onevent.Event
	err = s.Store.View(r.Context(), func(rd onevent.Reader) (err error) {
		e, err = rd.Event(id)
		return err
	})
	if err != nil {
		return err
	}
	data, err := shownData(&e)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, struct {
		eventItem
		Data json.RawMessage `json:"data"`
	}{s.eventItemOf(&e), data})
}

// shownData are the data of an event with *** in place of its secret.
func shownData(e *onevent.Event) (json.RawMessage, error) {
	entry, known := catalog.Lookup(e.Code)
	switch {
	case len(e.Data) == 0:
		return json.RawMessage("null"), nil
	case !known:
		return e.Data, nil
	}
	data, err := wire.ParseJSON(e.Data, wire.DefaultLimits)
	if err != nil {
		return nil, err
	}
	return entry.WithSecret(data, func(string) string { return "***" }).AppendJSON(nil), nil
}

// eventID is that of a path without parameters.
func (s *server) eventID(r *http.Request) (onevent.EventID, error) {
	id, err := parseID("the event's id", r.PathValue("id"))
	if err != nil {
		return 0, err
	}
	return onevent.EventID(id), s.query(r).err
}

// accountItem is what became of an event.
type accountItem struct {
	Event        eventItem         `json:"event"`
	Text         string            `json:"text"`
	Handlers     []outcomeItem     `json:"handlers"`
	Applications []applicationText `json:"applications"`
}

type applicationText struct {
	ClientID string `json:"client_id"`
	Name     string `json:"name"`
	Text     string `json:"text"`
}

type outcomeItem struct {
	HandlerID  string          `json:"handler_id"`
	ClientID   string          `json:"client_id"`
	WebhookID  string          `json:"webhook_id"`
	URL        string          `json:"url"`
	Outcome    explain.Outcome `json:"outcome"`
	Verdict    onevent.Verdict `json:"verdict"`
	Text       string          `json:"text"`
	Since      string          `json:"since"`
	Until      string          `json:"until"`
	Why        explain.Why     `json:"why"`
	Behind     string          `json:"behind"`
	DeliveryID string          `json:"delivery_id"`
	Deadline   string          `json:"deadline"`
	Attempts   []attemptItem   `json:"attempts"`
}

func (s *server) accountItemOf(a *explain.Account) accountItem {
	item := accountItem{Event: s.eventItemOf(&a.Event), Text: a.Text, Handlers: []outcomeItem{}, Applications: []applicationText{}}
	for i := range a.Handlers {
		item.Handlers = append(item.Handlers, s.outcomeItemOf(&a.Handlers[i]))
	}
	for _, app := range a.Applications {
		item.Applications = append(item.Applications, applicationText(app))
	}
	return item
}

func (s *server) outcomeItemOf(h *explain.Handler) outcomeItem {
	item := outcomeItem{
		HandlerID: formatID(h.ID), Outcome: h.Outcome, Verdict: h.Verdict, Text: h.Text, Since: formatTime(h.Since),
		Until: formatTime(h.Until), Why: h.Why, Behind: cursorOf(h.Behind), Attempts: []attemptItem{},
	}
	if h.Row != nil {
		item.URL, item.ClientID, item.WebhookID = h.Row.URL, s.clientOf(h.Row.Owner), webhookOf(h.Row.Owner)
	}
	if h.Delivery != nil {
		item.DeliveryID, item.Deadline = formatID(h.Delivery.ID), formatTime(h.Delivery.Deadline)
	}
	for i := range h.Attempts {
		item.Attempts = append(item.Attempts, attemptItemOf(&h.Attempts[i]))
	}
	return item
}

func (s *server) explainer() *explain.Explainer {
	return &explain.Explainer{Directory: s.Directory, Clock: s.Clock, Condition: s.Condition, Waiting: s.Waiting}
}

func (s *server) explainEvent(w http.ResponseWriter, r *http.Request) error {
	id, err := s.eventID(r)
	if err != nil {
		return err
	}
	var a explain.Account
	err = s.Store.View(r.Context(), func(rd onevent.Reader) (err error) {
		a, err = s.explainer().Event(rd, id)
		return err
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, s.accountItemOf(&a))
}

// explained is how far back the events of an object are explained unless from
// says otherwise.
const explained = 24 * time.Hour

// explainObject explains the events about an object, newest first.
func (s *server) explainObject(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	q := s.query(r, "object", "from", "until", "cursor", "limit")
	f := onevent.EventSearch{Portal: portal.ID, Object: q.object(), After: onevent.EventID(q.id("cursor")), Limit: q.limit(20, mostExplained)}
	f.From, f.Until = q.times()
	if q.err == nil && f.Object.IsZero() {
		q.fail(invalid("object is missing: TYPE:ID, such as crm.activity:999"))
	}
	if q.err != nil {
		return q.err
	}
	if f.From.IsZero() {
		end := f.Until
		if end.IsZero() {
			end = s.Clock.Now()
		}
		f.From = end.Add(-explained)
	}
	list := []accountItem{}
	var next onevent.EventID
	err = s.Store.View(r.Context(), func(rd onevent.Reader) error {
		accounts, after, err := s.explainer().Object(rd, f)
		for i := range accounts {
			list = append(list, s.accountItemOf(&accounts[i]))
		}
		next = after
		return err
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, map[string]any{"events": list, "from": formatTime(f.From), "next": cursorOf(next)})
}
