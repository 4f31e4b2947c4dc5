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

// timeLayout is RFC 3339 to the millisecond.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"
