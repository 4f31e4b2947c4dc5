package crm

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
)

// get is crm.activity.get.
func (m *methods) get(ctx context.Context, c *rest.Call) (any, error) {
	id, err := readID(c)
	if err != nil {
		return nil, err
	}
	row, err := m.read(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return rest.JSON(row.appendTo(make([]byte, 0, roomForRow), scalars, c.Zone())), nil
}

// delete is crm.activity.delete. The event is judged by the row as it was.
func (m *methods) delete(ctx context.Context, c *rest.Call) (any, error) {
	id, err := readID(c)
	if err != nil {
		return nil, err
	}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		if _, err := readable(tx, c, id); err != nil {
			return err
		}
		if err := m.raise(tx, c, codeDelete, id); err != nil {
			return err
		}
		return tx.DeleteRecord(c.Portal.ID, ObjectType, id)
	})
	if err != nil {
		return nil, err
	}
	return true, nil
}

// scalars are the fields that are shown unless others are selected.
var scalars = func() (out []int) {
	for at := range fields {
		if !fields[at].isMultiple() {
			out = append(out, at)
		}
	}
	return out
}()

// roomForRow is for most rows.
const roomForRow = 2048
