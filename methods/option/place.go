package option

import (
	"errors"
	"strconv"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// appKind has one record an application, under the application's id.
const appKind = "app.option"

// userKind has one record a user, under the user's id.
func userKind(app onevent.ApplicationID) string {
	return "user.option/" + strconv.FormatInt(int64(app), 10)
}

// place is the record that holds the options of a caller. It names the
// application and not its installation, so that options outlive an
// uninstallation without `clean`.
type place struct {
	portal onevent.PortalID
	kind   string
	id     int64
}

func ofApplication(c *rest.Call) place {
	return place{c.Portal.ID, appKind, int64(c.Installation.Application)}
}

func ofUser(c *rest.Call) place {
	return place{c.Portal.ID, userKind(c.Installation.Application), int64(c.User.ID)}
}

// read gives a map, which is empty before the first option is set.
func (p place) read(r onevent.RecordReader) (wire.Value, error) {
	record, err := r.Record(p.portal, p.kind, p.id)
	if errors.Is(err, onevent.ErrNotFound) {
		return wire.Map(), nil
	}
	if err != nil {
		return wire.Value{}, err
	}
	var options wire.Value
	err = options.UnmarshalJSON(record.Fields)
	return options, err
}

func (p place) write(w onevent.RecordWriter, options wire.Value) error {
	text := options.AppendJSON(nil)
	if len(text) > onevent.MaxRecord {
		return errTooMuch
	}
	return w.PutRecord(onevent.Record{Portal: p.portal, Kind: p.kind, ID: p.id, Fields: text})
}
