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

// maxAnswer bounds the rows of one answer, which has no pages, in bytes as they
// are printed.
const maxAnswer = 16 << 20

// step is how many rows are read at once; the store bounds their bytes too.
const step = 10_000

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
	if !wantsSection(c.Param("section"), SectionOf(owner)) {
		return []wire.Value{}, nil
	}
	list := rows{methods: m, call: c}
	err = m.Store.View(ctx, func(r onevent.Reader) error { return list.read(r, query) })
	if err != nil {
		return nil, err
	}
	return list.shown, nil
}

// rows are the entries of an answer.
type rows struct {
	methods *methods
	call    *rest.Call
	shown   []wire.Value
	bytes   int    // as they are printed
	buffer  []byte // for the newest, printed
}

// read reads on as long as there are rows.
func (l *rows) read(r onevent.Reader, query onevent.Query) error {
	l.shown = []wire.Value{}
	for more := true; more; {
		page, err := r.Query(query)
		if err != nil {
			return err
		}
		for _, record := range page.Records {
			if err := l.add(record); err != nil {
				return err
			}
		}
		query.Offset += len(page.Records)
		more = page.More
	}
	return nil
}

func (l *rows) add(record onevent.Record) error {
	e, err := entryOf(record)
	if err != nil {
		return err
	}
	row := l.methods.shown(l.call, record.ID, e, true)
	l.buffer = row.AppendJSON(l.buffer[:0])
	if l.bytes += len(l.buffer); l.bytes > maxAnswer {
		return errTooMuch
	}
	l.shown = append(l.shown, row)
	return nil
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
		AnyOf:  calendarOf(owner, c.User),
		Order:  []onevent.Order{{Field: "FROM_TS", Number: true}},
		Limit:  step,
	}
	return q, owner, err
}

// calendarOf finds the entries of a calendar and those that its owner attends,
// as far as the user may read them: everybody may read his own.
func calendarOf(owner onevent.UserID, user *onevent.User) [][]onevent.Cond {
	var groups [][]onevent.Cond
	for _, in := range []onevent.Cond{is("OWNER_ID", owner), attends(owner)} {
		if user.Admin || user.ID == owner {
			groups = append(groups, []onevent.Cond{in})
			continue
		}
		for _, may := range readable(user.ID) {
			groups = append(groups, []onevent.Cond{in, may})
		}
	}
	return groups
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
