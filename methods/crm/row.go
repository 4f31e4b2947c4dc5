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
	text := row.AppendJSON(make([]byte, 0, roomForRow))
	return tx.PutRecord(onevent.Record{Portal: c.Portal.ID, Kind: ObjectType, ID: id, Fields: text})
}

// readable finds a row that the caller may read and change.
func readable(r onevent.RecordReader, c *rest.Call, id int64) (*stored, error) {
	record, err := find(r, c, id)
	if err != nil {
		return nil, err
	}
	row := storedRow(record)
	if !mayRead(c.User, row) {
		return nil, errDenied
	}
	return row, nil
}

func find(r onevent.RecordReader, c *rest.Call, id int64) (onevent.Record, error) {
	record, err := r.Record(c.Portal.ID, ObjectType, id)
	if errors.Is(err, onevent.ErrNotFound) {
		return record, errNotFound
	}
	return record, err
}

// editable is readable, for a row that is to be changed.
func editable(r onevent.RecordReader, c *rest.Call, id int64) (row wire.Value, err error) {
	record, err := find(r, c, id)
	if err != nil {
		return row, err
	}
	if err := row.UnmarshalJSON(record.Fields); err != nil {
		return row, err
	}
	if !mayRead(c.User, row) {
		return row, errDenied
	}
	return row, nil
}

func (m *methods) read(ctx context.Context, c *rest.Call, id int64) (row *stored, err error) {
	err = m.Store.View(ctx, func(r onevent.Reader) error {
		row, err = readable(r, c, id)
		return err
	})
	return row, err
}

// mayRead lets administrators and those see an activity who made it or answer
// for it.
func mayRead(user *onevent.User, row fieldsByName) bool {
	return user.Admin || isUser(user, row, "AUTHOR_ID") || isUser(user, row, "RESPONSIBLE_ID")
}

// fieldsByName is a row, cut up or read.
type fieldsByName interface {
	Get(name string) (wire.Value, bool)
}

func isUser(user *onevent.User, row fieldsByName, field string) bool {
	v, _ := row.Get(field)
	id, ok := v.Int()
	return ok && id == int64(user.ID)
}

// Guard tells who may read an activity.
func Guard() publish.Guard {
	return publish.Rows{Kind: ObjectType, Readable: func(user *onevent.User, r onevent.Record) (bool, error) {
		return mayRead(user, storedRow(r)), nil
	}}
}
