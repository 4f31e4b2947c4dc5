package crm

import (
	"cmp"
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// Values of STATUS; section 1.1.
const (
	statusWaiting   = 1
	statusCompleted = 2
	statusAuto      = 3
)

// add is crm.activity.add.
func (m *methods) add(ctx context.Context, c *rest.Call) (any, error) {
	row, err := newActivity(c)
	if err != nil {
		return nil, err
	}
	record := onevent.Record{Portal: c.Portal.ID, Kind: ObjectType, Fields: row.AppendJSON(nil)}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error { return m.insert(tx, c, &record) })
	if err != nil {
		return nil, err
	}
	return record.ID, nil
}

func (m *methods) insert(tx onevent.Tx, c *rest.Call, record *onevent.Record) error {
	id, err := tx.NextID(onevent.RecordIDs(c.Portal.ID, ObjectType))
	if err != nil {
		return err
	}
	record.ID = id
	if err := tx.PutRecord(*record); err != nil {
		return err
	}
	return m.raise(tx, c, codeAdd, id)
}

// newActivity makes the checks of section 1.3 in their order and fills in the
// defaults.
func newActivity(c *rest.Call) (wire.Value, error) {
	in, err := readArray(c, "fields")
	if err != nil {
		return in, err
	}
	given, fault := readGiven(c, in, 0)
	if err := checkHead(in, given); err != nil {
		return in, err
	}
	b := builder{call: c, row: withDefaults(given)}
	b.setPeople()
	if err := cmp.Or(b.setType(in), fault); err != nil {
		return in, err
	}
	b.setTimes()
	b.row = withStatus(b.row)
	err = b.setEntities(in)
	return b.row, err
}

// checkHead judges what every activity needs; a responsible user that is not
// given is the caller.
func checkHead(in, given wire.Value) error {
	if textAt(given, "SUBJECT") == "" {
		return errSubject
	}
	if v, ok := in.Fold("RESPONSIBLE_ID"); ok && !v.IsEmpty() && wholeAt(given, "RESPONSIBLE_ID") <= 0 {
		return errField("RESPONSIBLE_ID")
	}
	return nil
}

// withDefaults puts all scalar fields of a row in their order.
func withDefaults(given wire.Value) wire.Value {
	var row []wire.Field
	for i := range fields {
		f := &fields[i]
		if f.isMultiple() || f.name == onevent.FieldID {
			continue
		}
		v, ok := given.Get(f.name)
		if !ok {
			v = f.absent
		}
		row = append(row, wire.F(f.name, v))
	}
	return wire.Map(row...)
}

// builder makes the row of a new activity.
type builder struct {
	call *rest.Call
	row  wire.Value
}

func (b *builder) set(name string, v wire.Value) { b.row = b.row.With(name, v) }

// setIfEmpty leaves what was given.
func (b *builder) setIfEmpty(name string, v wire.Value) {
	if now, _ := b.row.Get(name); now.IsEmpty() {
		b.set(name, v)
	}
}

func (b *builder) setPeople() {
	caller := number(int64(b.call.User.ID))
	if wholeAt(b.row, "RESPONSIBLE_ID") <= 0 {
		b.set("RESPONSIBLE_ID", caller)
	}
	b.set("AUTHOR_ID", caller)
	b.set("EDITOR_ID", caller)
}

// setTimes fills in what the caller left out; a call or meeting is due when it
// begins.
func (b *builder) setTimes() {
	now := keptTime(b.call.Now)
	b.set("CREATED", now)
	b.set("LAST_UPDATED", now)
	b.setIfEmpty("START_TIME", now)
	b.setIfEmpty("END_TIME", now)
	if isTimed(b.row) {
		start, _ := b.row.Get("START_TIME")
		b.set("DEADLINE", start)
	}
}

func isTimed(row wire.Value) bool {
	t := wholeAt(row, "TYPE_ID")
	return t == typeMeeting || t == typeCall
}

// withStatus keeps STATUS in step with COMPLETED. What completed itself keeps the
// status that says so.
func withStatus(row wire.Value) wire.Value {
	if textAt(row, "COMPLETED") == "Y" && wholeAt(row, "STATUS") != statusAuto {
		return row.With("STATUS", number(statusCompleted))
	}
	return row
}

func (b *builder) setEntities(in wire.Value) error {
	raw, _ := in.Fold("COMMUNICATIONS")
	found, err := readContacts(raw, wholeAt(b.row, "TYPE_ID"), ownerOf(b.row))
	if err != nil {
		return err
	}
	b.set("OWNER_ID", number(found.bindings[0].id))
	b.set("OWNER_TYPE_ID", number(found.bindings[0].typ))
	b.row = found.in(b.row)
	return nil
}

func ownerOf(row wire.Value) entity { return entityOf(row, "OWNER_TYPE_ID", "OWNER_ID") }
