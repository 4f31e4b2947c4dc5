package crm

import (
	"context"

	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// fields is crm.activity.fields; section 1.2.
func (m *methods) fields(context.Context, *rest.Call) (any, error) { return described(fields[:]), nil }

// communicationFields is crm.activity.communication.fields; section 1.
func (m *methods) communicationFields(context.Context, *rest.Call) (any, error) {
	return described([]field{
		{name: "ID", typ: "integer", flags: readOnly, title: "ID"},
		{name: "ACTIVITY_ID", typ: "integer", flags: readOnly, title: "Activity"},
		{name: "ENTITY_ID", typ: "integer", title: "Entity ID"},
		{name: "ENTITY_TYPE_ID", typ: "integer", title: "Entity type"},
		{name: "TYPE", typ: "string", title: "Type"},
		{name: "VALUE", typ: "string", title: "Value"},
	}), nil
}

func described(all []field) wire.Value {
	out := make([]wire.Field, len(all))
	for i := range all {
		out[i] = wire.F(all[i].name, all[i].described())
	}
	return wire.Map(out...)
}

func (f *field) described() wire.Value {
	d := wire.Map(
		wire.F("type", wire.String(f.typ)),
		wire.F("isRequired", wire.Bool(f.is(required))),
		wire.F("isReadOnly", wire.Bool(f.is(readOnly))),
		wire.F("isImmutable", wire.Bool(f.is(immutable))),
		wire.F("isMultiple", wire.Bool(f.isMultiple())),
		wire.F("isDynamic", wire.Bool(false)))
	if f.is(deprecated) {
		d = d.With("isDeprecated", wire.Bool(true))
	}
	return d.With("title", wire.String(f.title))
}
