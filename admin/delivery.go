package admin

import (
	"net/http"
	"strings"

	"github.com/onevent/onevent"
)

type deliveryItem struct {
	ID            string          `json:"id"`
	EventID       string          `json:"event_id"`
	Event         string          `json:"event"`
	Portal        string          `json:"portal"`
	ClientID      string          `json:"client_id"`
	WebhookID     string          `json:"webhook_id"`
	HandlerID     string          `json:"handler_id"`
	DestinationID string          `json:"destination_id"`
	URL           string          `json:"url"`
	Object        string          `json:"object"`
	Time          string          `json:"time"`
	State         string          `json:"state"`
	Verdict       onevent.Verdict `json:"verdict"`
	Due           string          `json:"due"`
	Deadline      string          `json:"deadline"`
	ReplayOf      string          `json:"replay_of"`
	AttemptCount  int             `json:"attempt_count"`
	Attempts      []attemptItem   `json:"attempts"`
}

// deliveryItemOf leaves the attempts out.
func (s *server) deliveryItemOf(e *onevent.Event, d *onevent.Delivery) deliveryItem {
	item := deliveryItem{
		ID: formatID(d.ID), EventID: formatID(e.ID), Event: e.Code, Portal: s.memberOf(d.Portal),
		HandlerID: formatID(d.Handler), DestinationID: formatID(d.Destination),
		Object: formatObject(e.Object), Time: formatTime(e.Time), State: d.State.String(), Verdict: d.Verdict,
		Due: formatTime(d.Due), Deadline: formatTime(d.Deadline), ReplayOf: formatReplay(d.ReplayOf),
		AttemptCount: d.Attempts, Attempts: []attemptItem{},
	}
	if h := s.Directory.Handler(d.Handler); h != nil {
		item.URL, item.ClientID, item.WebhookID = h.URL, s.clientOf(h.Owner), webhookOf(h.Owner)
	}
	return item
}

func (s *server) memberOf(id onevent.PortalID) string {
	if p := s.Directory.Portal(id); p != nil {
		return p.MemberID
	}
	return ""
}

// formatObject is TYPE:ID, and empty for no single object.
func formatObject(o onevent.Object) string {
	if o.IsZero() {
		return ""
	}
	return o.Type + ":" + o.ID
}

// formatReplay names the delivery that was repeated; "event": there was none for
// this handler.
func formatReplay(of onevent.DeliveryID) string {
	switch of {
	case 0:
		return ""
	case onevent.ReplayOfEvent:
		return "event"
	}
	return formatID(of)
}

