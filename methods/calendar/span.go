package calendar

import (
	"time"

	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// span is what a call says of an entry's begin and end; section 2.1.
type span struct {
	from, to         wire.Value // a date, or unix seconds as a number
	skipTime         wire.Value
	zoneFrom, zoneTo string
	user             *time.Location
	userName         string
}

// readSpan finds the dates under either of their names.
func readSpan(c *rest.Call) span {
	s := span{
		from:     dateParam(c, "from"),
		to:       dateParam(c, "to"),
		skipTime: either(c, "skip_time", "skipTime"),
		zoneFrom: c.Param("timezone_from").Text(),
		zoneTo:   c.Param("timezone_to").Text(),
	}
	if hasOffset(s.from) {
		s.zoneFrom = ""
	}
	if hasOffset(s.to) {
		s.zoneTo = ""
	}
	s.user, s.userName = userZone(c)
	return s
}

// hasOffset says whether a date means the same moment in every zone; no zone is
// asked then.
func hasOffset(v wire.Value) bool {
	utc, ok := rest.ParseTime(v.Text(), time.UTC)
	other, _ := rest.ParseTime(v.Text(), elsewhere)
	return v.Kind() == wire.KindString && ok && utc.Time.Equal(other.Time)
}

var elsewhere = time.FixedZone("", 3600)

// dateParam reads NAME, or NAME_ts as a number of seconds.
func dateParam(c *rest.Call, name string) wire.Value {
	if v := c.Param(name); !v.IsEmpty() {
		return wire.String(v.Text())
	}
	if n, ok := c.Param(name + "_ts").Int(); ok {
		return wire.Int(n)
	}
	return wire.Null()
}

func either(c *rest.Call, name, other string) wire.Value {
	if v := c.Param(name); !v.IsNull() {
		return v
	}
	return c.Param(other)
}

// userZone is the caller's zone, in which dates without an offset are read.
func userZone(c *rest.Call) (*time.Location, string) {
	if zone, ok := rest.LoadZone(c.User.TimeZone); ok {
		return zone, c.User.TimeZone
	}
	zone := c.Zone()
	return zone, zone.String()
}

// set gives the entry its begin and end.
func (s *span) set(e *entry) error {
	s.setZones(e)
	wasWholeDay := e.WholeDay
	if !s.skipTime.IsNull() {
		e.WholeDay = s.skipTime.Truthy()
	}
	length := e.To - e.From
	from, ok := s.moment(s.from, e.From, e.ZoneFrom, wasWholeDay)
	if !ok {
		return errInvalid("from")
	}
	to, ok := s.moment(s.to, e.To, e.ZoneTo, wasWholeDay)
	if !ok {
		return errInvalid("to")
	}
	e.From, e.To = kept(from, e.WholeDay), kept(to, e.WholeDay)
	if s.to.IsNull() && !s.from.IsNull() {
		e.To = e.From + length
	}
	if e.To < e.From {
		return errInvalid("to")
	}
	return nil
}

func (s *span) setZones(e *entry) {
	if _, ok := rest.LoadZone(s.zoneFrom); ok {
		e.ZoneFrom, e.ZoneTo = s.zoneFrom, s.zoneFrom
	}
	if e.ZoneFrom == "" {
		e.ZoneFrom, e.ZoneTo = s.userName, s.userName
	}
	if _, ok := rest.LoadZone(s.zoneTo); ok {
		e.ZoneTo = s.zoneTo
	}
}

// moment is the time that was given, else the one that is.
func (s *span) moment(given wire.Value, now int64, zoneName string, wholeDay bool) (time.Time, bool) {
	zone, ok := rest.LoadZone(zoneName)
	if !ok {
		zone = s.user
	}
	switch given.Kind() {
	case wire.KindNull:
		if wholeDay {
			zone = time.UTC
		}
		return time.Unix(now, 0).In(zone), true
	case wire.KindNumber:
		n, _ := given.Int()
		return time.Unix(n, 0).In(zone), n >= leastSecond && n <= mostSecond
	}
	m, ok := rest.ParseTime(given.Text(), zone)
	return m.Time, ok
}

// The years 1 to 9999.
const (
	leastSecond = -62135596800
	mostSecond  = 253402300799
)

// kept is a moment in unix seconds; of a whole day that of midnight in UTC.
func kept(t time.Time, wholeDay bool) int64 {
	if !wholeDay {
		return t.Unix()
	}
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()
}
