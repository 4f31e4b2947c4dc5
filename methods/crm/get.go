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
	return shown(id, row, scalars(), c.Zone()), nil
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
		if fields[i].kind != multiple {
			out = append(out, &fields[i])
		}
	}
	return out
}

// shown is a row as it is answered.
func shown(id int64, row wire.Value, selected []*field, zone *time.Location) wire.Value {
	out := make([]wire.Field, 0, len(selected))
	for _, f := range selected {
		out = append(out, wire.F(f.name, f.shown(id, row, zone)))
	}
	return wire.Map(out...)
}

func (f *field) shown(id int64, row wire.Value, zone *time.Location) wire.Value {
	if f.name == onevent.FieldID {
		return number(id)
	}
	v, ok := row.Get(f.name)
	switch {
	case !ok && f.kind == multiple:
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

// fields is crm.activity.fields; section 1.2.
func (m *methods) fields(context.Context, *rest.Call) (any, error) {
	out := make([]wire.Field, len(fields))
	for i := range fields {
		out[i] = wire.F(fields[i].name, fields[i].described())
	}
	return wire.Map(out...), nil
}

func (f *field) described() wire.Value {
	d := wire.Map(
		wire.F("type", wire.String(f.typ)),
		wire.F("isRequired", wire.Bool(f.is(required))),
		wire.F("isReadOnly", wire.Bool(f.is(readOnly))),
		wire.F("isImmutable", wire.Bool(f.is(immutable))),
		wire.F("isMultiple", wire.Bool(f.kind == multiple)),
		wire.F("isDynamic", wire.Bool(false)))
	if f.is(deprecated) {
		d = d.With("isDeprecated", wire.Bool(true))
	}
	return d.With("title", wire.String(f.title))
}
