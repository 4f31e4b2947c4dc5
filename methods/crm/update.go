package crm

import (
	"cmp"
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// update is crm.activity.update.
func (m *methods) update(ctx context.Context, c *rest.Call) (any, error) {
	id, err := readID(c)
	if err != nil {
		return nil, err
	}
	in, err := readArray(c, "fields")
	if err != nil {
		return nil, err
	}
	change, err := m.readChange(ctx, c, id, in)
	if err != nil {
		return nil, err
	}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error { return m.change(tx, c, id, change) })
	if err != nil {
		return nil, err
	}
	return true, nil
}

// change reads of a row only what others of its fields follow.
func (m *methods) change(tx onevent.Tx, c *rest.Call, id int64, change wire.Value) error {
	row, err := readable(tx, c, id)
	if err != nil {
		return err
	}
	row.set(changed(row.pick(followed...), change))
	row.record.Fields = row.row()
	if err := tx.PutRecord(row.record); err != nil {
		return err
	}
	return m.raise(tx, c, codeUpdate, id)
}

// readChange reads what the caller gave. Where that depends on the row, it is
// read as it is before the change: its owner and type never change. So it is
// where something is wrong, for whoever may not change the row is told that first.
func (m *methods) readChange(ctx context.Context, c *rest.Call, id int64, in wire.Value) (wire.Value, error) {
	change, fault := readGiven(c, in, immutable)
	wrong := checkChange(change)
	if wrong == nil && fault == nil && !needsRow(in) {
		return signed(c, change), nil
	}
	var row wire.Value
	err := m.Store.View(ctx, func(r onevent.Reader) (err error) {
		row, err = editable(r, c, id)
		return err
	})
	if err := cmp.Or(err, wrong); err != nil {
		return row, err
	}
	change, err = withProvider(c, change, row)
	if err := cmp.Or(err, fault); err != nil {
		return row, err
	}
	if raw, ok := in.Fold("COMMUNICATIONS"); ok {
		change, err = withCommunications(change, raw, row)
	}
	return signed(c, change), err
}

// needsRow says whether a field is given that is judged by others of the row.
func needsRow(in wire.Value) bool {
	_, provider := in.Fold("PROVIDER_ID")
	_, communications := in.Fold("COMMUNICATIONS")
	return provider || communications
}

// signed says who made a change and when.
func signed(c *rest.Call, change wire.Value) wire.Value {
	return change.With("EDITOR_ID", number(int64(c.User.ID))).With("LAST_UPDATED", keptTime(c.Now))
}

func checkChange(change wire.Value) error {
	if v, ok := change.Get("SUBJECT"); ok && v.Text() == "" {
		return errSubject
	}
	if _, ok := change.Get("RESPONSIBLE_ID"); ok && wholeAt(change, "RESPONSIBLE_ID") <= 0 {
		return errField("RESPONSIBLE_ID")
	}
	return nil
}

func withCommunications(change, raw, row wire.Value) (wire.Value, error) {
	found, err := readContacts(raw, wholeAt(row, "TYPE_ID"), ownerOf(row))
	if err != nil {
		return change, err
	}
	return found.in(change), nil
}

// followed are the fields that decide what changed makes of a row, and those that
// follow them.
var followed = []string{"TYPE_ID", "START_TIME", "DEADLINE", "COMPLETED", "STATUS"}

// changed is a row after the change; what follows from other fields follows them.
// Of the row it needs the followed alone.
func changed(row, change wire.Value) wire.Value {
	after := wire.Merge(row, change)
	if isTimed(after) {
		start, _ := after.Get("START_TIME")
		after = after.With("DEADLINE", start)
	}
	if isReopened(row, change) {
		return after.With("STATUS", number(statusWaiting))
	}
	return withStatus(after)
}

func isReopened(row, change wire.Value) bool {
	v, given := change.Get("COMPLETED")
	_, hasStatus := change.Get("STATUS")
	return given && !hasStatus && v.Text() != "Y" && textAt(row, "COMPLETED") == "Y"
}
