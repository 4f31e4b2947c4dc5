package client

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// DeliveryFilter says which deliveries are wanted: those that fulfil all that is
// not empty.
type DeliveryFilter struct {
	Portal        string // member_id
	ClientID      string
	HandlerID     string
	DestinationID string
	Event         string   // code, in any case
	Object        string   // TYPE:ID, such as crm.activity:999
	States        []string // waiting, delivered, failed, cancelled
	Verdict       string
	From, Until   string // of the event: RFC 3339, or seconds since 1970
	Oldest        bool   // first; else the newest
	AllAttempts   bool   // else the last one of each
	Cursor        string // Next of the page before
	Limit         int    // of a page, at most 1,000; 0: 50
}

func (f DeliveryFilter) query() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"portal": f.Portal, "client_id": f.ClientID, "handler_id": f.HandlerID, "destination_id": f.DestinationID,
		"event": f.Event, "object": f.Object, "state": strings.Join(f.States, ","), "verdict": f.Verdict,
		"from": f.From, "until": f.Until, "cursor": f.Cursor,
	} {
		set(v, name, value)
	}
	if f.AllAttempts {
		v.Set("attempts", "all")
	}
	setPage(v, f.Oldest, f.Limit)
	return v
}

func set(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}

func setPage(v url.Values, oldest bool, limit int) {
	if oldest {
		v.Set("order", "oldest")
	}
	if limit != 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
}

// DeliveryPage is a part of what was found. It may be empty although Next is not.
type DeliveryPage struct {
	Deliveries []Delivery `json:"deliveries"`
	Next       string     `json:"next"` // Cursor of the next page; empty: there is none
}

// SearchDeliveries reads one page.
func (c *Client) SearchDeliveries(ctx context.Context, f DeliveryFilter) (DeliveryPage, error) {
	var out DeliveryPage
	err := c.call(ctx, http.MethodGet, "/deliveries?"+f.query().Encode(), nil, &out)
	return out, err
}

// AllDeliveries goes through the pages from Cursor on. An error is the last that
// it yields.
func (c *Client) AllDeliveries(ctx context.Context, f DeliveryFilter) iter.Seq2[Delivery, error] {
	return pages(func() ([]Delivery, string, error) {
		page, err := c.SearchDeliveries(ctx, f)
		f.Cursor = page.Next
		return page.Deliveries, page.Next, err
	})
}

// pages yields the rows of one page after the other.
func pages[T any](read func() (rows []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			rows, next, err := read()
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			if next == "" {
				return
			}
		}
	}
}

// DeliveryDetail is a delivery with all that is known of it.
type DeliveryDetail struct {
	Delivery
	Replays []string `json:"replays"` // deliveries that repeat it, oldest first
	Request *Request `json:"request"` // nil: whom it went to is known no more
}

// Request is what is sent, with *** in place of every token.
type Request struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// Delivery reads one.
func (c *Client) Delivery(ctx context.Context, id string) (DeliveryDetail, error) {
	var out DeliveryDetail
	err := c.call(ctx, http.MethodGet, "/deliveries/"+url.PathEscape(id), nil, &out)
	return out, err
}

// EventFilter says which events are wanted, as DeliveryFilter does.
type EventFilter struct {
	Portal, Event, Object string
	Unserved              bool // those without a delivery
	From, Until           string
	Oldest                bool
	Cursor                string
	Limit                 int
}

func (f EventFilter) query() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"portal": f.Portal, "event": f.Event, "object": f.Object, "from": f.From, "until": f.Until, "cursor": f.Cursor,
	} {
		set(v, name, value)
	}
	if f.Unserved {
		v.Set("unserved", "1")
	}
	setPage(v, f.Oldest, f.Limit)
	return v
}

// LoggedEvent is an event as the log has it.
type LoggedEvent struct {
	ID       string           `json:"id"`
	Portal   string           `json:"portal"` // member_id
	Event    string           `json:"event"`
	Object   string           `json:"object"`  // TYPE:ID; empty: no single one
	UserID   string           `json:"user_id"` // who caused it; 0: nobody
	Time     string           `json:"time"`
	Depth    int              `json:"depth"` // in a chain of events that cause events
	Verdicts []HandlerVerdict `json:"verdicts"`
	Data     json.RawMessage  `json:"data,omitempty"` // of a single event
}

