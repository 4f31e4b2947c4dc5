package bench

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/sqlite"
)

// RunFill reads a Plan from in, fills the store of a server that does not run,
// and tells on out when that is done. For a plan with a log it then waits until
// it is killed, or ctx ends, with the log held up.
func RunFill(ctx context.Context, in io.Reader, out io.Writer) error {
	var p Plan
	if err := json.NewDecoder(in).Decode(&p); err != nil {
		return err
	}
	f := &filler{plan: p}
	if err := f.open(ctx); err != nil {
		return err
	}
	err := f.fill(ctx)
	if err == nil && p.Log > 0 {
		err = f.leaveLog(ctx, out)
	} else if err == nil {
		err = json.NewEncoder(out).Encode("filled")
	}
	return errors.Join(err, f.store.Close())
}

// filler fills one store.
type filler struct {
	plan         Plan
	store        *sqlite.DB
	directory    *directory.Directory
	applications []onevent.ApplicationID
	groups       []*filled
}

// now is the time at which everything is filled in.
func (f *filler) now() time.Time { return time.Now().Add(-f.plan.Ago).Truncate(time.Millisecond) }

// filled is a group as the store has it: ids by number.
type filled struct {
	Group
	portals       []onevent.PortalID
	installations []onevent.InstallationID
	destinations  []onevent.DestinationID // of each handler
	handlers      []onevent.HandlerID
}

func (f *filler) open(ctx context.Context) error {
	ring, err := seal.ReadFile(filepath.Join(f.plan.Dir, keyFile))
	if err != nil {
		return err
	}
	if f.store, err = sqlite.Open(ctx, sqlite.Config{
		Path: filepath.Join(f.plan.Dir, storeFile), Clock: onevent.NewManualClock(f.now()),
	}); err != nil {
		return err
	}
	if f.directory, err = directory.Load(ctx, f.store, ring); err != nil {
		return errors.Join(err, f.store.Close())
	}
	return nil
}

func (f *filler) fill(ctx context.Context) error {
	if len(f.plan.Groups) == 0 {
		return nil
	}
	if err := f.store.Update(ctx, f.addApplications); err != nil {
		return err
	}
	for _, g := range f.plan.Groups {
		if err := f.addGroup(ctx, g); err != nil {
			return err
		}
	}
	for _, g := range f.groups {
		if err := f.addSettled(ctx, g); err != nil {
			return err
		}
		if err := f.addWaiting(ctx, g); err != nil {
			return err
		}
	}
	f.store.IndexAll()
	return nil
}

// rowsAtOnce are written in one closure. It is long, as nobody else waits for
// the store: deliveries that alternate between a thousand destinations touch a
// page of the index each, which is written once in a transaction.
const rowsAtOnce = 20_000

// each runs write for 0 to n-1, many in a transaction.
func (f *filler) each(ctx context.Context, n int, write func(tx onevent.Tx, i int) error) error {
	for first := 0; first < n; first += rowsAtOnce {
		err := f.store.Update(ctx, func(tx onevent.Tx) error {
			for i := first; i < min(first+rowsAtOnce, n); i++ {
				if err := write(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// next draws an id.
func next[ID ~int64](tx onevent.Tx, name string, id *ID) error {
	n, err := tx.NextID(name)
	*id = ID(n)
	return err
}
