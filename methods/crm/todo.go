package crm

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// A to-do is an activity of this provider; section 1.6.
const (
	providerTodo     = "CRM_TODO"
	providerTodoType = "TODO"
)

// todoMethod is one way to make or change a to-do: what it must be told, how it
// reads the rest, and what it says when the to-do is completed already.
type todoMethod struct {
	name      string
	required  []string
	parts     []todoPart
	completed *rest.Error
}

var todoParts = []todoPart{
	deadlineFrom("deadline"), titlePart, descriptionFrom("description"), responsiblePart, parentPart, pingsPart, colorPart,
}

// todoChanges are the methods that change a to-do.
var todoChanges = []todoMethod{
	{"crm.activity.todo.update", []string{"id", "ownerTypeId", "ownerId", "deadline"}, todoParts, errTodoCompleted},
	{"crm.activity.todo.updatedeadline", []string{"id", "ownerTypeId", "ownerId", "value"},
		[]todoPart{deadlineFrom("value")}, errTodoCompleted},
	{"crm.activity.todo.updatedescription", []string{"id", "ownerTypeId", "ownerId", "value"},
		[]todoPart{descriptionFrom("value")}, errTodoCompleted},
	{"crm.activity.todo.updatecolor", []string{"id", "ownerTypeId", "ownerId", "colorId"},
		[]todoPart{colorPart}, errTodoColorCompleted},
	{"crm.activity.todo.updateresponsibleuser", []string{"id", "ownerTypeId", "ownerId", "responsibleId"},
		[]todoPart{responsiblePart}, errTodoResponsibleCompleted},
}

var todoAddition = todoMethod{
	name: "crm.activity.todo.add", required: []string{"ownerTypeId", "ownerId", "deadline"}, parts: todoParts,
}

func (m *methods) todoMethods() []rest.Method {
	out := []rest.Method{{Name: todoAddition.name, Scope: scope, Raises: true, Func: m.todoAdd}}
	for i := range todoChanges {
		way := &todoChanges[i]
		change := func(ctx context.Context, c *rest.Call) (any, error) { return m.todoChange(ctx, c, way) }
		out = append(out, rest.Method{Name: way.name, Scope: scope, Raises: true, Func: change})
	}
	return out
}

// todoAdd is crm.activity.todo.add.
func (m *methods) todoAdd(ctx context.Context, c *rest.Call) (any, error) {
	t, err := readTodo(c, &todoAddition)
	if err != nil {
		return nil, err
	}
	record := onevent.Record{Portal: c.Portal.ID, Kind: ObjectType, Fields: t.added(c).AppendJSON(nil)}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		if err := t.checkParent(tx, c); err != nil {
			return err
		}
		return m.insert(tx, c, &record)
	})
	return todoAnswer(record.ID, err)
}

// todoChange is every crm.activity.todo.update*.
func (m *methods) todoChange(ctx context.Context, c *rest.Call, way *todoMethod) (any, error) {
	t, err := readTodo(c, way)
	if err != nil {
		return nil, err
	}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		row, err := t.find(tx, c)
		switch {
		case err != nil:
			return err
		case textAt(row, "COMPLETED") == "Y":
			return way.completed
		}
		if err := t.checkParent(tx, c); err != nil {
			return err
		}
		if err := put(tx, c, t.id, t.changed(c, row)); err != nil {
			return err
		}
		return m.raise(tx, c, codeUpdate, t.id)
	})
	return todoAnswer(t.id, err)
}

func todoAnswer(id int64, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return wire.Map(wire.F("id", wire.Int(id))), nil
}

// added is the row of a new to-do.
func (t *todo) added(c *rest.Call) wire.Value {
	b := builder{call: c, row: withDefaults(wire.Map(t.fields...))}
	b.set("TYPE_ID", number(typeProvider))
	b.set("PROVIDER_ID", wire.String(providerTodo))
	b.set("PROVIDER_TYPE_ID", wire.String(providerTodoType))
	b.set("OWNER_ID", number(t.owner.id))
	b.set("OWNER_TYPE_ID", number(t.owner.typ))
	b.set("SETTINGS", listOrMap(wire.Map(t.settings...)))
	b.setPeople()
	b.setTimes()
	return contacts{bindings: []entity{t.owner}}.in(b.row)
}

// changed is the row of a to-do after the change; what is not said stays.
func (t *todo) changed(c *rest.Call, row wire.Value) wire.Value {
	settings, _ := row.Get("SETTINGS")
	change := wire.Map(t.fields...).With("SETTINGS", listOrMap(wire.Merge(settings, wire.Map(t.settings...))))
	return wire.Merge(row, signed(c, change))
}

// find gives the to-do of the owner that the call names.
func (t *todo) find(r onevent.RecordReader, c *rest.Call) (wire.Value, error) {
	row, err := editable(r, c, t.id)
	if err != nil {
		return row, todoError(err)
	}
	if textAt(row, "PROVIDER_ID") != providerTodo || !strings.Contains(textAt(row, bindingKeys), t.owner.key()) {
		return row, errTodoNotFound
	}
	return row, nil
}

// checkParent lets no to-do follow an activity that is completed.
func (t *todo) checkParent(r onevent.RecordReader, c *rest.Call) error {
	if t.parent == 0 {
		return nil
	}
	row, err := readable(r, c, t.parent)
	if err != nil {
		return todoError(err)
	}
	if v, _ := row.Get("COMPLETED"); v.Text() == "Y" {
		return errTodoParent
	}
	return nil
}

// todoError says in the way of the to-dos that a row can't be had.
func todoError(err error) error {
	switch {
	case errors.Is(err, errNotFound):
		return errTodoNotFound
	case errors.Is(err, errDenied):
		return errTodoDenied
	}
	return err
}

// colors of a to-do; the empty one is the usual.
var colors = []string{"", "1", "2", "3", "4", "5", "6", "7"}

func isColor(id string) bool { return slices.Contains(colors, id) }