// deliveries lists those of one event, or searches.
func (s *server) deliveries(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Query().Has("event_id") {
		return s.deliveriesOf(w, r)
	}
	q := s.query(r, "portal", "client_id", "handler_id", "destination_id", "event", "object", "state", "verdict",
		"from", "until", "order", "cursor", "limit", "attempts")
	search := q.deliverySearch()
	all := q.allAttempts()
	if q.err != nil {
		return q.err
	}
	var page onevent.DeliveryPage
	list := []deliveryItem{}
	err := s.Store.View(r.Context(), func(rd onevent.Reader) (err error) {
		if page, err = rd.SearchDeliveries(search); err != nil {
			return err
		}
		list, err = s.found(rd, page.Rows, all)
		return err
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, map[string]any{"deliveries": list, "next": cursorOf(page.Next)})
}

func (q *query) deliverySearch() onevent.DeliverySearch {
	f := onevent.DeliverySearch{Portal: q.portal()}
	f.Application, f.Handler, f.Destination = q.application(f.Portal), q.handler(f.Portal), q.destination(f.Portal)
	f.Code, f.Object, f.States, f.Verdict = q.code(), q.object(), q.states(), q.verdict()
	f.From, f.Until = q.times()
	f.After, f.Oldest, f.Limit = onevent.DeliveryID(q.id("cursor")), q.oldest(), q.limit(defaultLimit, onevent.MaxSearch)
	return f
}

func (q *query) allAttempts() bool {
	switch which := q.text("attempts"); which {
	case "", "last":
		return false
	case "all":
		return true
	default:
		q.fail(invalid("attempts must be last or all, not %q", which))
		return false
	}
}

func (s *server) found(rd onevent.Reader, rows []onevent.Logged, all bool) ([]deliveryItem, error) {
	list := make([]deliveryItem, len(rows))
	for i := range rows {
		d := &rows[i].Delivery
		if all {
			item, err := s.readDelivery(rd, rows[i].Event, d)
			if err != nil {
				return nil, err
			}
			list[i] = item
			continue
		}
		list[i] = s.deliveryItemOf(rows[i].Event, d)
		if !d.Last.Time.IsZero() {
			list[i].Attempts = append(list[i].Attempts, attemptItemOf(&d.Last))
		}
	}
	return list, nil
}

func (s *server) deliveriesOf(w http.ResponseWriter, r *http.Request) error {
	q := s.query(r, "event_id")
	if q.err != nil {
		return q.err
	}
	id, err := parseID("event_id", q.text("event_id"))
	if err != nil {
		return err
	}
	var list []deliveryItem
	err = s.Store.View(r.Context(), func(rd onevent.Reader) error {
		list, err = s.readDeliveries(rd, onevent.EventID(id))
		return err
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, map[string]any{"deliveries": list})
}

func (s *server) readDeliveries(rd onevent.Reader, id onevent.EventID) ([]deliveryItem, error) {
	event, err := rd.Event(id)
	if err != nil {
		return nil, err
	}
	rows, err := rd.Deliveries(id)
	if err != nil {
		return nil, err
	}
	list := make([]deliveryItem, len(rows))
	for i := range rows {
		if list[i], err = s.readDelivery(rd, &event, &rows[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// readDelivery reads every attempt.
func (s *server) readDelivery(rd onevent.Reader, event *onevent.Event, d *onevent.Delivery) (deliveryItem, error) {
	item := s.deliveryItemOf(event, d)
	attempts, err := rd.Attempts(d.ID)
	for i := range attempts {
		item.Attempts = append(item.Attempts, attemptItemOf(&attempts[i]))
	}
	return item, err
}

// requestItem is what is sent, with tokens struck out.
type requestItem struct {
	Method string            `json:"method"`
	URL    string            `json:"url"`
	Header map[string]string `json:"headers"`
	Body   string            `json:"body"`
}

// showDelivery shows one with all that is known of it.
func (s *server) showDelivery(w http.ResponseWriter, r *http.Request) error {
	id, err := parseID("the delivery's id", r.PathValue("id"))
	if err != nil {
		return err
	}
	if q := s.query(r); q.err != nil {
		return q.err
	}
	answer := struct {
		deliveryItem
		Replays []string     `json:"replays"`
		Request *requestItem `json:"request"`
	}{Replays: []string{}}
	err = s.Store.View(r.Context(), func(rd onevent.Reader) error {
		d, err := rd.Delivery(onevent.DeliveryID(id))
		if err != nil {
			return err
		}
		e, err := rd.Event(d.Event)
		if err != nil {
			return err
		}
		replays, err := rd.ReplaysOf(d.ID)
		if err != nil {
			return err
		}
		for _, replay := range replays {
			answer.Replays = append(answer.Replays, formatID(replay))
		}
		answer.Request = s.requestOf(&e, &d)
		answer.deliveryItem, err = s.readDelivery(rd, &e, &d)
		return err
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, answer)
}

// requestOf renders the request of the newest attempt, or else that of now; nil:
// whom it went to is known no more.
func (s *server) requestOf(e *onevent.Event, d *onevent.Delivery) *requestItem {
	at := d.Last.Time
	if at.IsZero() {
		at = s.Clock.Now()
	}
	if s.Preview == nil {
		return nil
	}
	request, ok := s.Preview(e, d, at)
	if !ok {
		return nil
	}
	header := map[string]string{"content-type": request.ContentType}
	for _, pair := range request.Header {
		header[strings.ToLower(pair[0])] = pair[1]
	}
	return &requestItem{Method: http.MethodPost, URL: request.URL, Header: header, Body: string(request.Body)}
}
