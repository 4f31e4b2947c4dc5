package onevent_test

import (
	"math"
	"strings"
	"testing"

	"github.com/onevent/onevent"
)

func TestOptionsThatASenderCanObeyPass(t *testing.T) {
	for _, o := range []onevent.DeliveryOptions{
		{}, onevent.DefaultDelivery,
		{Order: "none", Retry: "none", Deadline: 0.001, Rate: 0.001, Burst: 1, Concurrency: 1, Timeout: 1},
		{Order: "all", Retry: "5s,30s", Deadline: 90 * 24 * 3600, Rate: 1e6, Burst: 1e6, Concurrency: 256, Timeout: 60},
	} {
		if err := o.Check(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestAnOptionOutOfRangeIsNamed(t *testing.T) {
	for _, c := range []struct {
		o    onevent.DeliveryOptions
		says string
	}{
		{onevent.DeliveryOptions{Order: "first"}, "order must be one of object, none, all"},
		{onevent.DeliveryOptions{Retry: "often"}, "retry must be"},
		{onevent.DeliveryOptions{Deadline: -1}, "deadline must be a number from 0.001 to 7776000 seconds (90 days)"},
		{onevent.DeliveryOptions{Deadline: 90*24*3600 + 1}, "deadline"},
		{onevent.DeliveryOptions{Rate: -1}, "rate must be a number from 0.001 to 1000000 events a second"},
		{onevent.DeliveryOptions{Rate: 0.0001}, "rate"},
		{onevent.DeliveryOptions{Rate: math.NaN()}, "rate"},
		{onevent.DeliveryOptions{Rate: math.Inf(1)}, "rate"},
		{onevent.DeliveryOptions{Burst: -1}, "burst must be a whole number from 1 to 1000000"},
		{onevent.DeliveryOptions{Burst: 1_000_001}, "burst"},
		{onevent.DeliveryOptions{Concurrency: 257}, "concurrency must be a whole number from 1 to 256"},
		{onevent.DeliveryOptions{Concurrency: -1}, "concurrency"},
		{onevent.DeliveryOptions{Timeout: 0.9}, "timeout must be a number from 1 to 60 seconds"},
		{onevent.DeliveryOptions{Timeout: 60.1}, "timeout"},
	} {
		err := c.o.Check()
		if onevent.CodeOf(err) != onevent.CodeInvalid || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want %q", c.o, err, c.says)
		}
	}
}
