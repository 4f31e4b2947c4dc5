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

// readCommunications keeps what is usable of a list and checks it against the
// type of the activity; section 1.3 check 7.
func readCommunications(v wire.Value, activityType int64, owner entity) ([]communication, error) {
	var kept []communication
	for _, item := range v.Values() {
		if c := readCommunication(item, activityType, owner); c.usable(activityType) {
			kept = append(kept, c)
		}
	}
	switch {
	case activityType == typeProvider:
	case len(kept) == 0:
		return nil, errField("COMMUNICATIONS")
	case len(kept) > 1 && activityType != typeEmail:
		return nil, errOneChannel
	}
	return kept, nil
}

func readCommunication(item wire.Value, activityType int64, owner entity) communication {
	c := communication{
		typ:    strings.ToUpper(textAt(item, "TYPE")),
		value:  textAt(item, "VALUE"),
		entity: entityOf(item, "ENTITY_TYPE_ID", "ENTITY_ID"),
	}
	if c.typ == "" {
		c.typ = channel[activityType]
	}
	if !c.entity.isSet() {
		c.entity = owner
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

// bindingsOf are the owner and the entities of the communications, each once;
// section 1.3 check 8.
func bindingsOf(owner entity, list []communication) ([]entity, error) {
	var bindings []entity
	candidates := []entity{owner}
	for _, c := range list {
		candidates = append(candidates, c.entity)
	}
	for _, e := range candidates {
		if !e.isSet() || slices.Contains(bindings, e) {
			continue
		}
		if err := e.check(); err != nil {
			return nil, err
		}
		bindings = append(bindings, e)
	}
	if len(bindings) == 0 {
		return nil, errBinding
	}
	return bindings, nil
}

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
