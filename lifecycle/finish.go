package lifecycle

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

// Finish says that the installer of an application has done its work: its
// events flow from now on, the first of them ONAPPINSTALL to what it bound.
// User is an active administrator, 0 the portal's first. An installation that
// is installed stays as it is. docs/protocol/app-lifecycle.md section 2.2.
func (m *Manager) Finish(ctx context.Context, portal *onevent.Portal, app *onevent.Application, user onevent.UserID) (Installed, error) {
	defer m.lock(portal.ID)()
	c, err := m.planFinish(portal, app, user)
	if err != nil || c.was.Installed {
		return c.result(err)
	}
	c.now.Installed = true
	err = m.commit(ctx, func(tx onevent.Tx) error {
		if err := m.Directory.PutInstallation(tx, c.now); err != nil {
			return err
		}
		return m.welcome(tx, c, m.handlersOf(c))
	})
	return c.result(err)
}

func (m *Manager) planFinish(portal *onevent.Portal, app *onevent.Application, user onevent.UserID) (*change, error) {
	c := &change{portal: portal, app: app}
	var err error
	if c.was, err = m.standing(portal, app); err != nil {
		return c, err
	}
	c.now, c.version = *c.was, m.Directory.Version(app.ID, c.was.Version)
	c.user, err = m.administrator(portal.ID, user)
	return c, err
}

func (m *Manager) standing(portal *onevent.Portal, app *onevent.Application) (*directory.Installation, error) {
	inst := m.Directory.Standing(portal.ID, app.ID)
	if inst == nil {
		return nil, notFound("the application is not installed on the portal")
	}
	return inst, nil
}
