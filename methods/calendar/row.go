package calendar

import (
	"errors"
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
type Guard struct{}

// MayRead implements publish.Guard.
func (Guard) MayRead(tx onevent.RecordReader, portal *onevent.Portal, user *onevent.User, id string) (publish.Access, error) {
	if user.Admin {
		return publish.AccessGranted, nil
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return publish.AccessUnknown, nil
	}
	e, err := find(tx, portal.ID, n)
	switch {
	case errors.Is(err, onevent.ErrNotFound):
		return publish.AccessUnknown, nil
	case err != nil:
		return publish.AccessUnknown, err
	case e.mayRead(user):
		return publish.AccessGranted, nil
	}
	return publish.AccessDenied, nil
}
