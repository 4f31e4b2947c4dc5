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

// maxRows is the most rows of one answer, which has no pages.
const maxRows = 5000

// The window of calendar.event.get when none is given.
const (
	daysBefore = 30
	daysAfter  = 90
)

// get is calendar.event.get: the entries of a calendar and those that its owner
// attends, as far as the caller may read them.
func (m *methods) get(ctx context.Context, c *rest.Call) (any, error) {
	query, owner, err := m.readQuery(c)
	if err != nil {
		return nil, err
	}
	rows := []wire.Value{}
	if !wantsSection(c.Param("section"), SectionOf(owner)) {
		return rows, nil
	}
	var page onevent.Page
	err = m.Store.View(ctx, func(r onevent.Reader) error {
		page, err = r.Query(query)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, record := range page.Records {
		e, err := entryOf(record)
		if err != nil {
			return nil, err
		}
		if e.mayRead(c.User) {
			rows = append(rows, m.shown(c, record.ID, e, true))
		}
	}
	return rows, nil
}

func (m *methods) readQuery(c *rest.Call) (q onevent.Query, owner onevent.UserID, err error) {
	if err := needed(c, "type"); err != nil {
		return q, 0, err
	}
	if c.Param("type").Text() != kindUser {
		return q, 0, errDenied
	}
	owner = c.User.ID
	if v := c.Param("ownerId"); !v.IsEmpty() {
		n, ok := v.Int()
		if !ok {
			return q, 0, errInvalid("ownerId")
		}
		owner = onevent.UserID(n)
	}
	window, err := readWindow(c)
	q = onevent.Query{
		Portal: c.Portal.ID,
		Kind:   ObjectType,
		Where:  window,
		AnyOf: [][]onevent.Cond{
			{{Field: "OWNER_ID", Op: onevent.OpEqual, Number: true, Values: []string{userText(owner)}}},
			{{Field: "ATTENDEE_KEYS", Op: onevent.OpContains, Values: []string{attendeeKey(owner)}}},
		},
		Order: []onevent.Order{{Field: "FROM_TS", Number: true}},
		Limit: maxRows,
	}
	return q, owner, err
}

// readWindow: an end that is only a day includes that day; a begin alone has no
// end.
func readWindow(c *rest.Call) ([]onevent.Cond, error) {
	zone, _ := userZone(c)
	from, to := c.Now.AddDate(0, 0, -daysBefore), c.Now.AddDate(0, 0, daysAfter)
	hasFrom, hasTo := !c.Param("from").IsEmpty(), !c.Param("to").IsEmpty()
	if hasFrom {
		m, ok := rest.ParseTime(c.Param("from").Text(), zone)
		if !ok {
			return nil, errInvalid("from")
		}
		from = m.Time
	}
	if hasTo {
		m, ok := rest.ParseTime(c.Param("to").Text(), zone)
		if !ok {
			return nil, errInvalid("to")
		}
		if to = m.Time; m.Date {
			to = to.AddDate(0, 0, 1).Add(-time.Second)
		}
	}
	window := []onevent.Cond{{Field: "END_TS", Op: onevent.OpGreaterEqual, Number: true, Values: []string{unixText(from)}}}
	if hasTo || !hasFrom {
		window = append(window, onevent.Cond{Field: "FROM_TS", Op: onevent.OpLessEqual, Number: true, Values: []string{unixText(to)}})
	}
	return window, nil
}

func unixText(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// wantsSection reads `section`, a number or a list of them; none means all.
func wantsSection(v wire.Value, section int64) bool {
	if v.IsEmpty() {
		return true
	}
	list := v.Values()
	if v.IsScalar() {
		list = []wire.Value{v}
	}
	return slices.ContainsFunc(list, func(item wire.Value) bool {
		n, ok := item.Int()
		return ok && n == section
	})
}

// getByID is calendar.event.getbyid: null for what is not there to be read.
func (m *methods) getByID(ctx context.Context, c *rest.Call) (any, error) {
	if err := needed(c, "id"); err != nil {
		return nil, err
	}
	id, _ := c.Param("id").Int()
	var e *entry
	err := m.Store.View(ctx, func(r onevent.Reader) (err error) {
		e, err = find(r, c.Portal.ID, id)
		return err
	})
	if errors.Is(err, onevent.ErrNotFound) || err == nil && !e.mayRead(c.User) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return m.shown(c, id, e, false), nil
}
