package user

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// get is user.get. ADMIN_MODE and IMAGE_RESIZE change nothing: everybody sees all
// users, and there are no photos.
func (m *methods) get(ctx context.Context, c *rest.Call) (any, error) {
	return m.list(ctx, c, &filterReader{call: c, visible: visible(c.Scope)})
}

// search is user.search.
func (m *methods) search(ctx context.Context, c *rest.Call) (any, error) {
	return m.list(ctx, c, &filterReader{call: c, visible: visible(c.Scope), searching: true})
}

// list answers one page. The users of a portal are in memory, so that they are
// filtered and sorted there.
func (m *methods) list(ctx context.Context, c *rest.Call, reader *filterReader) (any, error) {
	if err := reader.read(); err != nil {
		return nil, err
	}
	q := query{call: c, where: reader.where, order: readOrder(c, reader.visible), wantsProfiles: reader.wantsProfiles}
	var found []person
	var total int
	err := m.Store.View(ctx, func(r onevent.Reader) (err error) {
		found, total, err = q.run(r, m.Directory.Users(c.Portal.ID))
		return err
	})
	if err != nil {
		return nil, err
	}
	return rest.NewList(c, rows(c, found, readSelect(c, reader.visible)), total), nil
}

func rows(c *rest.Call, people []person, selected []*field) []wire.Value {
	out := make([]wire.Value, len(people))
	for i, p := range people {
		out[i] = row(c, p, selected)
	}
	return out
}
