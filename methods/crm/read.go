package crm

import (
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// param finds a parameter as crm does: under its name or with "ar" before it, in
// any letter case; docs/protocol/rest.md section 3.
func param(c *rest.Call, name string) wire.Value {
	if v, ok := c.Params.Fold(name); ok {
		return v
	}
	return c.Param("ar" + name)
}

func readID(c *rest.Call) (int64, error) {
	id, ok := param(c, "id").Int()
	if !ok || id <= 0 {
		return 0, errID
	}
	return id, nil
}

// readArray refuses what is neither list nor map.
func readArray(c *rest.Call, name string) (wire.Value, error) {
	v := param(c, name)
	if !v.IsList() && !v.IsMap() {
		return v, errArray(name)
	}
	return v, nil
}

// readGiven reads the fields that a caller may set and has set. The error tells
// of all that can't be read; the others are given all the same, for other checks
// come before it.
func readGiven(c *rest.Call, in wire.Value, skip flags) (wire.Value, error) {
	var given []wire.Field
	var wrong faults
	for i := range fields {
		f := &fields[i]
		v, found := in.Fold(f.name)
		if !found || !f.isInput() || f.is(skip) {
			continue
		}
		kept, ok := f.read(v, c.Zone())
		switch {
		case !ok:
			wrong.add(errField(f.name))
		case f.kind != files:
			given = append(given, wire.F(f.name, kept))
		}
	}
	return wire.Map(given...), wrong.err()
}
