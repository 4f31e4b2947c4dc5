package admin

import (
	"maps"
	"net/http"
	"net/url"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/replay"
)

// again asks for what was replayed before, too.
type again struct {
	Again bool `json:"again"`
}

type replayItem struct {
	ID            string `json:"id"`
	EventID       string `json:"event_id"`
	HandlerID     string `json:"handler_id"`
	DestinationID string `json:"destination_id"`
	ReplayOf      string `json:"replay_of"`
}

func replayItemOf(d *onevent.Delivery) replayItem {
	return replayItem{
		ID: formatID(d.ID), EventID: formatID(d.Event), HandlerID: formatID(d.Handler), DestinationID: formatID(d.Destination),
		ReplayOf: formatReplay(d.ReplayOf),
	}
}

func (s *server) replayDelivery(w http.ResponseWriter, r *http.Request) error {
	id, err := parseID("the delivery's id", r.PathValue("id"))
	if err != nil {
		return err
	}
	in, err := decode[again](w, r)
	if err != nil {
		return err
	}
	d, err := s.Replays.Delivery(r.Context(), onevent.DeliveryID(id), in.Again)
	if err != nil {
		return err
	}
	return write(w, http.StatusAccepted, replayItemOf(&d))
}

// replayEvent brings an event to the handlers of now.
func (s *server) replayEvent(w http.ResponseWriter, r *http.Request) error {
	id, err := parseID("the event's id", r.PathValue("id"))
	if err != nil {
		return err
	}
	in, err := decode[again](w, r)
	if err != nil {
		return err
	}
	made, not, err := s.Replays.Event(r.Context(), onevent.EventID(id), in.Again)
	if err != nil {
		return err
	}
	out := struct {
		Deliveries []replayItem  `json:"deliveries"`
		NotSent    []verdictItem `json:"not_sent"`
	}{[]replayItem{}, []verdictItem{}}
	for i := range made {
		out.Deliveries = append(out.Deliveries, replayItemOf(&made[i]))
	}
	for _, n := range not {
		out.NotSent = append(out.NotSent, verdictItem{formatID(n.Handler), n.Verdict})
	}
	return write(w, http.StatusAccepted, out)
}

// cancelDelivery tells whether an attempt is in flight, which ends by itself.
func (s *server) cancelDelivery(w http.ResponseWriter, r *http.Request) error {
	id, err := parseID("the delivery's id", r.PathValue("id"))
	if err != nil {
		return err
	}
	var d onevent.Delivery
	err = s.Store.View(r.Context(), func(rd onevent.Reader) (err error) { d, err = rd.Delivery(onevent.DeliveryID(id)); return err })
	if err != nil {
		return err
	}
	var waits dispatch.Wait
	if s.Waiting != nil {
		waits = s.Waiting(d.Destination, d.ID)
	}
	if err := s.Replays.Cancel(r.Context(), d.ID); err != nil {
		return err
	}
	return write(w, http.StatusOK, struct {
		ID       string `json:"id"`
		State    string `json:"state"`
		InFlight bool   `json:"in_flight"`
	}{formatID(d.ID), onevent.StateCancelled.String(), waits.Flying && waits.Head == 0})
}

// filterBody says which deliveries or events a job is about, in the words of the
// searches. One that names nothing must say that it means all.
type filterBody struct {
	All           bool   `json:"all"`
	Portal        string `json:"portal"`
	ClientID      string `json:"client_id"`
	HandlerID     string `json:"handler_id"`
	DestinationID string `json:"destination_id"`
	Event         string `json:"event"`
	Object        string `json:"object"`
	State         string `json:"state"`
	Verdict       string `json:"verdict"`
	From          string `json:"from"`
	Until         string `json:"until"`
	Unserved      bool   `json:"unserved"`
}

func (f *filterBody) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"portal": f.Portal, "client_id": f.ClientID, "handler_id": f.HandlerID, "destination_id": f.DestinationID,
		"event": f.Event, "object": f.Object, "state": f.State, "verdict": f.Verdict, "from": f.From, "until": f.Until,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if f.Unserved {
		v.Set("unserved", "1")
	}
	return v
}

// judge refuses a filter that says nothing, or what its kind does not know.
func (f *filterBody) judge(unknown ...string) error {
	v := f.values()
	for _, name := range unknown {
		if v.Has(name) {
			return invalid("%s can't be asked for here", name)
		}
	}
	switch {
	case len(v) == 0 && !f.All:
		return invalid("the filter names nothing: to mean everything, say \"all\": true")
	case len(v) > 0 && f.All:
		return invalid("\"all\" and %s contradict each other", first(v))
	}
	return nil
}

