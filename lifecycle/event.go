package lifecycle

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

// Codes of the events that this package raises.
const (
	eventInstall   = "ONAPPINSTALL"
	eventUpdate    = "ONAPPUPDATE"
	eventUninstall = "ONAPPUNINSTALL"
	eventPayment   = "ONAPPPAYMENT"
)

// raise tells the application's own handlers of the change. They are judged by
// an installation of the caller's choice: an end is told to what stood before
// it. All life-cycle events of an application share one object, which keeps
// their order.
func (m *Manager) raise(tx onevent.Tx, c *change, code string, data wire.Value, judged *directory.Installation, handlers []onevent.Handler) error {
	event, ok := catalog.Lookup(code)
	if !ok {
		return onevent.Errorf(onevent.CodeInternal, "the catalogue lacks %s", code)
	}
	r := publish.Raised{
		Portal: c.portal, Event: event, Data: data, Root: true,
		Object: onevent.Object{Type: onevent.LifecycleObject, ID: c.app.ClientID},
	}
	if c.user != nil {
		r.Actor = c.user.ID
	}
	_, err := m.Publisher.RaiseTo(tx, r, judged, handlers)
	return err
}

// installData is that of docs/protocol/app-lifecycle.md section 3.1.
func (c *change) installData() wire.Value {
	return wire.Map(
		wire.F("VERSION", wire.String(c.version.Text)),
		wire.F("ACTIVE", wire.String("Y")),
		wire.F("INSTALLED", wire.String("Y")),
		wire.F("LANGUAGE_ID", wire.String(c.now.Language)),
	)
}

// updateData is that of docs/protocol/app-lifecycle.md section 3.2.
func (c *change) updateData(previous *onevent.Version) wire.Value {
	return wire.Map(
		wire.F("VERSION", wire.String(c.version.Text)),
		wire.F("PREVIOUS_VERSION", wire.String(previous.Text)),
		wire.F("LANGUAGE_ID", wire.String(c.now.Language)),
	)
}

// uninstallData is that of docs/protocol/app-lifecycle.md section 3.3.
func (c *change) uninstallData(clean bool) wire.Value {
	flag := "0"
	if clean {
		flag = "1"
	}
	return wire.Map(wire.F("CLEAN", wire.String(flag)), wire.F("LANGUAGE_ID", wire.String(c.now.Language)))
}

// welcome raises ONAPPINSTALL: at the event URL of an application without
// pages, and at what the application bound itself.
// docs/protocol/app-lifecycle.md section 2.
func (m *Manager) welcome(tx onevent.Tx, c *change, standing []onevent.Handler) error {
	if !c.now.Installed {
		return nil
	}
	handlers, err := m.withPlatformHandler(tx, c, standing)
	if err != nil {
		return err
	}
	return m.raise(tx, c, eventInstall, c.installData(), &c.now, handlers)
}

// withPlatformHandler makes sure that the platform's own ONAPPINSTALL handler
// leads to the event URL, and returns the handlers that stand then. One that
// leads there already stays as it is.
func (m *Manager) withPlatformHandler(tx onevent.Tx, c *change, standing []onevent.Handler) ([]onevent.Handler, error) {
	if c.app.UI {
		return standing, nil
	}
	var kept, stale []onevent.Handler
	found := c.version.EventURL == ""
	for _, h := range standing {
		leadsThere := h.Event == eventInstall && !h.Offline && h.User == 0 && h.URL == c.version.EventURL
		found = found || leadsThere
		if h.Platform && !leadsThere {
			stale = append(stale, h)
		} else {
			kept = append(kept, h)
		}
	}
	if err := m.Publisher.End(tx, stale, onevent.VerdictUpdated); err != nil || found {
		return kept, err
	}
	h, err := m.bindPlatform(tx, c)
	return append(kept, h), err
}

func (m *Manager) bindPlatform(tx onevent.Tx, c *change) (onevent.Handler, error) {
	h := onevent.Handler{
		Portal: c.portal.ID, Owner: c.owner(), Event: eventInstall, URL: c.version.EventURL,
		Platform: true, Created: m.Clock.Now(),
	}
	var err error
	if h.Destination, err = m.destination(tx, c); err != nil {
		return h, err
	}
	id, err := tx.NextID("handler")
	if err != nil {
		return h, err
	}
	h.ID = onevent.HandlerID(id)
	return h, m.Directory.PutHandler(tx, h)
}

func (m *Manager) destination(tx onevent.Tx, c *change) (onevent.DestinationID, error) {
	row, err := m.Directory.FindDestination(tx, onevent.Destination{
		Portal: c.portal.ID, Owner: c.owner(), URL: c.version.EventURL, Created: m.Clock.Now(),
	})
	return row.ID, err
}

// cancelRest cancels what the transaction left waiting for ended handlers. The
// handlers of the event that told of the end keep what they were just given.
// It goes on when the caller has left: the change is made.
func (m *Manager) cancelRest(ctx context.Context, ended []onevent.Handler, told string, by onevent.Verdict) error {
	var rest []onevent.Handler
	for _, h := range ended {
		if h.Event != told {
			rest = append(rest, h)
		}
	}
	return m.Publisher.CancelRest(context.WithoutCancel(ctx), m.Store, rest, by)
}
