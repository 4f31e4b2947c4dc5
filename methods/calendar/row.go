package calendar

import (
	"strconv"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// Codes of the events.
const (
	codeAdd    = "ONCALENDARENTRYADD"
	codeUpdate = "ONCALENDARENTRYUPDATE"
	codeDelete = "ONCALENDARENTRYDELETE"

	codeSectionAdd    = "ONCALENDARSECTIONADD"
	codeSectionUpdate = "ONCALENDARSECTIONUPDATE"
	codeSectionDelete = "ONCALENDARSECTIONDELETE"
)

// raise tells of a change made by the caller; docs/protocol/events.md section 10.
func (m *methods) raise(tx onevent.Tx, c *rest.Call, code string, id int64) error {
	return c.Raise(tx, m.Publisher, code, wire.Map(wire.F("id", wire.String(strconv.FormatInt(id, 10)))))
}

func put(tx onevent.Tx, c *rest.Call, id int64, e *entry) error {
	fields, err := e.fields()
	if err != nil {
		return err
	}
	return tx.PutRecord(onevent.Record{Portal: c.Portal.ID, Kind: ObjectType, ID: id, Fields: fields})
}

func find(r onevent.RecordReader, portal onevent.PortalID, id int64) (*entry, error) {
	record, err := r.Record(portal, ObjectType, id)
	if err != nil {
		return nil, err
	}
	return entryOf(record)
}

// Guard tells who may read a calendar entry.
func Guard() publish.Guard {
	return publish.Rows{Kind: ObjectType, Readable: func(user *onevent.User, r onevent.Record) (bool, error) {
		e, err := entryOf(r)
		return err == nil && e.mayRead(user), err
	}}
}
