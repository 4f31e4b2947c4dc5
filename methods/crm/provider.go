package crm

import "github.com/onevent/onevent/wire"

// Providers that a type 6 activity can't be made with by crm.activity.add, or
// only by an application.
const (
	providerConfigurable = "CONFIGURABLE_REST_APP"
	providerApplication  = "REST_APP"
)

// providers of the types that have one of their own; section 1.1.
var providers = map[int64]struct{ id, typ string }{
	typeMeeting: {"CRM_MEETING", "MEETING"},
	typeCall:    {"VOXIMPLANT_CALL", "CALL"},
	typeEmail:   {"CRM_EMAIL", "EMAIL"},
}

// unsupported are the types that exist and can't be made by REST.
var unsupported = map[int64]string{typeTask: "Task", typeAction: "Action"}

// setType makes the checks 4 to 6 of section 1.3.
func (b *builder) setType() error {
	id := wholeAt(b.row, "TYPE_ID")
	provider := textAt(b.row, "PROVIDER_ID")
	if id <= 0 && provider != "" {
		id = typeProvider
		b.set("TYPE_ID", number(id))
	}
	if name, known := unsupported[id]; known {
		return errType(name)
	}
	own, timed := providers[id]
	switch {
	case timed:
		b.setIfNull("PROVIDER_ID", wire.String(own.id))
		b.setIfNull("PROVIDER_TYPE_ID", wire.String(own.typ))
		return nil
	case id != typeProvider:
		return errField("TYPE_ID")
	}
	return b.setProvider(provider)
}

func (b *builder) setProvider(provider string) error {
	switch {
	case provider == "":
		return errNoProvider
	case provider == providerConfigurable:
		return errConfigurable
	case provider != providerApplication:
		return nil
	case b.call.Installation == nil:
		return errNoApplication
	}
	b.set("ASSOCIATED_ENTITY_ID", number(int64(b.call.Installation.Application)))
	return nil
}
