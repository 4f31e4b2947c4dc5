package crm

import (
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
)

// ReadQuery is what crm.activity.list asks of the store.
func ReadQuery(c *rest.Call) (onevent.Query, error) { return readQuery(c) }

// ShownPage is how crm.activity.list prints records.
func ShownPage(records []onevent.Record, zone *time.Location) rest.JSON {
	return shownPage(records, scalars, zone)
}
