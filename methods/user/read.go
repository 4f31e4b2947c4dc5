package user

import (
	"slices"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// readOrder reads `sort` and `order` as user.get has them, or `order` as other
// lists have it: a map of fields. What is not DESC is ASC.
func readOrder(c *rest.Call, visible []*field) []order {
	by, direction := c.Param("sort"), c.Param("order")
	if direction.IsMap() {
		return ordersOf(direction, visible)
	}
	f := fieldIn(visible, by.Text())
	if f == nil {
		f = fieldIn(visible, onevent.FieldID)
	}
	return []order{{f, isDesc(direction)}}
}

func ordersOf(v wire.Value, visible []*field) []order {
	var out []order
	for _, entry := range v.Fields() {
		f := fieldIn(visible, entry.Key)
		known := slices.ContainsFunc(out, func(o order) bool { return o.field == f })
		if f != nil && !known {
			out = append(out, order{f, isDesc(entry.Value)})
		}
	}
	return out
}

func isDesc(v wire.Value) bool { return strings.EqualFold(v.Text(), "DESC") }

// readSelect gives all fields unless some are named. A name may end in `*`.
func readSelect(c *rest.Call, visible []*field) []*field {
	var names []string
	for _, v := range valuesOf(c.Param("select")) {
		names = append(names, strings.ToUpper(v.Text()))
	}
	var out []*field
	for _, f := range visible {
		if slices.ContainsFunc(names, func(n string) bool { return isNamed(f.name, n) }) {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		return visible
	}
	return out
}

func isNamed(field, name string) bool {
	prefix, all := strings.CutSuffix(name, "*")
	return field == name || all && strings.HasPrefix(field, prefix)
}

// valuesOf reads a single value as a list of one.
func valuesOf(v wire.Value) []wire.Value {
	if v.IsScalar() {
		return []wire.Value{v}
	}
	return v.Values()
}
