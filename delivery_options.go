package onevent

import (
	"cmp"
	"strings"
	"time"
)

// DeliveryOptions say how deliveries go out. A destination has its own, which
// event.bind `options` sets, the last bind wins; docs/protocol/events.md section
// 4.1. What it leaves zero its application says, and what that leaves zero the
// server. Rate, Burst and Concurrency of an application bound all of its
// destinations together, on every portal; those of the server are the default
// of a destination.
type DeliveryOptions struct {
	Order       string  `json:"order,omitempty"`       // OrderObject, OrderNone, OrderAll
	Retry       string  `json:"retry,omitempty"`       // RetryDefault (the server's), RetryNone, or what ParseRetry reads
	Deadline    float64 `json:"deadline,omitempty"`    // seconds after the event in which a delivery must succeed
	Rate        float64 `json:"rate,omitempty"`        // events a second
	Burst       int     `json:"burst,omitempty"`       // events
	Concurrency int     `json:"concurrency,omitempty"` // attempts at once, 1-256
	Timeout     float64 `json:"timeout,omitempty"`     // seconds for one attempt, 1-60
}

// Values of DeliveryOptions.
const (
	OrderObject  = "object"
	OrderNone    = "none"
	OrderAll     = "all"
	RetryDefault = "default"
	RetryNone    = "none"
)

// Or is o with what it leaves zero taken from base.
func (o DeliveryOptions) Or(base DeliveryOptions) DeliveryOptions {
	return DeliveryOptions{
		Order:       cmp.Or(o.Order, base.Order),
		Retry:       cmp.Or(o.Retry, base.Retry),
		Deadline:    cmp.Or(o.Deadline, base.Deadline),
		Rate:        cmp.Or(o.Rate, base.Rate),
		Burst:       cmp.Or(o.Burst, base.Burst),
		Concurrency: cmp.Or(o.Concurrency, base.Concurrency),
		Timeout:     cmp.Or(o.Timeout, base.Timeout),
	}
}

// Unlimited is o without what bounds an application as a whole.
func (o DeliveryOptions) Unlimited() DeliveryOptions {
	o.Rate, o.Burst, o.Concurrency = 0, 0, 0
	return o
}

// DefaultDeadline is how long after its event a delivery may wait before it
// fails, unless options say otherwise.
const DefaultDeadline = 7 * 24 * time.Hour

// DeadlineAfter is when a delivery of an event at that time must have
// succeeded.
func (o DeliveryOptions) DeadlineAfter(event time.Time) time.Time {
	if o.Deadline <= 0 {
		return event.Add(DefaultDeadline)
	}
	return event.Add(time.Duration(o.Deadline * float64(time.Second)))
}

// DefaultRetry is what follows a failure: one delay a retry, 70.7 hours in all.
var DefaultRetry = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour,
}

// Bounds of a retry schedule.
const (
	MaxRetries    = 50
	MaxRetryDelay = 7 * 24 * time.Hour
)

// ParseRetry reads a retry schedule: `default` (or empty), `none`, or delays
// such as `5s,30s,2m`, at most MaxRetries of up to MaxRetryDelay each; else
// CodeInvalid.
func ParseRetry(text string) ([]time.Duration, error) {
	switch text {
	case "", RetryDefault:
		return DefaultRetry, nil
	case RetryNone:
		return nil, nil
	}
	var delays []time.Duration
	for part := range strings.SplitSeq(text, ",") {
		d, err := time.ParseDuration(strings.TrimSpace(part))
		if err != nil || d <= 0 || d > MaxRetryDelay || len(delays) == MaxRetries {
			return nil, Errorf(CodeInvalid, "retry must be default, none, or up to %d delays of at most 168h such as 5s,30s,2m", MaxRetries)
		}
		delays = append(delays, d)
	}
	return delays, nil
}
