package lifecycle

import (
	"context"

	"github.com/onevent/onevent"
)

// DeliveryChange is what changes of onevent.DeliveryOptions: nil leaves an option
// as it is, an empty value takes it away, so that the level above says it.
type DeliveryChange struct {
	Order       *string
	Retry       *string
	Deadline    *float64
	Rate        *float64
	Burst       *int
	Concurrency *int
	Timeout     *float64
}

// apply says under which name the options at fault stand.
func (c DeliveryChange) apply(name string, o *onevent.DeliveryOptions) error {
	set(&o.Order, c.Order)
	set(&o.Retry, c.Retry)
	set(&o.Deadline, c.Deadline)
	set(&o.Rate, c.Rate)
	set(&o.Burst, c.Burst)
	set(&o.Concurrency, c.Concurrency)
	set(&o.Timeout, c.Timeout)
	if err := o.Check(); err != nil {
		return invalid("%s.%w", name, err)
	}
	return nil
}

// ChangeDestination changes how deliveries to one destination of a portal go out.
// Its queue is looked at again; a deadline is that of events raised from then on.
// The next event.bind with options replaces all of them.
func (m *Manager) ChangeDestination(ctx context.Context, portal onevent.PortalID, id onevent.DestinationID, change DeliveryChange) (*onevent.Destination, error) {
	defer m.lock(portal)()
	now := m.Directory.Destination(id)
	if now == nil || now.Portal != portal {
		return nil, notFound("the portal has no destination %d", id)
	}
	row := *now
	if err := change.apply("options", &row.Options); err != nil {
		return nil, err
	}
	err := m.Store.Update(ctx, func(tx onevent.Tx) error {
		if err := m.Directory.PutDestination(tx, row); err != nil {
			return err
		}
		tx.OnCommit(func() { m.Publisher.Queue.Wake(id) })
		return nil
	})
	return &row, err
}

// EnableHandler lets the deliveries of a handler go on that the answers of its
// destination had disabled, and has the destination tried at once.
func (m *Manager) EnableHandler(ctx context.Context, portal onevent.PortalID, id onevent.HandlerID) (*onevent.Handler, error) {
	err := m.Store.Update(ctx, func(tx onevent.Tx) error {
		h, err := standing(tx, portal, id)
		if err != nil {
			return err
		}
		return m.Publisher.Enable(tx, h)
	})
	if err != nil {
		return nil, err
	}
	return m.Directory.Handler(id), nil
}

// standing reads a handler as the transaction has it: one that is being unbound
// must not stand again.
func standing(tx onevent.Tx, portal onevent.PortalID, id onevent.HandlerID) (onevent.Handler, error) {
	var found onevent.Handler
	err := tx.Handlers().Each(func(h onevent.Handler) error {
		if h.ID == id && h.Portal == portal && h.Stands() {
			found = h
		}
		return nil
	})
	if err == nil && found.ID == 0 {
		err = notFound("the portal has no handler %d", id)
	}
	return found, err
}
