package app

import (
	"context"

	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// names lists methods: those of the caller's scopes, of all, or of one. A scope
// that is asked for counts before `full`.
func names(_ context.Context, c *rest.Call) (any, error) {
	listed := listedBy(c)
	list := []string{}
	for _, m := range c.Registry.Methods() {
		if listed(m) {
			list = append(list, m.Name)
		}
	}
	return list, nil
}

func listedBy(c *rest.Call) func(rest.Method) bool {
	wanted := c.Param("scope")
	switch {
	case wanted.IsNull() && c.Param("full").Truthy():
		return func(rest.Method) bool { return true }
	case wanted.IsNull():
		return func(m rest.Method) bool { return m.GrantedBy(c.Scope) }
	case !wanted.IsScalar():
		return func(rest.Method) bool { return false }
	case wanted.Text() == "" || wanted.Text() == catalog.BasicScope:
		return func(m rest.Method) bool { return m.Scope == "" }
	}
	return func(m rest.Method) bool { return m.Scope != "" && m.GrantedBy([]string{wanted.Text()}) }
}

func lookup(_ context.Context, c *rest.Call) (any, error) {
	m := c.Registry.Lookup(c.Param("name").Text())
	return wire.Map(
		wire.F("isExisting", wire.Bool(m != nil)),
		wire.F("isAvailable", wire.Bool(m != nil && m.GrantedBy(c.Scope)))), nil
}

func scope(_ context.Context, c *rest.Call) (any, error) {
	if c.Param("full").Truthy() {
		return catalog.Scopes(), nil
	}
	return own(c), nil
}

// own is never null in JSON.
func own(c *rest.Call) []string { return append([]string{}, c.Scope...) }
