package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Replayed is a delivery that repeats another.
type Replayed struct {
	ID            string `json:"id"`
	EventID       string `json:"event_id"`
	HandlerID     string `json:"handler_id"`
	DestinationID string `json:"destination_id"`
	ReplayOf      string `json:"replay_of"` // a delivery; "event": the handler had none of the event
}

type again struct {
	Again bool `json:"again"`
}

// Replay has a settled delivery made anew, at the end of its queue. One that was
// replayed before is refused unless again is true.
func (c *Client) Replay(ctx context.Context, deliveryID string, more bool) (Replayed, error) {
	var out Replayed
	err := c.call(ctx, http.MethodPost, "/deliveries/"+url.PathEscape(deliveryID)+"/replay", again{more}, &out)
	return out, err
}

// EventReplay is what became of bringing an event to the handlers of now.
type EventReplay struct {
	Deliveries []Replayed `json:"deliveries"`
	NotSent    []struct {
		HandlerID string `json:"handler_id"`
		Verdict   string `json:"verdict"`
	} `json:"not_sent"`
}

// ReplayEvent brings an event to the handlers of now that had no delivery of it,
// and if again is true to those too whose delivery is settled.
func (c *Client) ReplayEvent(ctx context.Context, eventID string, more bool) (EventReplay, error) {
	var out EventReplay
	err := c.call(ctx, http.MethodPost, "/events/"+url.PathEscape(eventID)+"/replay", again{more}, &out)
	return out, err
}

// Cancel ends a delivery that waits. An attempt that is in flight ends by itself;
// if it succeeds, the delivery counts as delivered.
func (c *Client) Cancel(ctx context.Context, deliveryID string) (inFlight bool, err error) {
	var out struct {
		InFlight bool `json:"in_flight"`
	}
	err = c.call(ctx, http.MethodPost, "/deliveries/"+url.PathEscape(deliveryID)+"/cancel", nil, &out)
	return out.InFlight, err
}

// Job is something that the server does to many deliveries, by itself.
type Job struct {
	ID      string           `json:"id"`
	Kind    string           `json:"kind"`  // replay, replay_events, cancel
	State   string           `json:"state"` // running, stopped, done
	Rate    float64          `json:"rate"`  // deliveries a second
	Again   bool             `json:"again"`
	Done    int64            `json:"done"`    // deliveries made or cancelled
	Skipped map[string]int64 `json:"skipped"` // left out, by verdict
	Created string           `json:"created"`
	Ended   string           `json:"ended"`
}

// Counted is what a job would do.
type Counted struct {
	Kind    string           `json:"kind"`
	Count   int64            `json:"count"`
	Skipped map[string]int64 `json:"skipped"`
}

// Replays says what is to be replayed: what one of the filters finds. The zero
// filter finds everything. Cursor, Limit, Oldest and AllAttempts of a filter do not
// matter.
type Replays struct {
	Deliveries *DeliveryFilter
	Events     *EventFilter
	Rate       float64 // deliveries a second; 0: 500
	Again      bool    // also what was replayed before
}

// filterBody is a filter in the form in which jobs take it.
type filterBody struct {
	All           bool   `json:"all,omitempty"`
	Portal        string `json:"portal,omitempty"`
	ClientID      string `json:"client_id,omitempty"`
	HandlerID     string `json:"handler_id,omitempty"`
	DestinationID string `json:"destination_id,omitempty"`
	Event         string `json:"event,omitempty"`
	Object        string `json:"object,omitempty"`
	State         string `json:"state,omitempty"`
	Verdict       string `json:"verdict,omitempty"`
	From          string `json:"from,omitempty"`
	Until         string `json:"until,omitempty"`
	Unserved      bool   `json:"unserved,omitempty"`
}

func (b filterBody) orAll() *filterBody {
	b.All = b == filterBody{}
	return &b
}

type jobBody struct {
	Deliveries *filterBody `json:"deliveries,omitempty"`
	Events     *filterBody `json:"events,omitempty"`
	Rate       float64     `json:"rate,omitempty"`
	Again      bool        `json:"again,omitempty"`
	DryRun     bool        `json:"dry_run,omitempty"`
}

func (f DeliveryFilter) body() *filterBody {
	return filterBody{
		Portal: f.Portal, ClientID: f.ClientID, HandlerID: f.HandlerID, DestinationID: f.DestinationID, Event: f.Event,
		Object: f.Object, State: strings.Join(f.States, ","), Verdict: f.Verdict, From: f.From, Until: f.Until,
	}.orAll()
}

func (f EventFilter) body() *filterBody {
	return filterBody{
		Portal: f.Portal, Event: f.Event, Object: f.Object, From: f.From, Until: f.Until, Unserved: f.Unserved,
	}.orAll()
}

func (r Replays) body(dry bool) jobBody {
	b := jobBody{Rate: r.Rate, Again: r.Again, DryRun: dry}
	if r.Deliveries != nil {
		b.Deliveries = r.Deliveries.body()
	}
	if r.Events != nil {
		b.Events = r.Events.body()
	}
	return b
}

// BeginReplays has many replayed, in order and at a rate, also across restarts of
// the server. The same while it runs is refused with the code "conflict".
func (c *Client) BeginReplays(ctx context.Context, r Replays) (Job, error) {
	var out Job
	err := c.call(ctx, http.MethodPost, "/replays", r.body(false), &out)
	return out, err
}

// CountReplays says what BeginReplays would do.
func (c *Client) CountReplays(ctx context.Context, r Replays) (Counted, error) {
	var out Counted
	err := c.call(ctx, http.MethodPost, "/replays", r.body(true), &out)
	return out, err
}

// BeginCancelling has all cancelled that wait and that the filter finds; its States
// and Verdict must be empty.
func (c *Client) BeginCancelling(ctx context.Context, f DeliveryFilter) (Job, error) {
	var out Job
	err := c.call(ctx, http.MethodPost, "/cancellations", jobBody{Deliveries: f.body()}, &out)
	return out, err
}

// CountCancelling says what BeginCancelling would do.
func (c *Client) CountCancelling(ctx context.Context, f DeliveryFilter) (Counted, error) {
	var out Counted
	err := c.call(ctx, http.MethodPost, "/cancellations", jobBody{Deliveries: f.body(), DryRun: true}, &out)
	return out, err
}

// Jobs lists those that run and the newest that have ended, oldest first.
func (c *Client) Jobs(ctx context.Context) ([]Job, error) {
	var out struct{ Jobs []Job }
	err := c.call(ctx, http.MethodGet, "/jobs", nil, &out)
	return out.Jobs, err
}

// Job reads one.
func (c *Client) Job(ctx context.Context, id string) (Job, error) {
	var out Job
	err := c.call(ctx, http.MethodGet, "/jobs/"+url.PathEscape(id), nil, &out)
	return out, err
}

// StopJob ends a job before its next step. What it has done stays done.
func (c *Client) StopJob(ctx context.Context, id string) (Job, error) {
	var out Job
	err := c.call(ctx, http.MethodPost, "/jobs/"+url.PathEscape(id)+"/stop", nil, &out)
	return out, err
}
