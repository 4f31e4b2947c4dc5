package calendar

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// step is how many rows are read at once; the store bounds their bytes too.
const step = 10_000

// The window of calendar.event.get when none is given. What recurs without end is
// shown that far when the window has no end.
const (
	daysBefore  = 30
	daysAfter   = 90
	daysForever = 366
)

// get is calendar.event.get: the entries of a calendar and those that its owner
// attends, as far as the caller may read them.
func (m *methods) get(ctx context.Context, c *rest.Call) (any, error) {
	owner, err := readShown(c)
	if err != nil {
		return nil, err
	}
	sections, err := readSections(c.Param("section"))
	if err != nil {
		return nil, err
	}
	when, where, err := readWindow(c)
	if err != nil {
		return nil, err
	}
	list := m.newRows(c, when, "from")
	groups := calendarOf(owner, c.User, sections)
	if len(groups) == 0 {
		return list.values(), nil
	}
	err = m.Store.View(ctx, func(r onevent.Reader) error { return list.read(r, queryOf(c, where, groups)) })
	return list.values(), err
}

func queryOf(c *rest.Call, where []onevent.Cond, groups [][]onevent.Cond) onevent.Query {
	return onevent.Query{
		Portal: c.Portal.ID,
		Kind:   ObjectType,
		Where:  where,
		AnyOf:  groups,
		Order:  []onevent.Order{{Field: "FROM_TS", Number: true}},
		Limit:  step,
	}
}

// readShown reads whose calendar is to be shown.
func readShown(c *rest.Call) (onevent.UserID, error) {
	if err := needed(c, "type"); err != nil {
		return 0, err
	}
	if c.Param("type").Text() != kindUser {
		return 0, errDenied
	}
	v := c.Param("ownerId")
	if v.IsEmpty() {
		return c.User.ID, nil
	}
	n, ok := v.Int()
	if !ok {
		return 0, errInvalid("ownerId")
	}
	return onevent.UserID(n), nil
}

// readSections reads `section`, a number or a list of them; nil means all. What
// is no number is no section.
func readSections(v wire.Value) ([]string, error) {
	if v.IsEmpty() {
		return nil, nil
	}
	list := v.Values()
	if v.IsScalar() {
		list = []wire.Value{v}
	}
	if len(list) > maxSections {
		return nil, errInvalid("section")
	}
	ids := []string{}
	for _, item := range list {
		if n, ok := item.Int(); ok {
			ids = append(ids, numberText(n))
		}
	}
	return ids, nil
}

// calendarOf finds the entries in sections of a calendar and those that its owner
// attends, as far as the user may read them: everybody may read his own. What
// somebody attends lies in his personal section.
func calendarOf(owner onevent.UserID, user *onevent.User, sections []string) [][]onevent.Cond {
	own := []onevent.Cond{is("OWNER_ID", owner)}
	if sections != nil {
		own = append(own, onevent.Cond{Field: "SECTION_ID", Op: onevent.OpIn, Number: true, Values: sections})
	}
	in := [][]onevent.Cond{own}
	if sections == nil || slices.Contains(sections, numberText(SectionOf(owner))) {
		in = append(in, []onevent.Cond{attends(owner)})
	}
	if user.Admin || user.ID == owner {
		return in
	}
	var groups [][]onevent.Cond
	for _, conds := range in {
		for _, may := range readable(user.ID) {
			groups = append(groups, append(slices.Clone(conds), may))
		}
	}
	return groups
}

// readWindow: an end that is only a day includes that day; a begin alone has no
// end, but for what recurs.
func readWindow(c *rest.Call) (window, []onevent.Cond, error) {
	zone, _ := userZone(c)
	from, to := c.Now.AddDate(0, 0, -daysBefore), c.Now.AddDate(0, 0, daysAfter)
	hasFrom, hasTo := !c.Param("from").IsEmpty(), !c.Param("to").IsEmpty()
	if hasFrom {
		m, ok := rest.ParseTime(c.Param("from").Text(), zone)
		if !ok {
			return window{}, nil, errInvalid("from")
		}
		from = m.Time
	}
	if hasTo {
		m, ok := rest.ParseTime(c.Param("to").Text(), zone)
		if !ok {
			return window{}, nil, errInvalid("to")
		}
		if to = m.Time; m.Date {
			to = to.AddDate(0, 0, 1).Add(-time.Second)
		}
	}
	if hasFrom && !hasTo {
		forever := max(from.Unix(), c.Now.Unix()) + daysForever*secondsOfDay
		return window{from.Unix(), forever}, []onevent.Cond{endsAfter(from)}, nil
	}
	return window{from.Unix(), to.Unix()}, []onevent.Cond{endsAfter(from), beginsBefore(to)}, nil
}

func endsAfter(t time.Time) onevent.Cond {
	return onevent.Cond{Field: "END_TS", Op: onevent.OpGreaterEqual, Number: true, Values: []string{unixText(t)}}
}

func beginsBefore(t time.Time) onevent.Cond {
	return onevent.Cond{Field: "FROM_TS", Op: onevent.OpLessEqual, Number: true, Values: []string{unixText(t)}}
}

func unixText(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// getByID is calendar.event.getbyid: null for what is not there to be read.
func (m *methods) getByID(ctx context.Context, c *rest.Call) (any, error) {
	if err := needed(c, "id"); err != nil {
		return nil, err
	}
	id, _ := c.Param("id").Int()
	s := shower{methods: m, call: c, id: id}
	err := m.Store.View(ctx, func(r onevent.Reader) (err error) {
		if s.entry, err = find(r, c.Portal.ID, id); err != nil {
			return err
		}
		s.section, err = m.sectionOrDefault(r, c, s.entry.Section)
		return err
	})
	if errors.Is(err, onevent.ErrNotFound) || err == nil && !s.entry.mayRead(c.User) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.series = s.entry
	return s.shown(false), nil
}

// sectionOrDefault gives the colours of an entry that has none of its own.
func (m *methods) sectionOrDefault(r onevent.RecordReader, c *rest.Call, id int64) (*section, error) {
	s, err := m.findSection(r, c.Portal.ID, id)
	if errors.Is(err, onevent.ErrNotFound) {
		return newSection(0, 0, 0), nil
	}
	return s, err
}
