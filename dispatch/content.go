package dispatch

import (
	"sync"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/wire"
)

// content is an event as its deliveries share it: the data is encoded once.
type content struct {
	*onevent.Event
	fresh *wire.Value // the data, as it was published; nil: it is read from the event
	once  sync.Once
	entry *catalog.Event
	form  []byte
	// secret is that of the data, as its handlers are told it; empty: there is none.
	secret string
}

// encoded gives the catalogue's entry and the `data` part of the body. What the first
// to ask makes of a secret that the data holds, others get too.
func (c *content) encoded(secret func(sealed string) string) (*catalog.Event, []byte) {
	c.once.Do(func() {
		c.entry, _ = catalog.Lookup(c.Code)
		if data, err := c.value(); err == nil {
			c.form = wire.AppendForm(nil, "data", c.told(data, secret))
		}
		c.fresh = nil
	})
	return c.entry, c.form
}

func (c *content) told(data wire.Value, secret func(string) string) wire.Value {
	if c.entry == nil {
		return data
	}
	return c.entry.WithSecret(data, func(sealed string) string {
		c.secret = secret(sealed)
		return c.secret
	})
}

func (c *content) value() (wire.Value, error) {
	if c.fresh != nil {
		return *c.fresh, nil
	}
	return wire.ParseJSON(c.Data, wire.DefaultLimits)
}

// isLifecycle says that the event tells an application of its own fate, and so
// goes on when its handlers have ended.
func (c *content) isLifecycle() bool { return c.Object.Type == onevent.LifecycleObject }
