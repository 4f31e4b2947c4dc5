package admin

import (
	"net/http"

	"github.com/onevent/onevent"
)

// stats counts what waits without what is in flight, so that both together are
// what is not settled. What is in flight is asked first: a delivery that
// settles between the two is counted once too often, never too seldom.
func (s *server) stats(w http.ResponseWriter, r *http.Request) error {
	var inFlight int64
	if s.InFlight != nil {
		inFlight = int64(s.InFlight())
	}
	var n onevent.Stats
	err := s.Store.View(r.Context(), func(rd onevent.Reader) error {
		var err error
		n, err = rd.Stats()
		return err
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, struct {
		Events    int64 `json:"events"`
		Waiting   int64 `json:"waiting"`
		InFlight  int64 `json:"in_flight"`
		Delivered int64 `json:"delivered"`
		Failed    int64 `json:"failed"`
		Cancelled int64 `json:"cancelled"`
	}{n.Events, max(0, n.Waiting-inFlight), inFlight, n.Delivered, n.Failed, n.Cancelled})
}

type deliveryItem struct {
	ID        string          `json:"id"`
	EventID   string          `json:"event_id"`
	Event     string          `json:"event"`
	HandlerID string          `json:"handler_id"`
	URL       string          `json:"url"`
	State     string          `json:"state"`
	Verdict   onevent.Verdict `json:"verdict"`
	Attempts  []attemptItem   `json:"attempts"`
}

// timeLayout is RFC 3339 to the millisecond.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

func (s *server) deliveries(w http.ResponseWriter, r *http.Request) error {
	id, err := parseID("event_id", r.URL.Query().Get("event_id"))
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

func (s *server) readDelivery(rd onevent.Reader, event *onevent.Event, d *onevent.Delivery) (deliveryItem, error) {
	item := deliveryItem{
		ID: formatID(d.ID), EventID: formatID(event.ID), Event: event.Code, HandlerID: formatID(d.Handler),
		State: d.State.String(), Verdict: d.Verdict, Attempts: []attemptItem{},
	}
	if h := s.Directory.Handler(d.Handler); h != nil {
		item.URL = h.URL
	}
	attempts, err := rd.Attempts(d.ID)
	for i := range attempts {
		item.Attempts = append(item.Attempts, attemptItemOf(&attempts[i]))
	}
	return item, err
}
