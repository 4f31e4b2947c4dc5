package lifecycle

import (
	"cmp"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/signature"
	"github.com/onevent/onevent/static"
)

// change is one step in the life of an application on a portal: what was and
// what will be, planned before the transaction that makes it so.
type change struct {
	portal  *onevent.Portal
	app     *onevent.Application
	version *onevent.Version // that of now
	user    *onevent.User    // who does it; nil: nobody known
	was     *directory.Installation
	now     directory.Installation
}

// planInstall judges a request and plans the installation that it asks for.
func (m *Manager) planInstall(r InstallRequest) (*change, error) {
	c := &change{portal: r.Portal, app: r.Application}
	c.version = m.Directory.VersionByText(r.Application.ID, r.Version)
	if c.version == nil {
		return nil, notFound("the application has no version %q", r.Version)
	}
	var err error
	if c.user, err = m.administrator(r.Portal.ID, r.User); err != nil {
		return nil, err
	}
	c.was = m.Directory.Standing(r.Portal.ID, r.Application.ID)
	if c.was != nil {
		if err := CheckMove(m.Directory.Version(r.Application.ID, c.was.Version).Text, c.version.Text); err != nil {
			return nil, err
		}
	}
	c.now = m.startOf(c)
	c.now.Version, c.now.Scope, c.now.InstalledBy = c.version.Ordinal, c.version.Scope, c.user.ID
	c.now.Status = cmp.Or(r.Status, c.now.Status)
	c.now.Language = cmp.Or(r.Language, c.now.Language)
	if err := cmp.Or(checkStatus(c.app.Kind, c.now.Status), checkLanguage(c.now.Language)); err != nil {
		return nil, err
	}
	if c.app.Kind == onevent.KindLocal {
		c.now.Status = "L"
	}
	return c, nil
}

// startOf is the installation that stands, or the first state of a new one.
func (m *Manager) startOf(c *change) directory.Installation {
	if c.was != nil {
		return *c.was
	}
	return directory.Installation{
		Installation: onevent.Installation{
			Portal: c.portal.ID, Application: c.app.ID, Language: c.portal.Language,
			Status: firstStatus(c.app.Kind), Installed: m.installsAtOnce(c.app, c.version),
			Epoch: 1, Created: m.Clock.Now(),
		},
		Secrets: m.firstSecrets(c.portal.ID, c.app),
	}
}

func firstStatus(kind string) string {
	if kind == onevent.KindLocal {
		return "L"
	}
	return "F"
}

// installsAtOnce tells whether there is no installer to wait for;
// docs/protocol/app-lifecycle.md section 2.
func (m *Manager) installsAtOnce(app *onevent.Application, v *onevent.Version) bool {
	return !app.UI || !static.HasInstaller(m.Directory, app, v)
}

// firstSecrets are those of the installation before for a market application,
// which is the same application to the portal when it comes back; a local one
// starts anew. docs/protocol/app-lifecycle.md sections 3.3 and 7.
func (m *Manager) firstSecrets(portal onevent.PortalID, app *onevent.Application) onevent.InstallationSecrets {
	if app.Kind == onevent.KindMarket {
		if before := m.Directory.Newest(portal, app.ID); before != nil {
			return before.Secrets
		}
	}
	return onevent.InstallationSecrets{ApplicationToken: newApplicationToken(), SigningSecret: signature.New()}
}

func newApplicationToken() onevent.Secret {
	return onevent.Secret(onevent.RandomText(32, onevent.Hex))
}

// owner is what the handlers of the installation belong to.
func (c *change) owner() onevent.Owner { return onevent.Owner{Installation: c.now.ID} }

// handlersOf copies the handlers that stand. One that is being bound at this
// moment counts as bound after the change.
func (m *Manager) handlersOf(c *change) []onevent.Handler {
	var out []onevent.Handler
	for _, h := range m.Directory.HandlersOf(c.portal.ID, c.owner()) {
		out = append(out, *h)
	}
	return out
}
