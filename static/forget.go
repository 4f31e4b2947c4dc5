package static

import (
	"context"
	"time"

	"github.com/onevent/onevent"
)

// How long files are kept that no version has: those of a set that has ended for who
// reads one of them at the time, those of one that is being written until it is
// certain that its writer is gone.
const (
	lingering = time.Minute
	givenUp   = 10 * time.Minute
)

// piecesAtOnce is how many pieces a step of forgetting removes.
const piecesAtOnce = 8

// Forget removes, in a step that takes milliseconds, some of what versions had before
// and of what uploads left behind that did not come to their end. It says whether
// another step has something to do.
func Forget(ctx context.Context, store onevent.Store, now time.Time) (more bool, err error) {
	err = store.SettleSoon(ctx, func(tx onevent.Tx) error {
		more = false
		set, err := forgettable(tx, now)
		if err != nil || set == nil {
			return err
		}
		more = true
		return forget(tx, *set, now)
	})
	return more, err
}

// forgettable is the first set of which something can be removed; nil: there is none.
func forgettable(tx onevent.Tx, now time.Time) (found *onevent.FileSet, err error) {
	err = tx.FileSets().Each(func(s onevent.FileSet) error {
		age := now.Sub(s.Time)
		if found == nil && (s.State == onevent.FilesEnded && age >= lingering || s.State == onevent.FilesWritten && age >= givenUp) {
			found = &s
		}
		return nil
	})
	return found, err
}

// forget ends a set before anything of it goes, so that no late writer makes it a
// version's.
func forget(tx onevent.Tx, set onevent.FileSet, now time.Time) error {
	if set.State == onevent.FilesWritten {
		set.State, set.Time = onevent.FilesEnded, now.Add(-lingering)
		return tx.FileSets().Put(set)
	}
	removed, err := tx.RemoveFiles(set.ID, piecesAtOnce)
	if err != nil || removed == piecesAtOnce {
		return err
	}
	return tx.FileSets().Delete(set)
}

// forgetAll forgets all that can be forgotten now.
func (k *Keeper) forgetAll(ctx context.Context) error {
	for {
		if more, err := Forget(ctx, k.Store, k.Clock.Now()); err != nil || !more {
			return err
		}
	}
}
