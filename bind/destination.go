package bind

import (
	"errors"

	"github.com/onevent/onevent"
)

// destination finds or makes the queue of the URL and gives it the options.
func (b *Binder) destination(tx onevent.Tx, r *Request) (onevent.DestinationID, error) {
	if d := b.Directory.DestinationOf(r.Owner, r.URL); d != nil {
		return d.ID, b.setOptions(tx, d, r)
	}
	id, err := tx.NextID("destination")
	if err != nil {
		return 0, err
	}
	row := onevent.Destination{
		ID:      onevent.DestinationID(id),
		Portal:  r.Portal,
		Owner:   r.Owner,
		URL:     r.URL,
		Created: b.Clock.Now(),
	}
	if r.Options != nil {
		row.Options = *r.Options
	}
	err = b.Directory.PutDestination(tx, row)
	if errors.Is(err, onevent.ErrConflict) {
		return b.madeMeanwhile(tx, r)
	}
	return row.ID, err
}

// madeMeanwhile finds the destination that another bind has made since the
// directory was asked.
func (b *Binder) madeMeanwhile(tx onevent.Tx, r *Request) (onevent.DestinationID, error) {
	var made *onevent.Destination
	err := tx.Destinations().Each(func(d onevent.Destination) error {
		if d.Owner == r.Owner && d.URL == r.URL {
			made = &d
		}
		return nil
	})
	if err != nil || made == nil {
		return 0, errors.Join(err, onevent.Errorf(onevent.CodeInternal, "a destination is taken and not to be found"))
	}
	return made.ID, b.setOptions(tx, made, r)
}

func (b *Binder) setOptions(tx onevent.Tx, d *onevent.Destination, r *Request) error {
	if r.Options == nil || *r.Options == d.Options {
		return nil
	}
	row := *d
	row.Options = *r.Options
	if err := b.Directory.PutDestination(tx, row); err != nil {
		return err
	}
	tx.OnCommit(func() { b.Publisher.Queue.Wake(row.ID) })
	return nil
}
