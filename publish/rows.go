package publish

import (
	"errors"
	"strconv"

	"github.com/onevent/onevent"
)

// Rows is the Guard of objects that are records of one kind. Administrators may
// read every record, without a look at it.
type Rows struct {
	Kind string
	// Readable says whether a user who is no administrator may read a record.
	Readable func(user *onevent.User, r onevent.Record) (bool, error)
}

// MayRead implements Guard.
func (g Rows) MayRead(tx onevent.RecordReader, portal *onevent.Portal, user *onevent.User, id string) (Access, error) {
	if user.Admin {
		return AccessGranted, nil
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return AccessUnknown, nil
	}
	record, err := tx.Record(portal.ID, g.Kind, n)
	if errors.Is(err, onevent.ErrNotFound) {
		return AccessUnknown, nil
	}
	if err != nil {
		return AccessUnknown, err
	}
	switch may, err := g.Readable(user, record); {
	case err != nil:
		return AccessUnknown, err
	case may:
		return AccessGranted, nil
	}
	return AccessDenied, nil
}
