package crm

import (
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// Providers that an activity can't be made with by crm.activity.add, or only by
// an application.
const (
	providerConfigurable = "CONFIGURABLE_REST_APP"
	providerApplication  = "REST_APP"
)

// provider of activities: its id and the type that it gives them.
type provider struct{ id, typ string }

// providers of the types that have one of their own; section 1.1.
var providers = map[int64]provider{
	typeMeeting: {"CRM_MEETING", "MEETING"},
	typeCall:    {"VOXIMPLANT_CALL", "CALL"},
	typeEmail:   {"CRM_EMAIL", "EMAIL"},
}

// unsupported are the types that exist and can't be made by REST.
var unsupported = map[int64]string{typeTask: "Task", typeAction: "Action"}

// setType makes the checks 4 to 6 of section 1.3.
func (b *builder) setType(in wire.Value) error {
	given, _ := in.Fold("TYPE_ID")
	if given.IsEmpty() && textAt(b.row, "PROVIDER_ID") != "" {
		b.set("TYPE_ID", number(typeProvider))
	}
	id := wholeAt(b.row, "TYPE_ID")
	own, hasOwn := providers[id]
	if name, known := unsupported[id]; known {
		return errType(name)
	}
	if !hasOwn && id != typeProvider {
		return errField("TYPE_ID")
	}
	if hasOwn {
		b.setIfEmpty("PROVIDER_ID", wire.String(own.id))
		b.setIfEmpty("PROVIDER_TYPE_ID", wire.String(own.typ))
	}
	return b.setProvider(textAt(b.row, "PROVIDER_ID"))
}

func (b *builder) setProvider(id string) error {
	if id == providerApplication && b.call.Installation != nil {
		b.set("ASSOCIATED_ENTITY_ID", number(int64(b.call.Installation.Application)))
	}
	return checkProvider(b.call, id)
}

// checkProvider judges who may make activities of a provider.
func checkProvider(c *rest.Call, id string) error {
	switch {
	case id == "":
		return errNoProvider
	case id == providerConfigurable:
		return errConfigurable
	case id == providerApplication && c.Installation == nil:
		return errNoApplication
	}
	return nil
}

// withProvider completes a change of a row that names another provider.
func withProvider(c *rest.Call, change, row wire.Value) (wire.Value, error) {
	v, given := change.Get("PROVIDER_ID")
	if own, ok := providers[wholeAt(row, "TYPE_ID")]; ok && given && v.IsEmpty() {
		change = change.With("PROVIDER_ID", wire.String(own.id))
	}
	if !given || textAt(change, "PROVIDER_ID") == textAt(row, "PROVIDER_ID") {
		return change, nil
	}
	b := builder{call: c, row: change}
	err := b.setProvider(textAt(change, "PROVIDER_ID"))
	return b.row, err
}
