package option

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// set puts the options that are given beside those that are there.
func (m *methods) set(placeOf func(*rest.Call) place) rest.Func {
	return func(ctx context.Context, c *rest.Call) (any, error) {
		if c.Installation == nil {
			return nil, errContext
		}
		given, err := readOptions(c)
		if err != nil {
			return nil, err
		}
		err = m.Store.Update(ctx, func(tx onevent.Tx) error { return m.merge(tx, c, placeOf(c), given) })
		if err != nil {
			return nil, err
		}
		return true, nil
	}
}

// readOptions finds the options under `options`, or at the top level when there
// is no parameter of that name.
func readOptions(c *rest.Call) (wire.Value, error) {
	given, named := c.Params.Fold("options")
	if !named {
		given = c.Params
	}
	if given.IsScalar() || given.Len() == 0 {
		return given, errEmpty
	}
	return given, nil
}

// merge keeps nothing for an application that was uninstalled meanwhile.
func (m *methods) merge(tx onevent.Tx, c *rest.Call, p place, given wire.Value) error {
	if inst := m.Directory.Installation(c.Portal.ID, c.Installation.ID); inst == nil || !inst.Active() {
		return rest.ErrNotInstalled
	}
	options, err := p.read(tx)
	if err != nil {
		return err
	}
	return p.write(tx, wire.Merge(options, given))
}

// byAdmin lets administrators alone change what holds for all users.
func byAdmin(f rest.Func) rest.Func {
	return func(ctx context.Context, c *rest.Call) (any, error) {
		if c.Installation != nil && !c.User.Admin {
			return nil, errAdmin
		}
		return f(ctx, c)
	}
}
