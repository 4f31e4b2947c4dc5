package user

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// caller reads the profile of who calls.
func (m *methods) caller(ctx context.Context, c *rest.Call) (p person, err error) {
	err = m.Store.View(ctx, func(r onevent.Reader) error {
		p, err = readPerson(r, c.User)
		return err
	})
	return p, err
}

// profile tells who calls, from memory alone: clients ask it before all else.
// docs/protocol/rest.md section 11.
func profile(_ context.Context, c *rest.Call) (any, error) {
	p := person{User: c.User}
	return wire.Map(
		wire.F("ID", idOf(c, p)),
		wire.F("ADMIN", wire.Bool(p.Admin)),
		wire.F("NAME", nameOf(c, p)),
		wire.F("LAST_NAME", lastNameOf(c, p)),
		wire.F("PERSONAL_GENDER", genderOf(c, p)),
		wire.F("TIME_ZONE", timeZoneOf(c, p))), nil
}

// profileV3 is profile in REST 3.0.
func profileV3(_ context.Context, c *rest.Call) (any, error) {
	p := person{User: c.User}
	return wire.Map(wire.F("profile", wire.Map(
		wire.F("id", wire.Int(int64(p.ID))),
		wire.F("admin", wire.Bool(p.Admin)),
		wire.F("name", nameOf(c, p)),
		wire.F("lastName", lastNameOf(c, p)),
		wire.F("personalGender", genderOf(c, p)),
		wire.F("timeZone", timeZoneOf(c, p))))), nil
}

// current is user.current.
func (m *methods) current(ctx context.Context, c *rest.Call) (any, error) {
	p, err := m.caller(ctx, c)
	if err != nil {
		return nil, err
	}
	return row(c, p, visible(c.Scope)), nil
}

// titles is user.fields.
func titles(_ context.Context, c *rest.Call) (any, error) {
	var out []wire.Field
	for _, f := range visible(c.Scope) {
		out = append(out, wire.F(f.name, wire.String(f.title)))
	}
	return wire.Map(out...), nil
}
