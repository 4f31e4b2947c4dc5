package crm

import (
	"slices"
	"strings"

	"github.com/onevent/onevent/wire"
)

// Types of activity.
const (
	typeMeeting  = 1
	typeCall     = 2
	typeTask     = 3
	typeEmail    = 4
	typeAction   = 5
	typeProvider = 6
)

// communication is an address by which an activity reaches an entity.
type communication struct {
	typ, value string
	entity     entity
}

// channel is the type of communication that belongs to a type of activity.
var channel = map[int64]string{typeCall: "PHONE", typeEmail: "EMAIL"}

// contacts are the communications of an activity and what it is bound to, its
// owner first.
type contacts struct {
	list     []communication
	bindings []entity
}

// readContacts makes the checks 7 and 8 of section 1.3. An activity without an
// owner belongs to the first entity that its communications name.
func readContacts(v wire.Value, activityType int64, owner entity) (contacts, error) {
	list := readCommunications(v, activityType)
	if err := checkCommunications(list, activityType); err != nil {
		return contacts{}, err
	}
	if i := slices.IndexFunc(list, func(c communication) bool { return c.entity.isSet() }); !owner.isSet() && i >= 0 {
		owner = list[i].entity
	}
	for i := range list {
		if !list[i].entity.isSet() {
			list[i].entity = owner
		}
	}
	bindings, err := bindingsOf(owner, list)
	return contacts{list, bindings}, err
}

// readCommunications keeps what is usable.
func readCommunications(v wire.Value, activityType int64) []communication {
	var kept []communication
	for _, item := range v.Values() {
		if c := readCommunication(item, activityType); c.usable(activityType) {
			kept = append(kept, c)
		}
	}
	return kept
}

func checkCommunications(kept []communication, activityType int64) error {
	switch {
	case activityType == typeProvider:
	case len(kept) == 0:
		return errField("COMMUNICATIONS")
	case len(kept) > 1 && activityType != typeEmail:
		return errOneChannel
	}
	return nil
}

func readCommunication(item wire.Value, activityType int64) communication {
	c := communication{
		typ:    strings.ToUpper(textAt(item, "TYPE")),
		value:  textAt(item, "VALUE"),
		entity: entityOf(item, "ENTITY_TYPE_ID", "ENTITY_ID"),
	}
	if c.typ == "" {
		c.typ = channel[activityType]
	}
	return c
}

func (c communication) usable(activityType int64) bool {
	if c.value == "" && activityType != typeMeeting {
		return false
	}
	wanted := channel[activityType]
	return wanted == "" || c.typ == wanted
}

// bindingsOf are the owner and the entities of the communications, each once.
func bindingsOf(owner entity, list []communication) ([]entity, error) {
	bindings, wrong := []entity{}, faults{}
	candidates := []entity{owner}
	for _, c := range list {
		candidates = append(candidates, c.entity)
	}
	for _, e := range candidates {
		if !e.isSet() || slices.Contains(bindings, e) {
			continue
		}
		if !e.isKnown() {
			wrong.add(errOwnerType(e.typ))
		}
		bindings = append(bindings, e)
	}
	if len(bindings) == 0 {
		return nil, errBinding
	}
	return bindings, wrong.err()
}

// in puts the contacts into a row.
func (c contacts) in(row wire.Value) wire.Value {
	return row.With("BINDINGS", rowsOf(c.bindings)).
		With("COMMUNICATIONS", communicationRows(c.list)).
		With(bindingKeys, keysOf(c.bindings))
}

// communicationRows have empty settings: the names in them are those of entities,
// and no portal here has any.
func communicationRows(list []communication) wire.Value {
	rows := make([]wire.Value, len(list))
	for i, c := range list {
		rows[i] = wire.Map(
			wire.F("ID", number(int64(i+1))),
			wire.F("TYPE", wire.String(c.typ)),
			wire.F("VALUE", wire.String(c.value)),
			wire.F("ENTITY_ID", number(c.entity.id)),
			wire.F("ENTITY_TYPE_ID", number(c.entity.typ)),
			wire.F("ENTITY_SETTINGS", none))
	}
	return wire.List(rows...)
}
