package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent"
)

// delivery sets one option of delivery. The options judge themselves; a zero that
// was given would mean that nothing was, so it is refused.
func delivery(read func(*onevent.DeliveryOptions, string) error) func(*Config, string) error {
	return func(c *Config, v string) error {
		before := c.Delivery
		if err := read(&c.Delivery, v); err != nil {
			return err
		}
		if c.Delivery == before {
			return fmt.Errorf("%q is no value: it must be above 0", v)
		}
		return c.Delivery.Check()
	}
}

func order(o *onevent.DeliveryOptions, v string) error { o.Order = v; return nil }

func retry(o *onevent.DeliveryOptions, v string) error { o.Retry = v; return nil }

func deadline(o *onevent.DeliveryOptions, v string) error { return seconds(&o.Deadline, v) }

func timeout(o *onevent.DeliveryOptions, v string) error { return seconds(&o.Timeout, v) }

func rate(o *onevent.DeliveryOptions, v string) (err error) {
	if o.Rate, err = strconv.ParseFloat(v, 64); err != nil {
		return fmt.Errorf("%q is no number of events a second", v)
	}
	return nil
}

func burst(o *onevent.DeliveryOptions, v string) error { return count(&o.Burst, v) }

func concurrency(o *onevent.DeliveryOptions, v string) error { return count(&o.Concurrency, v) }

func seconds(field *float64, v string) error {
	d, err := parseDuration(v)
	*field = d.Seconds()
	return err
}

// mostDays is more than anything here lasts.
const mostDays = 36_500

// parseDuration reads what package time does, and whole days.
func parseDuration(v string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(v, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= mostDays {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		return 0, fmt.Errorf("%q is no duration: write it as 20s, 168h or 7d", v)
	}
	return d, nil
}

func count(field *int, v string) (err error) {
	if *field, err = strconv.Atoi(v); err != nil {
		return fmt.Errorf("%q is no whole number", v)
	}
	return nil
}

// What limits can be set to.
const (
	maxAttempts = 65_536
	maxBacklog  = 1_000_000_000
)

func limit(field func(*Limits) *int, most int) func(*Config, string) error {
	return func(c *Config, v string) error {
		n := field(&c.Limits)
		if err := count(n, v); err != nil {
			return err
		}
		if *n < 1 || *n > most {
			return fmt.Errorf("it must be from 1 to %d", most)
		}
		return nil
	}
}
