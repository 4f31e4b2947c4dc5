package bind

import "github.com/onevent/onevent"

// destination finds or makes the queue of the URL and gives it the options.
func (b *Binder) destination(tx onevent.Tx, r *Request) (onevent.DestinationID, error) {
	wanted := onevent.Destination{Portal: r.Portal, Owner: r.Owner, URL: r.URL, Created: b.Clock.Now()}
	if r.Options != nil {
		wanted.Options = *r.Options
	}
	row, err := b.Directory.FindDestination(tx, wanted)
	if err != nil || r.Options == nil || *r.Options == row.Options {
		return row.ID, err
	}
	row.Options = *r.Options
	if err := b.Directory.PutDestination(tx, row); err != nil {
		return 0, err
	}
	tx.OnCommit(func() { b.Publisher.Queue.Wake(row.ID) })
	return row.ID, nil
}
