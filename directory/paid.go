package directory

import (
	"slices"
	"time"

	"github.com/onevent/onevent"
)

// paid has the installations that stand, have not expired and were paid for until
// some time, by that time. Payments end with a day, so there are few times, however
// many installations: looking for what is due costs nothing while nothing is.
type paid map[int64]map[onevent.InstallationID]*Installation

// renew puts an installation in the place of what it was; was is nil for a new one.
func (p paid) renew(was, now *Installation) {
	if was != nil {
		p.remove(was)
	}
	if !now.PaidUntil.IsZero() && now.Active() && !now.Expired {
		until := now.PaidUntil.Unix()
		if p[until] == nil {
			p[until] = map[onevent.InstallationID]*Installation{}
		}
		p[until][now.ID] = now
	}
}

func (p paid) remove(was *Installation) {
	until := was.PaidUntil.Unix()
	if delete(p[until], was.ID); len(p[until]) == 0 {
		delete(p, until)
	}
}

// PaidUntil lists up to limit installations that stand, have not expired and were
// paid for until then or a time before it, in the order of that time.
func (d *Directory) PaidUntil(then time.Time, limit int) []*Installation {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var due []int64
	for until := range d.paid {
		if until <= then.Unix() {
			due = append(due, until)
		}
	}
	slices.Sort(due)
	var out []*Installation
	for _, until := range due {
		for _, inst := range d.paid[until] {
			if len(out) == limit {
				return out
			}
			out = append(out, inst)
		}
	}
	return out
}
