package user

import (
	"slices"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

const codeAdd = "ONUSERADD"

// tell raises ONUSERADD; external users are not told of. Its data has what the
// scope of who listens shows, so that applications of different scopes need an
// event each. docs/protocol/events.md sections 3.5 and 10.
func (m *methods) tell(tx onevent.Tx, c *rest.Call, p person) error {
	if p.userType() != employee {
		return nil
	}
	listeners := m.listeners(c.Portal.ID)
	if len(listeners) == 0 {
		return c.Raise(tx, m.Publisher, codeAdd, told(c, p, full))
	}
	if seen, one := oneLevel(listeners); one {
		return c.Raise(tx, m.Publisher, codeAdd, told(c, p, seen))
	}
	for _, l := range listeners {
		if err := m.tellTo(tx, c, p, l); err != nil {
			return err
		}
	}
	return nil
}

// listener is an application, or an outgoing webhook, with handlers of the event.
type listener struct {
	inst     *directory.Installation // nil of a webhook
	level    level
	handlers []onevent.Handler
}

func (m *methods) listeners(portal onevent.PortalID) []listener {
	byOwner := map[onevent.Owner][]onevent.Handler{}
	var owners []onevent.Owner
	for _, h := range m.Directory.Handlers(portal, codeAdd) {
		if byOwner[h.Owner] == nil {
			owners = append(owners, h.Owner)
		}
		byOwner[h.Owner] = append(byOwner[h.Owner], *h)
	}
	out := make([]listener, len(owners))
	for i, owner := range owners {
		out[i] = m.listener(portal, owner, byOwner[owner])
	}
	return out
}

// listener has the level of the application's scope; a webhook has no scope and
// is shown everything, as its creator is.
func (m *methods) listener(portal onevent.PortalID, owner onevent.Owner, handlers []onevent.Handler) listener {
	l := listener{level: full, handlers: handlers}
	if owner.Webhook != 0 {
		return l
	}
	l.level = brief
	if l.inst = m.Directory.Installation(portal, owner.Installation); l.inst != nil {
		l.level = levelOf(l.inst.Scope)
	}
	return l
}

func oneLevel(listeners []listener) (level, bool) {
	first := listeners[0].level
	return first, !slices.ContainsFunc(listeners, func(l listener) bool { return l.level != first })
}

func (m *methods) tellTo(tx onevent.Tx, c *rest.Call, p person, l listener) error {
	event, ok := catalog.Lookup(codeAdd)
	if !ok {
		return onevent.Errorf(onevent.CodeInternal, "the catalogue has no %s", codeAdd)
	}
	_, err := m.Publisher.RaiseTo(tx, publish.Raised{
		Portal: c.Portal, Event: event, Data: told(c, p, l.level), Actor: c.User.ID, Chain: c.Chain,
	}, l.inst, l.handlers)
	return err
}

// toldFirst are fields in the order of the documented event.
var toldFirst = []string{"ID", "ACTIVE", "EMAIL", "NAME", "LAST_NAME", "PERSONAL_GENDER", "PERSONAL_BIRTHDAY", fieldDepartment,
	"DATE_REGISTER", "WORK_POSITION", "UF_EMPLOYMENT_DATE"}

// toldFields are all fields of the event in their order.
var toldFields = func() (ordered []*field) {
	all := visible([]string{scope})
	for _, name := range toldFirst {
		ordered = append(ordered, fieldIn(all, name))
	}
	for _, f := range all {
		if f.isInput() && !slices.Contains(toldFirst, f.name) {
			ordered = append(ordered, f)
		}
	}
	return ordered
}()

// told is the user row of the event: what he has of the fields that a level
// shows.
func told(c *rest.Call, p person, seen level) wire.Value {
	var data []wire.Field
	for _, f := range toldFields {
		if v := f.told(c, p); f.level <= seen && !v.IsEmpty() {
			data = append(data, wire.F(f.name, v))
		}
	}
	return wire.Map(data...)
}

// told is a field as the event has it: an id is a number, a flag a letter, a day
// has no hour.
func (f *field) told(c *rest.Call, p person) wire.Value {
	switch {
	case f.kind == number:
		return wire.Int(int64(p.ID))
	case f.kind == yesNo:
		return wire.String(yesOrNo(f.show(c, p)))
	case f.kind == date:
		return p.given(f.name)
	}
	return f.show(c, p)
}
