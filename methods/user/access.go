package user

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// Access codes of everybody; docs/protocol/rest.md section 11.
const (
	codeAuthorized = "AU"
	codeAdmins     = "G1"
	codeEverybody  = "G2"
)

// admin is user.admin: whether the caller may manage applications.
func admin(_ context.Context, c *rest.Call) (any, error) { return c.User.Admin, nil }

// access is user.access: whether the caller has one of the codes. An
// administrator has every code, others have their own id, that of everybody, of
// the authorised and of their departments.
func (m *methods) access(ctx context.Context, c *rest.Call) (any, error) {
	if c.User.Admin {
		return true, nil
	}
	p, err := m.caller(ctx, c)
	if err != nil {
		return nil, err
	}
	own := codesOf(p)
	return slices.ContainsFunc(codesIn(c), func(code string) bool { return slices.Contains(own, code) }), nil
}

func codesOf(p person) []string {
	own := []string{codeAuthorized, codeEverybody, "U" + idText(p.ID)}
	for _, d := range p.departments() {
		own = append(own, "D"+d.Text(), "DR"+d.Text())
	}
	return own
}

func codesIn(c *rest.Call) []string {
	var codes []string
	for _, v := range valuesOf(c.Param("access")) {
		if code := v.Text(); code != "" {
			codes = append(codes, code)
		}
	}
	return codes
}

// accessNames is access.name: who is meant by codes. Those that nobody here
// knows are left out; false when none is given.
func (m *methods) accessNames(_ context.Context, c *rest.Call) (any, error) {
	codes := codesIn(c)
	if len(codes) == 0 {
		return false, nil
	}
	var named []wire.Field
	for _, code := range codes {
		if v := m.accessName(c.Portal.ID, code); !v.IsNull() {
			named = append(named, wire.F(code, v))
		}
	}
	if len(named) == 0 {
		return wire.List(), nil
	}
	return wire.Map(named...), nil
}

func (m *methods) accessName(portal onevent.PortalID, code string) wire.Value {
	switch code {
	case codeAuthorized:
		return codeName("", "All authorized users", "other")
	case codeAdmins:
		return codeName("User groups", "Administrators", "group")
	case codeEverybody:
		return codeName("User groups", "All users", "group")
	}
	id, err := strconv.ParseInt(strings.TrimPrefix(code, "U"), 10, 64)
	u := m.Directory.User(portal, onevent.UserID(id))
	if err != nil || u == nil || code != "U"+idText(u.ID) {
		return wire.Null()
	}
	return codeName("Users", strings.TrimSpace(u.Name+" "+u.LastName), "user")
}

func codeName(provider, name, id string) wire.Value {
	return wire.Map(
		wire.F("provider", wire.String(provider)),
		wire.F("name", wire.String(name)),
		wire.F("provider_id", wire.String(id)))
}
