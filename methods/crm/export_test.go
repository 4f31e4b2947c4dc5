package crm

import (
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// ReadQuery is what crm.activity.list asks of the store.
func ReadQuery(c *rest.Call) (onevent.Query, error) { return readQuery(c) }

// ShownPage is how crm.activity.list prints records.
func ShownPage(records []onevent.Record, zone *time.Location) []wire.Value {
	return shownPage(records, scalars(), zone)
}
