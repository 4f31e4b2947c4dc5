package lifecycle

import (
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

// InstallRequest says what is installed where, and by whom.
type InstallRequest struct {
	Portal      *onevent.Portal
	Application *onevent.Application
	Version     string         // as registered
	User        onevent.UserID // an active administrator; 0: the portal's first
	Language    string         // two letters; empty: as it was, at first the portal's
	Status      string         // F D T P S; empty: as it was, at first F; a local application has L
}

// Installed is an installation as a change left it.
type Installed struct {
	Installation *directory.Installation
	Version      *onevent.Version
	User         *onevent.User // who made the change
	New          bool          // another installation began
}

// Install installs an application, moves it to another version, or, at the
// version that it has, installs it again. docs/protocol/app-lifecycle.md
// sections 2, 3 and 10.
//
//   - A new installation raises ONAPPINSTALL, unless it has an installer: then
//     Finish does.
//   - Installing again takes over status, language, scope and event URL. It
//     raises ONAPPPAYMENT when the status becomes P, and ONAPPINSTALL for an
//     application without pages; one with pages keeps its state.
//   - A move raises ONAPPUPDATE to the handlers that stand and ends them all.
//     Then an application without pages gets ONAPPINSTALL, and one with an
//     installer is not installed until Finish. Its tokens stay valid. A move to a
//     version before the one that is installed is refused with CodeConflict.
func (m *Manager) Install(ctx context.Context, r InstallRequest) (Installed, error) {
	defer m.lock(r.Portal.ID)()
	c, err := m.planInstall(r)
	if err != nil {
		return Installed{}, err
	}
	switch {
	case c.was == nil:
		err = m.begin(ctx, c)
	case c.was.Version == c.now.Version:
		err = m.again(ctx, c)
	default:
		err = m.move(ctx, c)
	}
	return c.result(err)
}

func (c *change) result(err error) (Installed, error) {
	if err != nil {
		return Installed{}, err
	}
	return Installed{Installation: &c.now, Version: c.version, User: c.user, New: c.was == nil}, nil
}

func (m *Manager) begin(ctx context.Context, c *change) error {
	return m.commit(ctx, func(tx onevent.Tx) error {
		id, err := tx.NextID("installation")
		if err != nil {
			return err
		}
		c.now.ID = onevent.InstallationID(id)
		if err := m.Directory.PutInstallation(tx, c.now); err != nil {
			return err
		}
		return m.welcome(tx, c, nil)
	})
}

func (m *Manager) again(ctx context.Context, c *change) error {
	return m.commit(ctx, func(tx onevent.Tx) error {
		if err := m.Directory.PutInstallation(tx, c.now); err != nil {
			return err
		}
		handlers := m.handlersOf(c)
		if c.tellsPayment() {
			if err := m.raise(tx, c, eventPayment, c.paymentData(m.Clock.Now()), &c.now, handlers); err != nil {
				return err
			}
		}
		if c.app.UI {
			return nil
		}
		return m.welcome(tx, c, handlers)
	})
}

func (m *Manager) move(ctx context.Context, c *change) error {
	c.now.Installed = m.installsAtOnce(c.app, c.version)
	if c.app.RotateToken == onevent.RotateUpdate {
		c.now.Secrets.ApplicationToken = newApplicationToken()
	}
	var ended []onevent.Handler
	err := m.commit(ctx, func(tx onevent.Tx) error {
		ended = m.handlersOf(c)
		if err := m.Directory.PutInstallation(tx, c.now); err != nil {
			return err
		}
		if err := m.tellUpdate(tx, c, ended); err != nil || c.app.UI {
			return err
		}
		return m.welcome(tx, c, nil)
	})
	if err != nil {
		return err
	}
	return m.cancelRest(ctx, ended, eventUpdate, onevent.VerdictUpdated)
}

// tellUpdate ends the handlers before it raises the event, so that only what
// waited before is cancelled. They are judged as installed if they were: an
// installer that is to come does not silence the news of it.
func (m *Manager) tellUpdate(tx onevent.Tx, c *change, handlers []onevent.Handler) error {
	if err := m.Publisher.End(tx, handlers, onevent.VerdictUpdated); err != nil {
		return err
	}
	judged := c.now
	judged.Installed = c.was.Installed
	previous := m.Directory.Version(c.app.ID, c.was.Version)
	return m.raise(tx, c, eventUpdate, c.updateData(previous), &judged, handlers)
}
