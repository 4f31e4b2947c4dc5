package onevent

import "time"

// Outage is a destination's run of attempts without a success. There is a row
// only while the run lasts: the next success removes it, so that after a restart
// a destination whose last attempt failed is known.
type Outage struct {
	Destination DestinationID
	Since       time.Time // when the first attempt of the run began
	Attempts    int       // of the run, probes included
	Open        bool      // the breaker is open
	Probes      int       // that failed in a row since it opened
	Several     bool      // the failures were not all about one object
}
