package option

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// get answers all options, or the one that is named: null when it is not set.
func (m *methods) get(placeOf func(*rest.Call) place) rest.Func {
	return func(ctx context.Context, c *rest.Call) (any, error) {
		name := c.Param("option")
		switch {
		case c.Installation == nil:
			return nil, errContext
		case !name.IsNull() && !name.IsScalar():
			return nil, errName
		}
		options, err := m.read(ctx, placeOf(c))
		if err != nil {
			return nil, err
		}
		if name.IsNull() {
			return all(options), nil
		}
		one, _ := options.Get(name.Text())
		return one, nil
	}
}

func (m *methods) read(ctx context.Context, p place) (options wire.Value, err error) {
	err = m.Store.View(ctx, func(r onevent.Reader) error {
		options, err = p.read(r)
		return err
	})
	return options, err
}

// all prints an empty map as PHP does; docs/protocol/rest.md section 5.
func all(options wire.Value) wire.Value {
	if options.Len() == 0 {
		return wire.List()
	}
	return options
}
