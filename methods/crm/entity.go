package crm

import (
	"strconv"
	"strings"

	"github.com/onevent/onevent/wire"
)

// entity is what an activity belongs to: a lead, a deal, a contact, a company or
// an item of a smart process.
type entity struct {
	typ, id int64
}

func (e entity) isSet() bool { return e.typ > 0 && e.id > 0 }

// isKnown accepts the types whose rows a portal here supposes to exist; section
// 1.3.
func (e entity) isKnown() bool { return e.typ >= 1 && e.typ <= 4 || e.typ >= 128 }

func (e entity) row() wire.Value {
	return wire.Map(wire.F("OWNER_ID", number(e.id)), wire.F("OWNER_TYPE_ID", number(e.typ)))
}

// key is the entity in the field bindingKeys.
func (e entity) key() string {
	return "|" + strconv.FormatInt(e.typ, 10) + ":" + strconv.FormatInt(e.id, 10) + "|"
}

// bindingKeys is a field of the row alone: the keys of all its bindings in one
// text, so that a filter finds one of them.
const bindingKeys = "BINDING_KEYS"

func keysOf(bindings []entity) wire.Value {
	var b strings.Builder
	for _, e := range bindings {
		b.WriteString(e.key())
	}
	return wire.String(b.String())
}

func rowsOf(bindings []entity) wire.Value {
	var rows []wire.Value
	for _, e := range bindings {
		rows = append(rows, e.row())
	}
	return wire.List(rows...)
}

func entityOf(v wire.Value, typeKey, idKey string) entity {
	return entity{typ: wholeAt(v, typeKey), id: wholeAt(v, idKey)}
}

// wholeAt is 0 for what is absent or no whole number.
func wholeAt(v wire.Value, key string) int64 {
	found, _ := v.Fold(key)
	n, _ := found.Int()
	return n
}

func textAt(v wire.Value, key string) string {
	found, _ := v.Fold(key)
	return found.Text()
}

func number(n int64) wire.Value { return wire.String(strconv.FormatInt(n, 10)) }
