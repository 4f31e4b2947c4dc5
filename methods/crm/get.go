package crm

import (
	"context"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/wire"
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
	return row.shown(scalars(), c.Zone()), nil
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
func scalars() []*field {
	var out []*field
	for i := range fields {
		if !fields[i].isMultiple() {
			out = append(out, &fields[i])
		}
	}
	return out
}

// shown is a row as it is answered.
func (s *stored) shown(selected []*field, zone *time.Location) wire.Value {
	out := make([]wire.Field, 0, len(selected))
	for _, f := range selected {
		out = append(out, wire.F(f.name, s.field(f, zone)))
	}
	return wire.Map(out...)
}

func (s *stored) field(f *field, zone *time.Location) wire.Value {
	if f.name == onevent.FieldID {
		return number(s.record.ID)
	}
	v, ok := s.Get(f.name)
	switch {
	case !ok && f.isMultiple():
		return none
	case f.kind == datetime && !v.IsNull():
		return shownTime(v, zone)
	}
	return v
}

func shownTime(v wire.Value, zone *time.Location) wire.Value {
	t, err := time.Parse(keptLayout, v.Text())
	if err != nil {
		return v
	}
	return wire.String(answer.Date(t, zone))
}
