// Package lifecycle founds portals, registers applications and carries them
// through their life on a portal: install, finish, update, uninstall, with the
// events that each of these raises. docs/protocol/app-lifecycle.md.
//
// Every function is one transaction: what it changes, the handlers that end by
// it and the events that tell of it are stored together or not at all.
package lifecycle

import (
	"context"
	"errors"
	"sync"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/publish"
)

// Manager makes the changes. All exported fields but the last four must be set;
// it is safe for concurrent use and must not be copied.
//
// Its errors are those of the store and *onevent.Error with CodeInvalid (a bad
// value), CodeDenied (the user may not), CodeNotFound or CodeConflict.
type Manager struct {
	Store     onevent.Store
	Directory *directory.Directory
	Publisher *publish.Publisher
	Authority *oauth.Authority
	Clock     onevent.Clock
	// Clean removes what an application keeps on a portal, in the transaction of
	// an uninstallation that takes its data along.
	Clean func(onevent.Tx, onevent.PortalID, onevent.ApplicationID) error
	// Ended removes what lasts no longer than an installation, in the transaction that
	// ends it.
	Ended func(onevent.Tx, onevent.PortalID, onevent.InstallationID) error
	// IsMethod knows the names of REST methods; nil: any may be one.
	IsMethod func(name string) bool
	// Reload is called when the delivery options of an application have changed:
	// all queues are looked at again. It returns at once.
	Reload func()

	portals  sync.Map   // onevent.PortalID -> *sync.Mutex
	rows     sync.Mutex // held while rows of portals are planned and written
	registry sync.Mutex
	secrets  sync.Mutex // held while a client_secret is renewed
}

// lock makes changes of one portal wait for one another. They plan by what the
// directory shows, and it shows a change only after its commit: two that ran
// side by side would both plan from the state before. Reading the rows inside
// the transaction instead would scan all of them.
func (m *Manager) lock(portal onevent.PortalID) (unlock func()) {
	v, _ := m.portals.LoadOrStore(portal, new(sync.Mutex))
	mu := v.(*sync.Mutex)
	mu.Lock()
	return mu.Unlock
}

// commit runs fn, again when another writer took what is unique: an
// application may bind a URL, and so make its destination, at the same moment.
func (m *Manager) commit(ctx context.Context, fn func(onevent.Tx) error) error {
	const tries = 3
	var err error
	for range tries {
		if err = m.Store.Update(ctx, fn); !errors.Is(err, onevent.ErrConflict) {
			return err
		}
	}
	return err
}

// store is Update with the sentence that tells which uniqueness was broken.
func (m *Manager) store(ctx context.Context, taken string, fn func(onevent.Tx) error) error {
	err := m.Store.Update(ctx, fn)
	if errors.Is(err, onevent.ErrConflict) {
		return onevent.Errorf(onevent.CodeConflict, "%s", taken)
	}
	return err
}
