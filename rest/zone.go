package rest

import (
	"sync"
	"time"
	_ "time/tzdata" // zones are known wherever the program runs

	"github.com/onevent/onevent"
)

// zones keeps what was loaded: there are only so many.
var zones sync.Map // of name to *time.Location

// LoadZone finds a time zone by its IANA name; ok is false for "" and for
// unknown names.
func LoadZone(name string) (zone *time.Location, ok bool) {
	if name == "" || name == "Local" {
		return nil, false
	}
	if kept, ok := zones.Load(name); ok {
		return kept.(*time.Location), true
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	zones.Store(name, zone)
	return zone, true
}

// ZoneOf is a portal's time zone; UTC when it has none that is known.
func ZoneOf(p *onevent.Portal) *time.Location {
	if zone, ok := LoadZone(p.TimeZone); ok {
		return zone
	}
	return time.UTC
}
