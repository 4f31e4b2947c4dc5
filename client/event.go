package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// Event is a fact to be published.
type Event struct {
	Event  string          `json:"event"`             // code, in any case
	UserID int64           `json:"user_id,omitempty"` // who caused it; 0: nobody
	Data   json.RawMessage `json:"data,omitempty"`    // order of keys and text of numbers are kept
	Object string          `json:"object,omitempty"`  // its id, for codes whose data names none
}

// Published is an event that the server has stored.
type Published struct {
	ID         string `json:"id"`
	Deliveries int    `json:"deliveries"`
}

// Publish stores up to 1,000 events of a portal, all or none, and returns after
// they are on disk. A key, unless empty, makes a repeat of the same events
// within 24 hours get the same answer.
func (c *Client) Publish(ctx context.Context, memberID, key string, events ...Event) ([]Published, error) {
	body, err := json.Marshal(events)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	if key != "" {
		header.Set("Idempotency-Key", key)
	}
	var out struct{ Events []Published }
	err = c.send(ctx, http.MethodPost, portalPath(memberID)+"/events", header, body, &out)
	return out.Events, err
}

// Stats counts since the store was made; Waiting and InFlight count now, and
// both are 0 when all is settled.
type Stats struct {
	Events    int64 `json:"events"`
	Waiting   int64 `json:"waiting"`
	InFlight  int64 `json:"in_flight"`
	Delivered int64 `json:"delivered"`
	Failed    int64 `json:"failed"`
	Cancelled int64 `json:"cancelled"`
}

// Stats reads the counts of the whole server.
func (c *Client) Stats(ctx context.Context) (Stats, error) {
	var out Stats
	err := c.call(ctx, http.MethodGet, "/stats", nil, &out)
	return out, err
}

// Delivery is one event for one handler. Times are in RFC 3339, and empty when
// there is none.
type Delivery struct {
	ID            string    `json:"id"`
	EventID       string    `json:"event_id"`
	Event         string    `json:"event"`
	Portal        string    `json:"portal"`    // member_id
	ClientID      string    `json:"client_id"` // empty for an outgoing webhook
	WebhookID     string    `json:"webhook_id"`
	HandlerID     string    `json:"handler_id"`
	DestinationID string    `json:"destination_id"`
	URL           string    `json:"url"`
	Object        string    `json:"object"`  // TYPE:ID; empty: no single one
	Time          string    `json:"time"`    // of the event
	State         string    `json:"state"`   // waiting, delivered, failed, cancelled
	Verdict       string    `json:"verdict"` // why it ended without success
	Due           string    `json:"due"`     // not tried before
	Deadline      string    `json:"deadline"`
	ReplayOf      string    `json:"replay_of"`     // the delivery that it repeats; "event": there was none
	AttemptCount  int       `json:"attempt_count"` // a search shows the last of them alone
	Attempts      []Attempt `json:"attempts"`
}

// Attempt is one HTTP request of a delivery.
type Attempt struct {
	Time   string `json:"time"`   // RFC 3339
	Status int    `json:"status"` // 0: no answer
	MS     int64  `json:"ms"`
	Error  string `json:"error"`
	Class  string `json:"class"`  // why it did not succeed, as onevent.Attempt.Class has it
	Phases Phases `json:"phases"` // as far as it came
	Answer string `json:"answer"` // how the answer's body begins, with what can't be seen escaped
}

// Phases are how long the parts of an attempt took, in milliseconds; 0: there was no
// such part.
type Phases struct {
	Queue   float64 `json:"queue_ms"`
	Lookup  float64 `json:"lookup_ms"`
	Connect float64 `json:"connect_ms"`
	TLS     float64 `json:"tls_ms"`
	Answer  float64 `json:"answer_ms"`
	Body    float64 `json:"body_ms"`
}

// Deliveries lists the deliveries of an event, oldest first.
func (c *Client) Deliveries(ctx context.Context, eventID string) ([]Delivery, error) {
	var out struct{ Deliveries []Delivery }
	err := c.call(ctx, http.MethodGet, "/deliveries?event_id="+url.QueryEscape(eventID), nil, &out)
	return out.Deliveries, err
}
