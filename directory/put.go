package directory

import (
	"errors"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/signature"
)

// PutPortal writes a portal in tx and renews the memory at its commit, as all
// Put functions do for their kind.
func (d *Directory) PutPortal(tx onevent.Tx, row onevent.Portal) error {
	return put(tx, tx.Portals(), row, d.setPortal)
}

// PutUser writes a user.
func (d *Directory) PutUser(tx onevent.Tx, row onevent.User) error {
	return put(tx, tx.Users(), row, d.setUser)
}

// PutApplication writes an application.
func (d *Directory) PutApplication(tx onevent.Tx, row onevent.Application) error {
	return put(tx, tx.Applications(), row, d.setApplication)
}

// PutVersion writes a version of an application.
func (d *Directory) PutVersion(tx onevent.Tx, row onevent.Version) error {
	return put(tx, tx.Versions(), row, d.setVersion)
}

// PutFileSet writes a set of files. Nobody sees one that does not stand.
func (d *Directory) PutFileSet(tx onevent.Tx, row onevent.FileSet) error {
	return put(tx, tx.FileSets(), row, d.setFileSet)
}

// PutInstallation writes an installation with its secrets, sealed; CodeInvalid when
// one of them has not the form of a signing secret.
func (d *Directory) PutInstallation(tx onevent.Tx, row Installation) error {
	var err error
	if row.Signer, err = signature.Read(row.Secrets); err != nil {
		return err
	}
	row.Sealed = d.sealSecrets(sealPurpose, row.Secrets)
	if err := tx.Installations().Put(row.Installation); err != nil {
		return err
	}
	tx.OnCommit(func() { d.setInstallation(&row) })
	return nil
}

// PutWebhook writes an incoming webhook.
func (d *Directory) PutWebhook(tx onevent.Tx, row onevent.IncomingWebhook) error {
	return put(tx, tx.IncomingWebhooks(), row, d.setWebhook)
}

// PutOutgoingWebhook writes an outgoing webhook with its secrets, sealed; CodeInvalid
// when one of them has not the form of a signing secret. One that has ended keeps
// none.
func (d *Directory) PutOutgoingWebhook(tx onevent.Tx, row OutgoingWebhook) error {
	var err error
	if !row.Stands() {
		row.Secrets = onevent.InstallationSecrets{}
	}
	if row.Signer, err = signature.Read(row.Secrets); err != nil {
		return err
	}
	row.Sealed = nil
	if row.Stands() {
		row.Sealed = d.sealSecrets(sealPurposeOutgoing, row.Secrets)
	}
	if err := tx.OutgoingWebhooks().Put(row.OutgoingWebhook); err != nil {
		return err
	}
	tx.OnCommit(func() { d.setOutgoing(&row) })
	return nil
}

// PutHandler writes a handler.
func (d *Directory) PutHandler(tx onevent.Tx, row onevent.Handler) error {
	return put(tx, tx.Handlers(), row, d.setHandler)
}

// RemoveHandler removes a handler that has ended and that nothing refers to any
// more, and its destination when no other handler leads there. It says whether the
// destination is gone.
func (d *Directory) RemoveHandler(tx onevent.Tx, row onevent.Handler) (bool, error) {
	if err := tx.Handlers().Delete(row); err != nil {
		return false, err
	}
	gone, err := tx.RemoveDestination(row.Destination)
	if err != nil {
		return false, err
	}
	tx.OnCommit(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.handlers.remove(row.ID)
		d.ended.remove(&row)
		if gone {
			d.forgetDestination(row.Destination)
		}
	})
	return gone, nil
}

// FindDestination finds the destination of row's owner and URL, or makes row it
// under an identity of its own.
func (d *Directory) FindDestination(tx onevent.Tx, row onevent.Destination) (onevent.Destination, error) {
	found, err := tx.DestinationOf(row.Owner, row.URL)
	if !errors.Is(err, onevent.ErrNotFound) {
		return found, err
	}
	id, err := tx.NextID("destination")
	if err != nil {
		return onevent.Destination{}, err
	}
	row.ID = onevent.DestinationID(id)
	return row, d.PutDestination(tx, row)
}

// PutDestination writes a destination.
func (d *Directory) PutDestination(tx onevent.Tx, row onevent.Destination) error {
	return put(tx, tx.Destinations(), row, d.setDestination)
}

func put[T any](tx onevent.Tx, table onevent.Table[T], row T, set func(*T)) error {
	if err := table.Put(row); err != nil {
		return err
	}
	tx.OnCommit(func() { set(&row) })
	return nil
}

// SetOperator makes known where operator events go. It has no row; call it before
// anything is delivered.
func (d *Directory) SetOperator(url string) {
	d.setDestination(&onevent.Destination{
		ID: onevent.OperatorDestination, URL: url, Options: onevent.DeliveryOptions{Order: onevent.OrderNone},
	})
	d.setHandler(&onevent.Handler{ID: onevent.OperatorHandler, URL: url, Destination: onevent.OperatorDestination})
}
