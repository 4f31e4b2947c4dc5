package crm

import (
	"context"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// list is crm.activity.list; section 1.4. Rows that the caller may not read are
// neither shown nor counted.
func (m *methods) list(ctx context.Context, c *rest.Call) (any, error) {
	query, err := readQuery(c)
	if err != nil {
		return nil, err
	}
	var page onevent.Page
	err = m.Store.View(ctx, func(r onevent.Reader) error {
		page, err = r.Query(query)
		return err
	})
	if err != nil {
		return nil, err
	}
	return rest.NewList(c, shownPage(page.Records, readSelect(c), c.Zone()), page.Total), nil
}

func shownPage(records []onevent.Record, selected []int, zone *time.Location) rest.JSON {
	rows := append(make([]byte, 0, len(records)*roomForRow), '[')
	for i, record := range records {
		if i > 0 {
			rows = append(rows, ',')
		}
		rows = storedRow(record).appendTo(rows, selected, zone)
	}
	return append(rows, ']')
}

func readQuery(c *rest.Call) (onevent.Query, error) {
	q := onevent.Query{
		Portal: c.Portal.ID,
		Kind:   ObjectType,
		Offset: c.Offset(),
		Limit:  rest.PageSize,
		Count:  c.Start != rest.NoCount,
	}
	order, err := optionalArray(c, "order")
	if err != nil {
		return q, err
	}
	if q.Order, err = readOrder(order); err != nil {
		return q, err
	}
	filter, err := optionalArray(c, "filter")
	if err != nil {
		return q, err
	}
	reader := filterReader{zone: c.Zone()}
	if err := reader.read(filter); err != nil {
		return q, err
	}
	q.Where, q.AnyOf = reader.where, withRights(c.User, reader.anyOf)
	return q, nil
}

func optionalArray(c *rest.Call, name string) (wire.Value, error) {
	if param(c, name).IsEmpty() {
		return wire.Map(), nil
	}
	return readArray(c, name)
}

// readOrder ignores fields that it does not know.
func readOrder(v wire.Value) ([]onevent.Order, error) {
	var out []onevent.Order
	for _, f := range v.Fields() {
		by := fieldByName(f.Key)
		if by == nil || !by.isScalar() || len(out) == len(fields) {
			continue
		}
		desc, err := isDescending(f.Value.Text())
		if err != nil {
			return nil, err
		}
		out = append(out, onevent.Order{Field: by.name, Number: by.isNumber(), Desc: desc})
	}
	if len(out) == 0 {
		return []onevent.Order{{Field: "START_TIME"}}, nil
	}
	return out, nil
}

func isDescending(direction string) (bool, error) {
	switch strings.ToUpper(strings.TrimSpace(direction)) {
	case "ASC":
		return false, nil
	case "DESC":
		return true, nil
	}
	return false, rest.ErrArgument("order", "Order direction should be one of {ASC|DESC}")
}

// readSelect gives the scalar fields unless some are named.
func readSelect(c *rest.Call) []int {
	names := map[string]bool{}
	for _, v := range param(c, "select").Values() {
		names[strings.ToUpper(v.Text())] = true
	}
	var out []int
	for at := range fields {
		if names[fields[at].name] || names["*"] && !fields[at].isMultiple() {
			out = append(out, at)
		}
	}
	if len(out) == 0 {
		return scalars
	}
	return out
}
