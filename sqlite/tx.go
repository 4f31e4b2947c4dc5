package sqlite

import "github.com/onevent/onevent"

// tx is a session of the writer: one closure of a group.
type tx struct {
	session
	clock     onevent.Clock
	counters  *counters
	cancelled cancelled
	newest    onevent.EventID // added by the closure
	stats     onevent.Stats   // what the closure added
	before    onevent.Stats   // what the closures before it left
	onCommit  []func()
	engine    error // what ended the session before its closure did
}

var _ onevent.Tx = (*tx)(nil)

func (t *tx) OnCommit(f func()) { t.onCommit = append(t.onCommit, f) }

// NextID leaves gaps only where a closure failed.
func (t *tx) NextID(name string) (int64, error) {
	if t.failed != nil {
		return 0, t.failed
	}
	n, err := t.counters.get(&t.session, name)
	if err != nil {
		return 0, err
	}
	return t.counters.next(n), nil
}

// Stats counts what the closure itself did too.
func (t *tx) Stats() (onevent.Stats, error) {
	return sum(t.before, t.stats), t.failed
}

func sum(a, b onevent.Stats) onevent.Stats {
	return onevent.Stats{
		Events:    a.Events + b.Events,
		Waiting:   a.Waiting + b.Waiting,
		Delivered: a.Delivered + b.Delivered,
		Failed:    a.Failed + b.Failed,
		Cancelled: a.Cancelled + b.Cancelled,
	}
}

func (t *tx) Portals() onevent.Table[onevent.Portal] {
	return rows(&t.session, &portals)
}

func (t *tx) Users() onevent.Table[onevent.User] {
	return rows(&t.session, &users)
}

func (t *tx) Applications() onevent.Table[onevent.Application] {
	return rows(&t.session, &applications)
}

func (t *tx) Versions() onevent.Table[onevent.Version] {
	return rows(&t.session, &versions)
}

func (t *tx) Installations() onevent.Table[onevent.Installation] {
	return rows(&t.session, &installations)
}

func (t *tx) IncomingWebhooks() onevent.Table[onevent.IncomingWebhook] {
	return rows(&t.session, &incomingWebhooks)
}

func (t *tx) OutgoingWebhooks() onevent.Table[onevent.OutgoingWebhook] {
	return rows(&t.session, &outgoingWebhooks)
}

func (t *tx) Handlers() onevent.Table[onevent.Handler] {
	return rows(&t.session, &handlers)
}

func (t *tx) Destinations() onevent.Table[onevent.Destination] {
	return rows(&t.session, &destinations)
}

func (t *tx) Jobs() onevent.Table[onevent.Job] {
	return rows(&t.session, &jobs)
}

func (t *tx) Outages() onevent.Table[onevent.Outage] {
	return rows(&t.session, &outages)
}

func (t *tx) FileSets() onevent.Table[onevent.FileSet] {
	return rows(&t.session, &fileSets)
}
