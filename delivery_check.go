package onevent

import (
	"cmp"
	"strconv"
	"time"
)

// Bounds of DeliveryOptions. Numbers that are set are at least these and at most
// those.
const (
	MinRate        = 0.001     // one event in 1,000 s
	MaxRate        = 1_000_000 // more than one URL can take
	MaxBurst       = 1_000_000
	MaxConcurrency = 256
	MinTimeout     = time.Second
	MaxTimeout     = time.Minute
	MinDeadline    = time.Millisecond
	MaxDeadline    = 90 * 24 * time.Hour
)

// DefaultDelivery is what counts where nobody says anything: no rate, and the
// schedule of DefaultRetry.
var DefaultDelivery = DeliveryOptions{
	Order: OrderObject, Retry: RetryDefault, Deadline: DefaultDeadline.Seconds(), Concurrency: 64, Timeout: 20,
}

// Check judges what is set. Its error has CodeInvalid and a sentence that names
// the first option at fault.
func (o DeliveryOptions) Check() error {
	_, retry := ParseRetry(o.Retry)
	return cmp.Or(
		checkOrder(o.Order),
		retry,
		within("deadline", o.Deadline, MinDeadline.Seconds(), MaxDeadline.Seconds(), "seconds (90 days)"),
		within("rate", o.Rate, MinRate, MaxRate, "events a second"),
		whole("burst", o.Burst, MaxBurst),
		whole("concurrency", o.Concurrency, MaxConcurrency),
		within("timeout", o.Timeout, MinTimeout.Seconds(), MaxTimeout.Seconds(), "seconds"),
	)
}

func checkOrder(order string) error {
	switch order {
	case "", OrderObject, OrderNone, OrderAll:
		return nil
	}
	return Errorf(CodeInvalid, "order must be one of %s, %s, %s", OrderObject, OrderNone, OrderAll)
}

// within refuses what is no number too.
func within(name string, n, least, most float64, unit string) error {
	if n == 0 || n >= least && n <= most {
		return nil
	}
	return Errorf(CodeInvalid, "%s must be a number from %s to %s %s", name, plain(least), plain(most), unit)
}

func whole(name string, n, most int) error {
	if n >= 0 && n <= most {
		return nil
	}
	return Errorf(CodeInvalid, "%s must be a whole number from 1 to %d", name, most)
}

// plain writes a number without an exponent.
func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