// HandlerVerdict says why one handler was not served.
type HandlerVerdict struct {
	HandlerID string `json:"handler_id"`
	Verdict   string `json:"verdict"`
}

// EventPage is a part of what was found, as DeliveryPage is.
type EventPage struct {
	Events []LoggedEvent `json:"events"`
	Next   string        `json:"next"`
}

// SearchEvents reads one page.
func (c *Client) SearchEvents(ctx context.Context, f EventFilter) (EventPage, error) {
	var out EventPage
	err := c.call(ctx, http.MethodGet, "/events?"+f.query().Encode(), nil, &out)
	return out, err
}

// AllEvents goes through the pages, as AllDeliveries does.
func (c *Client) AllEvents(ctx context.Context, f EventFilter) iter.Seq2[LoggedEvent, error] {
	return pages(func() ([]LoggedEvent, string, error) {
		page, err := c.SearchEvents(ctx, f)
		f.Cursor = page.Next
		return page.Events, page.Next, err
	})
}

// Event reads one with its data.
func (c *Client) Event(ctx context.Context, id string) (LoggedEvent, error) {
	var out LoggedEvent
	err := c.call(ctx, http.MethodGet, "/events/"+url.PathEscape(id), nil, &out)
	return out, err
}

// Explanation is what became of an event.
type Explanation struct {
	Event        LoggedEvent `json:"event"`
	Text         string      `json:"text"`
	Handlers     []Outcome   `json:"handlers"`
	Applications []Advice    `json:"applications"` // when no handler was met
}

// Advice says what an application could do to be told.
type Advice struct {
	ClientID string `json:"client_id"`
	Name     string `json:"name"`
	Text     string `json:"text"`
}

// Outcome is what became of an event for one handler.
type Outcome struct {
	HandlerID  string    `json:"handler_id"`
	ClientID   string    `json:"client_id"` // empty for an outgoing webhook
	WebhookID  string    `json:"webhook_id"`
	URL        string    `json:"url"`
	Outcome    string    `json:"outcome"` // delivered, waiting, failed, cancelled, not_sent, bound_later, ended_before
	Verdict    string    `json:"verdict"`
	Text       string    `json:"text"`   // what happened and what to do
	Since      string    `json:"since"`  // from when it holds
	Until      string    `json:"until"`  // waiting: nothing happens before
	Why        string    `json:"why"`    // waiting
	Behind     string    `json:"behind"` // the delivery that goes first
	DeliveryID string    `json:"delivery_id"`
	Deadline   string    `json:"deadline"`
	Attempts   []Attempt `json:"attempts"`
}

// Explain says what became of an event.
func (c *Client) Explain(ctx context.Context, eventID string) (Explanation, error) {
	var out Explanation
	err := c.call(ctx, http.MethodGet, "/events/"+url.PathEscape(eventID)+"/explain", nil, &out)
	return out, err
}

// ExplanationPage is a part of what was found, as DeliveryPage is.
type ExplanationPage struct {
	Events []Explanation `json:"events"`
	From   string        `json:"from"` // the events are not older
	Next   string        `json:"next"`
}

// ExplainObject says what became of the events about an object, newest first. From,
// Until, Cursor and Limit of the filter count, Object must be there; without From
// they are those of 24 hours.
func (c *Client) ExplainObject(ctx context.Context, memberID string, f EventFilter) (ExplanationPage, error) {
	f.Portal = ""
	var out ExplanationPage
	err := c.call(ctx, http.MethodGet, portalPath(memberID)+"/explain?"+f.query().Encode(), nil, &out)
	return out, err
}

// AllExplanations goes through the pages, as AllDeliveries does.
func (c *Client) AllExplanations(ctx context.Context, memberID string, f EventFilter) iter.Seq2[Explanation, error] {
	return pages(func() ([]Explanation, string, error) {
		page, err := c.ExplainObject(ctx, memberID, f)
		f.Cursor = page.Next
		if f.From == "" {
			f.From = page.From // the window does not move while its pages are read
		}
		return page.Events, page.Next, err
	})
}
