package lifecycle

import (
	"context"

	"github.com/onevent/onevent"
)

// Uninstall ends an installation. Its tokens die, its handlers end with the
// verdict `uninstalled`, and ONAPPUNINSTALL, raised in the same transaction, is
// still delivered to them if the installation was finished. Clean says that the
// application's data goes too, as it always does for a local application.
// docs/protocol/app-lifecycle.md section 3.3.
func (m *Manager) Uninstall(ctx context.Context, portal *onevent.Portal, app *onevent.Application, clean bool) error {
	defer m.lock(portal.ID)()
	was, err := m.standing(portal, app)
	if err != nil {
		return err
	}
	c := &change{portal: portal, app: app, was: was, now: *was}
	c.now.Ended, c.now.Installed = m.Clock.Now(), false
	c.now.Epoch++
	clean = clean || app.Kind == onevent.KindLocal
	var ended []onevent.Handler
	err = m.commit(ctx, func(tx onevent.Tx) error {
		ended = m.handlersOf(c)
		return m.end(tx, c, ended, clean)
	})
	if err != nil {
		return err
	}
	return m.cancelRest(ctx, ended, eventUninstall, onevent.VerdictUninstalled)
}

func (m *Manager) end(tx onevent.Tx, c *change, handlers []onevent.Handler, clean bool) error {
	if err := m.Directory.PutInstallation(tx, c.now); err != nil {
		return err
	}
	if m.Ended != nil {
		if err := m.Ended(tx, c.portal.ID, c.now.ID); err != nil {
			return err
		}
	}
	if clean && m.Clean != nil {
		if err := m.Clean(tx, c.portal.ID, c.app.ID); err != nil {
			return err
		}
	}
	if err := m.Publisher.End(tx, handlers, onevent.VerdictUninstalled); err != nil || !c.was.Installed {
		return err
	}
	return m.raise(tx, c, eventUninstall, c.uninstallData(clean), c.was, handlers)
}
