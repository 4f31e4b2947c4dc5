package crm

import (
	"context"
	"errors"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// Codes of the events.
const (
	codeAdd    = "ONCRMACTIVITYADD"
	codeUpdate = "ONCRMACTIVITYUPDATE"
	codeDelete = "ONCRMACTIVITYDELETE"
)

// raise tells of a change made by the caller; section 1, event data.
func (m *methods) raise(tx onevent.Tx, c *rest.Call, code string, id int64) error {
	return c.Raise(tx, m.Publisher, code, wire.Map(wire.F("FIELDS", wire.Map(wire.F(onevent.FieldID, number(id))))))
}

func put(tx onevent.Tx, c *rest.Call, id int64, row wire.Value) error {
	return tx.PutRecord(onevent.Record{Portal: c.Portal.ID, Kind: ObjectType, ID: id, Fields: row.AppendJSON(nil)})
}

// readable finds a row that the caller may read and change.
func readable(r onevent.RecordReader, c *rest.Call, id int64) (wire.Value, error) {
	row, err := find(r, c.Portal.ID, id)
	switch {
	case errors.Is(err, onevent.ErrNotFound):
		return row, errNotFound
	case err != nil:
		return row, err
	case !mayRead(c.User, row):
		return row, errDenied
	}
	return row, nil
}

func find(r onevent.RecordReader, portal onevent.PortalID, id int64) (row wire.Value, err error) {
	record, err := r.Record(portal, ObjectType, id)
	if err != nil {
		return row, err
	}
	return rowOf(record)
}

func rowOf(r onevent.Record) (row wire.Value, err error) {
	err = row.UnmarshalJSON(r.Fields)
	return row, err
}

func (m *methods) read(ctx context.Context, c *rest.Call, id int64) (row wire.Value, err error) {
	err = m.Store.View(ctx, func(r onevent.Reader) error {
		row, err = readable(r, c, id)
		return err
	})
	return row, err
}

// mayRead lets administrators and those see an activity who made it or answer
// for it.
func mayRead(user *onevent.User, row wire.Value) bool {
	id := int64(user.ID)
	return user.Admin || wholeAt(row, "AUTHOR_ID") == id || wholeAt(row, "RESPONSIBLE_ID") == id
}

// Guard tells who may read an activity.
func Guard() publish.Guard {
	return publish.Rows{Kind: ObjectType, Readable: func(user *onevent.User, r onevent.Record) (bool, error) {
		row, err := rowOf(r)
		return err == nil && mayRead(user, row), err
	}}
}
