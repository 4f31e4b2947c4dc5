package lifecycle

import "github.com/onevent/onevent"

// What the limits of a portal can be set to.
const (
	maxBurst          = 1_000_000
	maxPerSecond      = 1_000_000
	maxOperatingLimit = 600 // seconds: the time that it counts
)

// checkLimits refuses a bucket that never empties, and what is no number.
func checkLimits(s onevent.PortalSettings) error {
	switch {
	case s.RateBurst < 0 || s.RateBurst > maxBurst:
		return invalid("rest.rate_burst must be 0 (no limit) to %d", maxBurst)
	case !(s.RatePerSecond >= 0 && s.RatePerSecond <= maxPerSecond):
		return invalid("rest.rate_per_second must be 0 to %d", maxPerSecond)
	case s.RateBurst > 0 && s.RatePerSecond == 0:
		return invalid("rest.rate_per_second must be above 0 where rest.rate_burst is")
	case !(s.EventRate == 0 || s.EventRate >= onevent.MinRate && s.EventRate <= maxPerSecond):
		return invalid("events.rate must be 0 (no limit), or %v to %d events a second", onevent.MinRate, maxPerSecond)
	case s.EventBurst < 0 || s.EventBurst > maxBurst:
		return invalid("events.burst must be 0 (as many as in a second) to %d", maxBurst)
	case s.EventBurst > 0 && s.EventRate == 0:
		return invalid("events.rate must be above 0 where events.burst is")
	case s.OperatingLimit < 0 || s.OperatingLimit > maxOperatingLimit:
		return invalid("rest.operating_limit must be 0 (no limit) to %d seconds", maxOperatingLimit)
	}
	return nil
}
