package calendar

import (
	"context"
	"errors"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// add is calendar.event.add.
func (m *methods) add(ctx context.Context, c *rest.Call) (any, error) {
	owner, err := m.readNeeded(c)
	if err != nil {
		return nil, err
	}
	change, err := m.readChange(c)
	if err != nil {
		return nil, err
	}
	e := newEntry(c, owner)
	if err := change.set(e); err != nil {
		return nil, err
	}
	var id int64
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		if err := m.checkMove(tx, owner, change); err != nil {
			return err
		}
		id, err = m.insert(tx, c, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return id, nil
}

func (m *methods) insert(tx onevent.Tx, c *rest.Call, e *entry) (int64, error) {
	id, err := tx.NextID(onevent.RecordIDs(c.Portal.ID, ObjectType))
	if err != nil {
		return 0, err
	}
	if err := put(tx, c, id, e); err != nil {
		return 0, err
	}
	return id, m.raise(tx, c, codeAdd, id)
}

func newEntry(c *rest.Call, owner onevent.UserID) *entry {
	now := c.Now.Unix()
	return &entry{
		Owner:         owner,
		Section:       SectionOf(owner),
		Creator:       c.User.ID,
		Host:          c.User.ID,
		Accessibility: "busy",
		Importance:    "normal",
		Created:       now,
		Changed:       now,
		Version:       1,
	}
}

// readNeeded reads whose calendar is meant and checks what add can't do without,
// in the order of section 2.1.
func (m *methods) readNeeded(c *rest.Call) (onevent.UserID, error) {
	for _, name := range []string{"from", "to"} {
		if dateParam(c, name).IsNull() {
			return 0, errMissing(c, name)
		}
	}
	if err := needed(c, "name", "ownerId", "type"); err != nil {
		return 0, err
	}
	if v := c.Param("auto_detect_section"); !v.IsNull() && !v.Truthy() && !c.Has("section") {
		return 0, errMissing(c, "section")
	}
	return m.readOwner(c, c.Param("ownerId"))
}

func needed(c *rest.Call, names ...string) error {
	for _, name := range names {
		if !c.Has(name) {
			return errMissing(c, name)
		}
	}
	return nil
}

// readOwner lets a user into his own calendar and administrators into all.
func (m *methods) readOwner(c *rest.Call, v wire.Value) (onevent.UserID, error) {
	n, ok := v.Int()
	owner := onevent.UserID(n)
	known := m.Directory.User(c.Portal.ID, owner) != nil
	if c.Param("type").Text() != kindUser || !ok || !known || owner != c.User.ID && !c.User.Admin {
		return 0, errDenied
	}
	return owner, nil
}

// update is calendar.event.update.
func (m *methods) update(ctx context.Context, c *rest.Call) (any, error) {
	if err := needed(c, "id", "ownerId", "type"); err != nil {
		return nil, err
	}
	id, ok := c.Param("id").Int()
	if !ok || id <= 0 {
		return nil, errInvalid("id")
	}
	mode, err := readMode(c)
	if err != nil {
		return nil, err
	}
	change, err := m.readChange(c)
	if err != nil {
		return nil, err
	}
	var result any
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		e, err := changeable(tx, c, id)
		if err != nil {
			return err
		}
		u := updating{methods: m, tx: tx, call: c, id: id, entry: e, change: change}
		result, err = u.run(mode)
		return err
	})
	if err != nil {
		return nil, err
	}
	return result, nil
}

// changeable finds a row that the caller may change. Who is not the organizer of
// a meeting must name him, and an attendee may then change it too.
func changeable(tx onevent.RecordReader, c *rest.Call, id int64) (*entry, error) {
	e, err := find(tx, c.Portal.ID, id)
	if errors.Is(err, onevent.ErrNotFound) {
		return nil, errChanging
	}
	if err != nil {
		return nil, err
	}
	host, _ := c.Param("host").Int()
	isHost := c.User.ID == e.Host || onevent.UserID(host) == e.Host
	if e.IsMeeting && isHost && e.mayRead(c.User) || !e.IsMeeting && e.mayChange(c.User) {
		return e, nil
	}
	return nil, errDenied
}

// delete is calendar.event.delete. What was made of single instances of a series
// goes with it.
func (m *methods) delete(ctx context.Context, c *rest.Call) (any, error) {
	id, ok := c.Param("id").Int()
	if !ok || id <= 0 {
		return nil, errID
	}
	return m.remove(ctx, c, removal{
		judge:  func(tx onevent.Tx) (*onevent.Cond, error) { return judgeDelete(tx, c, id) },
		delete: func(tx onevent.Tx) error { return m.removeEntry(tx, c, id) },
	})
}

func judgeDelete(tx onevent.RecordReader, c *rest.Call, id int64) (*onevent.Cond, error) {
	e, err := find(tx, c.Portal.ID, id)
	switch {
	case errors.Is(err, onevent.ErrNotFound):
		return nil, errDeleting
	case err != nil:
		return nil, err
	case !e.mayChange(c.User):
		return nil, errDenied
	case e.Rule == nil:
		return nil, nil
	}
	return &onevent.Cond{Field: "RECURRENCE_ID", Op: onevent.OpEqual, Number: true, Values: []string{numberText(id)}}, nil
}
