package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent"
)

// delivery is the setter of one option of delivery.
func delivery(option string) func(*Config, string) error {
	return func(c *Config, v string) error { return SetDelivery(&c.Delivery, option, v) }
}

// readers read the options of delivery by their names in JSON.
var readers = map[string]func(*onevent.DeliveryOptions, string) error{
	"order":       func(o *onevent.DeliveryOptions, v string) error { o.Order = v; return nil },
	"retry":       func(o *onevent.DeliveryOptions, v string) error { o.Retry = v; return nil },
	"deadline":    func(o *onevent.DeliveryOptions, v string) error { return seconds(&o.Deadline, v) },
	"timeout":     func(o *onevent.DeliveryOptions, v string) error { return seconds(&o.Timeout, v) },
	"rate":        func(o *onevent.DeliveryOptions, v string) error { return number(&o.Rate, v) },
	"burst":       func(o *onevent.DeliveryOptions, v string) error { return count(&o.Burst, v) },
	"concurrency": func(o *onevent.DeliveryOptions, v string) error { return count(&o.Concurrency, v) },
}

// SetDelivery sets one option, by its name in JSON, to what a text says; durations
// are written as 20s, 168h or 7d. The options judge themselves. A zero would mean
// that nothing was given, so it is refused.
func SetDelivery(o *onevent.DeliveryOptions, option, v string) error {
	var given onevent.DeliveryOptions
	if err := readers[option](&given, v); err != nil {
		return err
	}
	if given == (onevent.DeliveryOptions{}) {
		return fmt.Errorf("%q is no value: it must be above 0", v)
	}
	*o = given.Or(*o)
	return given.Check()
}

func seconds(field *float64, v string) error {
	d, err := ParseDuration(v)
	*field = d.Seconds()
	return err
}

func number(field *float64, v string) (err error) {
	if *field, err = strconv.ParseFloat(v, 64); err != nil {
		return fmt.Errorf("%q is no number", v)
	}
	return nil
}

func count(field *int, v string) (err error) {
	if *field, err = strconv.Atoi(v); err != nil {
		return fmt.Errorf("%q is no whole number", v)
	}
	return nil
}

// mostDays is more than anything here lasts.
const mostDays = 36_500

// ParseDuration reads what package time does, and whole days: 20s, 168h, 7d.
func ParseDuration(v string) (time.Duration, error) {
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
