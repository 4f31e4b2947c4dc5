package crm

import (
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// todo is what a call says of a to-do.
type todo struct {
	id       int64
	owner    entity
	parent   int64        // the activity that it follows; 0: none
	fields   []wire.Field // of the row
	settings []wire.Field // under SETTINGS
}

// todoPart reads one parameter, if it was given.
type todoPart func(t *todo, c *rest.Call) error

// readTodo reads a call. What is missing is told first.
func readTodo(c *rest.Call, way *todoMethod) (*todo, error) {
	for _, name := range way.required {
		if v := c.Param(name); v.IsNull() || isIdentity(name) && !isWhole(v) {
			return nil, errTodoMissing(name)
		}
	}
	t := &todo{id: wholeAt(c.Params, "id"), owner: entityOf(c.Params, "ownerTypeId", "ownerId")}
	if !t.owner.isSet() || !t.owner.isKnown() {
		return nil, errTodoOwner
	}
	for _, part := range way.parts {
		if err := part(t, c); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func isIdentity(name string) bool { return name == "id" || name == "ownerTypeId" || name == "ownerId" }

func isWhole(v wire.Value) bool {
	_, ok := v.Int()
	return ok
}

func (t *todo) set(name string, v wire.Value) { t.fields = append(t.fields, wire.F(name, v)) }

func (t *todo) setting(name string, v wire.Value) { t.settings = append(t.settings, wire.F(name, v)) }

// deadlineFrom sets all times of the row: a to-do takes none.
func deadlineFrom(param string) todoPart {
	return func(t *todo, c *rest.Call) error {
		m, ok := rest.ParseTime(c.Param(param).Text(), c.Zone())
		if !ok {
			return errTodoTime
		}
		for _, name := range []string{"START_TIME", "END_TIME", "DEADLINE"} {
			t.set(name, keptTime(m.Time))
		}
		return nil
	}
}

func descriptionFrom(param string) todoPart { return textPart(param, "DESCRIPTION") }

var titlePart = textPart("title", "SUBJECT")

func textPart(param, name string) todoPart {
	return func(t *todo, c *rest.Call) error {
		if c.Has(param) {
			t.set(name, wire.String(c.Param(param).Text()))
		}
		return nil
	}
}

func responsiblePart(t *todo, c *rest.Call) error {
	if !c.Has("responsibleId") {
		return nil
	}
	id, _ := c.Param("responsibleId").Int()
	if id <= 0 {
		return errTodoResponsible
	}
	t.set("RESPONSIBLE_ID", number(id))
	return nil
}

func parentPart(t *todo, c *rest.Call) error {
	v := c.Param("parentActivityId")
	if v.IsEmpty() {
		return nil
	}
	t.parent, _ = v.Int()
	if t.parent <= 0 {
		return errTodoNotFound
	}
	t.setting("PARENT_ACTIVITY_ID", number(t.parent))
	return nil
}

// pingsPart keeps the minutes before the deadline that are whole numbers.
func pingsPart(t *todo, c *rest.Call) error {
	if !c.Has("pingOffsets") {
		return nil
	}
	var minutes []wire.Value
	for _, v := range c.Param("pingOffsets").Values() {
		if n, ok := v.Int(); ok && n >= 0 {
			minutes = append(minutes, wire.Int(n))
		}
	}
	t.setting("PING_OFFSETS", wire.List(minutes...))
	return nil
}

func colorPart(t *todo, c *rest.Call) error {
	if !c.Has("colorId") {
		return nil
	}
	id := c.Param("colorId")
	if !id.IsScalar() || !isColor(id.Text()) {
		return errTodoColor
	}
	t.setting("COLOR", wire.String(id.Text()))
	return nil
}
