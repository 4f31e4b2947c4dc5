package calendar

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
)

// removeAtOnce is how many entries go in one transaction, with an event each.
const removeAtOnce = 50

// removal deletes a row and the entries that go with it. There may be many, so
// they go in several transactions, and the row in the last: cut off in between,
// it still stands, and the same call goes on.
type removal struct {
	// judge says what goes with the row, if anything, or why it stays.
	judge  func(onevent.Tx) (with *onevent.Cond, err error)
	delete func(onevent.Tx) error // tells of the row and deletes it
}

// remove answers true.
func (m *methods) remove(ctx context.Context, c *rest.Call, r removal) (any, error) {
	for more := true; more; {
		err := m.Store.Update(ctx, func(tx onevent.Tx) (err error) {
			more, err = m.removeSome(tx, c, r)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return true, nil
}

func (m *methods) removeSome(tx onevent.Tx, c *rest.Call, r removal) (more bool, err error) {
	with, err := r.judge(tx)
	if err != nil {
		return false, err
	}
	if with != nil {
		if more, err = m.removeEntries(tx, c, *with); more || err != nil {
			return more, err
		}
	}
	return false, r.delete(tx)
}

func (m *methods) removeEntries(tx onevent.Tx, c *rest.Call, where onevent.Cond) (more bool, err error) {
	page, err := tx.Query(onevent.Query{
		Portal: c.Portal.ID, Kind: ObjectType, Where: []onevent.Cond{where}, Limit: removeAtOnce,
	})
	for _, record := range page.Records {
		if err := m.removeEntry(tx, c, record.ID); err != nil {
			return false, err
		}
	}
	return page.More, err
}

// removeEntry raises the event first, so that it is judged by the row as it was.
func (m *methods) removeEntry(tx onevent.Tx, c *rest.Call, id int64) error {
	if err := m.raise(tx, c, codeDelete, id); err != nil {
		return err
	}
	return tx.DeleteRecord(c.Portal.ID, ObjectType, id)
}
