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
	e, err := m.newEntry(c)
	if err != nil {
		return nil, err
	}
	var id int64
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		if id, err = tx.NextID(onevent.RecordIDs(c.Portal.ID, ObjectType)); err != nil {
			return err
		}
		if err := put(tx, c, id, e); err != nil {
			return err
		}
		return m.raise(tx, c, codeAdd, id)
	})
	if err != nil {
		return nil, err
	}
	return id, nil
}

// newEntry makes the checks of section 2.1 in their order.
func (m *methods) newEntry(c *rest.Call) (*entry, error) {
	owner, err := m.readNeeded(c)
	if err != nil {
		return nil, err
	}
	change, err := m.readChange(c)
	if err != nil {
		return nil, err
	}
	now := c.Now.Unix()
	e := &entry{
		Owner:         owner,
		Section:       SectionOf(owner),
		Creator:       c.User.ID,
		Host:          c.User.ID,
		Color:         color,
		TextColor:     textColor,
		Accessibility: "busy",
		Importance:    "normal",
		Created:       now,
		Changed:       now,
		Version:       1,
	}
	return e, change(e)
}

// readNeeded reads whose calendar is meant and checks what add can't do without.
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
	owner, err := m.readOwner(c, c.Param("ownerId"))
	if err != nil {
		return 0, err
	}
	if v := c.Param("section"); !v.IsEmpty() {
		if id, ok := v.Int(); !ok || id != SectionOf(owner) {
			return 0, errSection
		}
	}
	return owner, nil
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
	change, err := m.readChange(c)
	if err != nil {
		return nil, err
	}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		e, err := changeable(tx, c, id)
		if err != nil {
			return err
		}
		if err := change(e); err != nil {
			return err
		}
		e.Changed, e.Version = c.Now.Unix(), e.Version+1
		if err := put(tx, c, id, e); err != nil {
			return err
		}
		return m.raise(tx, c, codeUpdate, id)
	})
	if err != nil {
		return nil, err
	}
	return id, nil
}

// changeable finds a row that the caller may change. An attendee must name the
// organizer.
func changeable(tx onevent.RecordReader, c *rest.Call, id int64) (*entry, error) {
	e, err := find(tx, c.Portal.ID, id)
	if errors.Is(err, onevent.ErrNotFound) {
		return nil, errChanging
	}
	if err != nil {
		return nil, err
	}
	host, _ := c.Param("host").Int()
	if e.mayChange(c.User) || e.mayRead(c.User) && onevent.UserID(host) == e.Host {
		return e, nil
	}
	return nil, errDenied
}

// delete is calendar.event.delete. The event is judged by the row as it was.
func (m *methods) delete(ctx context.Context, c *rest.Call) (any, error) {
	id, ok := c.Param("id").Int()
	if !ok || id <= 0 {
		return nil, errID
	}
	err := m.Store.Update(ctx, func(tx onevent.Tx) error {
		e, err := find(tx, c.Portal.ID, id)
		switch {
		case errors.Is(err, onevent.ErrNotFound):
			return errDeleting
		case err != nil:
			return err
		case !e.mayChange(c.User):
			return errDenied
		}
		if err := m.raise(tx, c, codeDelete, id); err != nil {
			return err
		}
		return tx.DeleteRecord(c.Portal.ID, ObjectType, id)
	})
	if err != nil {
		return nil, err
	}
	return true, nil
}
