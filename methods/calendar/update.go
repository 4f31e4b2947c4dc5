package calendar

import (
	"slices"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/methods/calendar/recurrence"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// The values of recurrence_mode: what of a series changes.
const (
	modeThis = "this"
	modeNext = "next"
	modeAll  = "all"
)

func readMode(c *rest.Call) (string, error) {
	v := c.Param("recurrence_mode")
	switch v.Text() {
	case modeThis, modeNext, modeAll:
		return v.Text(), nil
	}
	if v.IsEmpty() {
		return modeAll, nil
	}
	return "", errMode
}

// updating is one calendar.event.update in its transaction.
type updating struct {
	*methods
	tx     onevent.Tx
	call   *rest.Call
	id     int64
	entry  *entry
	change change
}

// run takes an entry that does not recur as a whole, whatever the mode.
func (u *updating) run(mode string) (any, error) {
	if u.entry.Rule == nil || mode == modeAll {
		return u.id, u.whole()
	}
	start, err := u.instance()
	if err != nil {
		return nil, err
	}
	result := u.result(start)
	other := u.id
	switch {
	case mode == modeThis:
		other, err = u.this(start)
	case start == u.entry.From:
		err = u.whole()
	default:
		other, err = u.next(start)
	}
	return wire.Map(append(result, wire.F("recEventId", wire.Int(other)), wire.F("id", wire.Int(u.id)))...), err
}

func (u *updating) whole() error {
	if err := u.set(u.tx, u.entry, u.change); err != nil {
		return err
	}
	return u.putChanged()
}

func (u *updating) putChanged() error {
	u.entry.Changed, u.entry.Version = u.call.Now.Unix(), u.entry.Version+1
	if err := put(u.tx, u.call, u.id, u.entry); err != nil {
		return err
	}
	return u.raise(u.tx, u.call, codeUpdate, u.id)
}

// instance finds the one that current_date_from names by its day.
func (u *updating) instance() (int64, error) {
	const name = "current_date_from"
	v := u.call.Param(name)
	if v.IsEmpty() {
		return 0, errMissing(u.call, name)
	}
	zone := u.entry.zone()
	m, ok := rest.ParseTime(v.Text(), zone)
	if !u.entry.WholeDay {
		m.Time = m.Time.In(zone)
	}
	start, found := u.entry.instanceOn(m.Time.Format(recurrence.DayLayout))
	if !ok || !found {
		return 0, errInvalid(name)
	}
	return start, nil
}

// result is the object of section 2.1 but for its ids.
func (u *updating) result(start int64) []wire.Field {
	e := u.entry
	zone := e.ZoneFrom
	if e.WholeDay {
		zone = ""
	}
	return []wire.Field{
		wire.F("originalDate", text(siteOf(unixTime(start, e.zone()), e.WholeDay))),
		wire.F("originalDavXmlId", text(davID(u.call, u.id, e))),
		wire.F("instanceTz", text(zone)),
	}
}

// this makes an entry of its own of one instance and excludes it from the series.
func (u *updating) this(start int64) (int64, error) {
	single := u.copyAt(start)
	single.Recurrence, single.Original, single.Follows = u.id, originalOf(single), 0
	single.Rule, single.Excluded = nil, nil
	u.change.rule = ruleParam{}
	if err := u.set(u.tx, single, u.change); err != nil {
		return 0, err
	}
	u.entry.exclude(u.entry.dayOf(start))
	if err := u.putChanged(); err != nil {
		return 0, err
	}
	return u.insert(u.tx, u.call, single)
}

// next ends the series before an instance and makes another one of the rest.
func (u *updating) next(start int64) (int64, error) {
	day := u.entry.dayOf(start)
	follower := u.copyAt(start)
	follower.Recurrence, follower.Original, follower.Follows = 0, "", u.id
	follower.Rule = restOf(u.entry, day)
	follower.Excluded = slices.DeleteFunc(slices.Clone(u.entry.Excluded), func(d string) bool { return d < day })
	if err := u.set(u.tx, follower, u.change); err != nil {
		return 0, err
	}
	if err := endBefore(u.entry, day); err != nil {
		return 0, err
	}
	if err := u.putChanged(); err != nil {
		return 0, err
	}
	return u.insert(u.tx, u.call, follower)
}

// copyAt is the instance as a new row.
func (u *updating) copyAt(start int64) *entry {
	e := u.entry.at(start)
	e.Created, e.Changed, e.Version = u.call.Now.Unix(), u.call.Now.Unix(), 1
	e.Attendees = slices.Clone(e.Attendees)
	e.End = 0 // to be settled
	return e
}

// restOf is the rule from a day on: a counted one has as many instances less as
// lie before.
func restOf(e *entry, day string) *recurrence.Rule {
	rule := *e.Rule
	if rule.Count > 0 {
		series := e.series()
		rule.Count -= series.CountBefore(day)
	}
	return &rule
}

func endBefore(e *entry, day string) error {
	first, err := time.Parse(recurrence.DayLayout, day)
	if err != nil {
		return err
	}
	rule := *e.Rule
	rule.Count, rule.Until = 0, first.AddDate(0, 0, -1).Format(recurrence.DayLayout)
	e.Rule = &rule
	e.Excluded = slices.DeleteFunc(e.Excluded, func(d string) bool { return d >= day })
	return e.settleTimes()
}