func first(v url.Values) string {
	least := ""
	for name := range maps.Keys(v) {
		if least == "" || name < least {
			least = name
		}
	}
	return least
}

type jobBody struct {
	Deliveries *filterBody `json:"deliveries"`
	Events     *filterBody `json:"events"`
	Rate       float64     `json:"rate"`
	Again      bool        `json:"again"`
	DryRun     bool        `json:"dry_run"`
}

// order reads what a job is to do.
func (s *server) order(in *jobBody, kind string) (replay.Order, error) {
	o := replay.Order{Kind: kind, Rate: in.Rate, Again: in.Again}
	switch {
	case in.Rate < 0:
		return o, invalid("rate must be above 0")
	case (in.Deliveries == nil) == (in.Events == nil):
		return o, invalid("one of deliveries and events must be there, with a filter")
	case in.Events != nil:
		o.Kind = onevent.JobReplayEvents
		if err := in.Events.judge("client_id", "handler_id", "destination_id", "state", "verdict"); err != nil {
			return o, err
		}
		q := &query{s: s, values: in.Events.values()}
		o.Events = q.eventSearch()
		return o, q.err
	}
	unknown := []string{"unserved"}
	if kind == onevent.JobCancel {
		unknown = append(unknown, "state", "verdict")
	}
	if err := in.Deliveries.judge(unknown...); err != nil {
		return o, err
	}
	q := &query{s: s, values: in.Deliveries.values()}
	o.Deliveries = q.deliverySearch()
	return o, q.err
}

func (s *server) replayMany(w http.ResponseWriter, r *http.Request) error {
	return s.begin(w, r, onevent.JobReplay)
}

func (s *server) cancelMany(w http.ResponseWriter, r *http.Request) error {
	return s.begin(w, r, onevent.JobCancel)
}

func (s *server) begin(w http.ResponseWriter, r *http.Request, kind string) error {
	in, err := decode[jobBody](w, r)
	if err != nil {
		return err
	}
	if kind == onevent.JobCancel && (in.Events != nil || in.Rate != 0 || in.Again) {
		return invalid("a cancellation takes deliveries and dry_run alone")
	}
	o, err := s.order(&in, kind)
	if err != nil {
		return err
	}
	if in.DryRun {
		j, err := s.Replays.Count(r.Context(), o)
		if err != nil {
			return err
		}
		return write(w, http.StatusOK, struct {
			DryRun  bool                      `json:"dry_run"`
			Kind    string                    `json:"kind"`
			Count   int64                     `json:"count"`
			Skipped map[onevent.Verdict]int64 `json:"skipped"`
		}{true, j.Kind, j.Done, skipped(&j)})
	}
	j, err := s.Replays.Begin(r.Context(), o)
	if err != nil {
		return err
	}
	return write(w, http.StatusAccepted, jobItemOf(&j))
}

type jobItem struct {
	ID      string                    `json:"id"`
	Kind    string                    `json:"kind"`
	State   string                    `json:"state"`
	Rate    float64                   `json:"rate"`
	Again   bool                      `json:"again"`
	Done    int64                     `json:"done"`
	Skipped map[onevent.Verdict]int64 `json:"skipped"`
	Created string                    `json:"created"`
	Ended   string                    `json:"ended"`
}

func jobItemOf(j *onevent.Job) jobItem {
	return jobItem{
		ID: formatID(j.ID), Kind: j.Kind, State: j.State, Rate: j.Rate, Again: j.Again, Done: j.Done, Skipped: skipped(j),
		Created: formatTime(j.Created), Ended: formatTime(j.Ended),
	}
}

// skipped is never null.
func skipped(j *onevent.Job) map[onevent.Verdict]int64 {
	if j.Skipped == nil {
		return map[onevent.Verdict]int64{}
	}
	return j.Skipped
}

func (s *server) listJobs(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Replays.Jobs(r.Context())
	if err != nil {
		return err
	}
	list := []jobItem{}
	for i := range all {
		list = append(list, jobItemOf(&all[i]))
	}
	return write(w, http.StatusOK, map[string]any{"jobs": list})
}

func (s *server) showJob(w http.ResponseWriter, r *http.Request) error {
	id, err := parseID("the job's id", r.PathValue("id"))
	if err != nil {
		return err
	}
	j, err := s.Replays.Job(r.Context(), onevent.JobID(id))
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, jobItemOf(&j))
}

func (s *server) stopJob(w http.ResponseWriter, r *http.Request) error {
	id, err := parseID("the job's id", r.PathValue("id"))
	if err != nil {
		return err
	}
	j, err := s.Replays.StopJob(r.Context(), onevent.JobID(id))
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, jobItemOf(&j))
}
