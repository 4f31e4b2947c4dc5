// Package confirm keeps what administrators decided on methods that need their
// confirmation. A decision is about one method and one token, or one incoming
// webhook. docs/protocol/app-lifecycle.md section 3.5.
package confirm

import (
	"context"
	"errors"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/seal"
)

// Keeper keeps the decisions. All fields must be set. It implements
// rest.Confirmations and is safe for concurrent use.
type Keeper struct {
	Store     onevent.Store
	Directory *directory.Directory
	Publisher *publish.Publisher
	Clock     onevent.Clock
	Ring      *seal.Ring
}

// maxWaiting bounds what waits for a decision for one installation or webhook: what
// was asked for before makes room.
const maxWaiting = 100

// Ask implements rest.Confirmations. Only the first call with a token writes, and one
// with a token that came of refreshing the one before, which is then the one that the
// application is told of.
func (k *Keeper) Ask(ctx context.Context, access oauth.Access, shown onevent.Secret, method string) (rest.Confirmation, error) {
	q := question{access: access, shown: shown, method: method}
	var found row
	err := k.Store.View(ctx, func(r onevent.Reader) (err error) {
		found, err = q.find(r)
		return err
	})
	if errors.Is(err, onevent.ErrNotFound) || err == nil && found.State == waiting && !k.tells(&found, shown) {
		err = k.Store.Update(ctx, func(tx onevent.Tx) (err error) {
			found, err = k.keep(tx, q)
			return err
		})
	}
	return confirmations[found.State], err
}

var confirmations = map[string]rest.Confirmation{
	waiting: rest.ConfirmationWaiting, given: rest.ConfirmationGiven, denied: rest.ConfirmationDenied,
}

// keep writes the row of a question, or the token in it. It keeps nothing for an
// application that was uninstalled meanwhile.
func (k *Keeper) keep(tx onevent.Tx, q question) (row, error) {
	if i := q.access.Installation; i != nil && !k.stands(i.Portal, i.ID) {
		return row{}, rest.ErrNotInstalled
	}
	found, err := q.find(tx)
	switch {
	case errors.Is(err, onevent.ErrNotFound):
		found = q.row(k.Clock.Now())
		if err := k.makeRoom(tx, q.access.Portal.ID, found.owner); err != nil {
			return row{}, err
		}
	case err != nil || found.State != waiting:
		return found, err
	}
	found.Token = k.Ring.Seal(purpose, []byte(q.shown.Reveal()))
	return found, found.put(tx, q.access.Portal.ID)
}

func (k *Keeper) stands(portal onevent.PortalID, id onevent.InstallationID) bool {
	inst := k.Directory.Installation(portal, id)
	return inst != nil && inst.Active()
}

// makeRoom removes the rows of one who asks that have ended, and the oldest of those
// that wait when there are too many.
func (k *Keeper) makeRoom(tx onevent.Tx, portal onevent.PortalID, asking owner) error {
	page, err := tx.Query(onevent.Query{Portal: portal, Kind: asking.kind(), Order: newestFirst, Limit: maxListed})
	if err != nil {
		return err
	}
	room := maxWaiting - 1
	for _, record := range page.Records {
		r, err := read(record)
		if err != nil {
			return err
		}
		goes, err := k.ended(tx, portal, &r)
		if err == nil && r.State == waiting && !goes {
			room--
			goes = room < 0
		}
		if err == nil && goes {
			err = tx.DeleteRecord(portal, record.Kind, record.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tells says whether the token of a row is the one that was shown.
func (k *Keeper) tells(r *row, shown onevent.Secret) bool {
	token, err := k.Ring.Open(purpose, r.Token)
	return err == nil && shown.Equal(string(token))
}

// ended says whether nobody can call with the authorisation of a row any more.
func (k *Keeper) ended(r reader, portal onevent.PortalID, of *row) (bool, error) {
	now := k.Clock.Now()
	if of.Webhook != 0 {
		return k.Directory.WebhookByID(portal, of.Webhook) == nil, nil
	}
	user := k.Directory.User(portal, of.User)
	switch {
	case !k.stands(portal, of.Installation), user == nil, user.Epoch != of.UserEpoch:
		return true, nil
	case of.Family == 0:
		return now.Unix() >= of.Expires, nil
	}
	refreshed := of.asked()
	family, err := r.TokenFamily(portal, of.Family)
	if err == nil && family.Time.After(refreshed) {
		refreshed = family.Time
	}
	if errors.Is(err, onevent.ErrNotFound) {
		err = nil
	}
	return now.Sub(refreshed) > oauth.RefreshLife, err
}

// reader is what a snapshot and a transaction have in common.
type reader interface {
	onevent.RecordReader
	TokenFamily(portal onevent.PortalID, id int64) (onevent.TokenFamily, error)
}

// Forget removes the rows of an installation, in the transaction that ends it.
func Forget(tx onevent.Tx, portal onevent.PortalID, id onevent.InstallationID) error {
	kind := owner{Installation: id}.kind()
	for {
		page, err := tx.Query(onevent.Query{Portal: portal, Kind: kind, Limit: maxListed})
		if err != nil || len(page.Records) == 0 {
			return err
		}
		for _, record := range page.Records {
			if err := tx.DeleteRecord(portal, kind, record.ID); err != nil {
				return err
			}
		}
	}
}
