package option

import (
	"errors"

	"github.com/onevent/onevent"
)

// cleanPage bounds the records that Clean holds at once.
const cleanPage = 50

// Clean removes all options of an application on a portal: its data goes when it
// is uninstalled with `clean`. docs/protocol/app-lifecycle.md section 3.3.
func Clean(tx onevent.Tx, portal onevent.PortalID, app onevent.ApplicationID) error {
	err := tx.DeleteRecord(portal, appKind, int64(app))
	if err != nil && !errors.Is(err, onevent.ErrNotFound) {
		return err
	}
	for {
		page, err := tx.Query(onevent.Query{Portal: portal, Kind: userKind(app), Limit: cleanPage})
		if err != nil || len(page.Records) == 0 {
			return err
		}
		if err := removeAll(tx, page.Records); err != nil {
			return err
		}
	}
}

func removeAll(tx onevent.Tx, records []onevent.Record) error {
	for _, r := range records {
		if err := tx.DeleteRecord(r.Portal, r.Kind, r.ID); err != nil {
			return err
		}
	}
	return nil
}
