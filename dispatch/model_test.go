package dispatch_test

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/onevent/onevent"
)

// model is a store in memory that keeps what dispatch needs, with the law of
// onevent.Store: enough to play hours with thousands of destinations. What it
// does not keep it does not answer.
type model struct {
	mu      sync.Mutex
	commits sync.Mutex // one closure and its effects at a time
	closed  bool       // the process has crashed: nothing is written any more

	drawn   map[string]int64
	waiting map[onevent.DestinationID][]*modelRow // in the order of Seq, settled ones included until they are swept
	rows    map[onevent.DeliveryID]*modelRow
	settled map[onevent.State]int
	outages map[onevent.DestinationID]onevent.Outage
}

type modelRow struct {
	onevent.Waiting
}

func newModel() *model {
	return &model{
		drawn: map[string]int64{}, waiting: map[onevent.DestinationID][]*modelRow{}, rows: map[onevent.DeliveryID]*modelRow{},
		settled: map[onevent.State]int{}, outages: map[onevent.DestinationID]onevent.Outage{},
	}
}

// crash lets nothing be written until open.
func (m *model) crash() {
	m.commits.Lock()
	defer m.commits.Unlock()
	m.closed = true
}

func (m *model) open() {
	m.commits.Lock()
	defer m.commits.Unlock()
	m.closed = false
}

// counts of what was settled, by state.
func (m *model) counts() map[onevent.State]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.settled)
}

func (m *model) Update(_ context.Context, fn func(onevent.Tx) error) error {
	m.commits.Lock()
	defer m.commits.Unlock()
	if m.closed {
		return onevent.ErrClosed
	}
	tx := &modelTx{model: m}
	m.mu.Lock()
	err := fn(tx)
	m.mu.Unlock()
	if err != nil {
		return err
	}
	for _, f := range tx.effects {
		f()
	}
	return nil
}

// Sweep removes nothing: the model keeps no log.
func (m *model) Sweep(context.Context, onevent.Retention) (onevent.Swept, error) {
	return onevent.Swept{}, nil
}

func (m *model) Settle(ctx context.Context, fn func(onevent.Tx) error) error {
	return m.Update(ctx, fn)
}

func (m *model) SettleSoon(ctx context.Context, fn func(onevent.Tx) error) error {
	return m.Update(ctx, fn)
}

func (m *model) View(_ context.Context, fn func(onevent.Reader) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fn(modelReader{model: m})
}

func (m *model) Check(context.Context) error { return nil }
func (m *model) Close() error                { return nil }

// modelReader answers what dispatch asks; anything else is a nil call.
type modelReader struct {
	onevent.Reader
	model *model
}

func (r modelReader) Waiting(dest onevent.DestinationID, after int64, limit int) (onevent.WaitingPage, error) {
	return r.model.page(dest, after, limit), nil
}

// waitingAt is what waits at a destination.
func (m *model) waitingAt(dest onevent.DestinationID) []onevent.Waiting {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.page(dest, 0, math.MaxInt).Rows
}

// newestAt is the delivery at a destination that was raised last.
func (m *model) newestAt(dest onevent.DestinationID) onevent.DeliveryID {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.waiting[dest]
	return all[len(all)-1].Delivery.ID
}

// page is called with mu held.
func (m *model) page(dest onevent.DestinationID, after int64, limit int) (page onevent.WaitingPage) {
	m.waiting[dest] = slices.DeleteFunc(m.waiting[dest], func(r *modelRow) bool { return r.Delivery.State != onevent.StateWaiting })
	all := m.waiting[dest]
	from, _ := slices.BinarySearchFunc(all, after+1, func(r *modelRow, seq int64) int { return int(r.Delivery.Seq - seq) })
	for _, r := range all[from:] {
		if len(page.Rows) == limit {
			page.More = true
			break
		}
		page.Rows = append(page.Rows, r.Waiting)
	}
	return page
}

func (r modelReader) WaitingDelivery(id onevent.DeliveryID) (onevent.Waiting, error) {
	row := r.model.rows[id]
	if row == nil || row.Delivery.State != onevent.StateWaiting {
		return onevent.Waiting{}, onevent.ErrNotFound
	}
	return row.Waiting, nil
}

func (r modelReader) Backlogs() (all []onevent.Backlog, err error) {
	for dest := range r.model.waiting {
		if n := len(r.model.page(dest, 0, 1<<30).Rows); n > 0 {
			all = append(all, onevent.Backlog{Destination: dest, Waiting: int64(n)})
		}
	}
	return all, nil
}

func (r modelReader) Portals() onevent.Rows[onevent.Portal] { return unkept[onevent.Portal]{} }
func (r modelReader) Users() onevent.Rows[onevent.User]     { return unkept[onevent.User]{} }
func (r modelReader) Applications() onevent.Rows[onevent.Application] {
	return unkept[onevent.Application]{}
}
func (r modelReader) Versions() onevent.Rows[onevent.Version] { return unkept[onevent.Version]{} }
func (r modelReader) Installations() onevent.Rows[onevent.Installation] {
	return unkept[onevent.Installation]{}
}
func (r modelReader) Handlers() onevent.Rows[onevent.Handler] { return unkept[onevent.Handler]{} }
func (r modelReader) Destinations() onevent.Rows[onevent.Destination] {
	return unkept[onevent.Destination]{}
}

func (r modelReader) IncomingWebhooks() onevent.Rows[onevent.IncomingWebhook] {
	return unkept[onevent.IncomingWebhook]{}
}

func (r modelReader) OutgoingWebhooks() onevent.Rows[onevent.OutgoingWebhook] {
	return unkept[onevent.OutgoingWebhook]{}
}

func (r modelReader) FileSets() onevent.Rows[onevent.FileSet] {
	return unkept[onevent.FileSet]{}
}

func (r modelReader) Outages() onevent.Rows[onevent.Outage] { return modelOutages{r.model} }

type modelTx struct {
	onevent.Tx
	model   *model
	newest  *onevent.Event // to which the deliveries that follow belong
	effects []func()
}

func (t *modelTx) OnCommit(f func()) { t.effects = append(t.effects, f) }

func (t *modelTx) NextID(name string) (int64, error) {
	t.model.drawn[name]++
	return t.model.drawn[name], nil
}

func (t *modelTx) AddEvent(e *onevent.Event) error {
	id, err := t.NextID("event")
	e.ID = onevent.EventID(id)
	t.newest = e
	return err
}

func (t *modelTx) AddDelivery(d *onevent.Delivery) error {
	id, err := t.NextID("delivery")
	d.ID, d.Seq = onevent.DeliveryID(id), id
	row := &modelRow{onevent.Waiting{Delivery: *d, Event: t.newest}}
	t.model.rows[d.ID] = row
	t.model.waiting[d.Destination] = append(t.model.waiting[d.Destination], row)
	return err
}

func (t *modelTx) Settle(o *onevent.Outcome) error {
	d := &t.model.rows[o.Delivery].Delivery
	if d.State != onevent.StateWaiting {
		return nil
	}
	d.State, d.Verdict, d.Attempts, d.Retries, d.Due = o.State, o.Verdict, o.Attempts, o.Retries, o.Due
	if o.State != onevent.StateWaiting {
		t.model.settled[o.State]++
	}
	return nil
}

func (t *modelTx) Outages() onevent.Table[onevent.Outage] { return modelOutages{t.model} }

func (t *modelTx) Portals() onevent.Table[onevent.Portal] { return unkept[onevent.Portal]{} }
func (t *modelTx) Users() onevent.Table[onevent.User]     { return unkept[onevent.User]{} }
func (t *modelTx) Applications() onevent.Table[onevent.Application] {
	return unkept[onevent.Application]{}
}
func (t *modelTx) Versions() onevent.Table[onevent.Version] { return unkept[onevent.Version]{} }
func (t *modelTx) Installations() onevent.Table[onevent.Installation] {
	return unkept[onevent.Installation]{}
}
func (t *modelTx) Handlers() onevent.Table[onevent.Handler] { return unkept[onevent.Handler]{} }
func (t *modelTx) Destinations() onevent.Table[onevent.Destination] {
	return unkept[onevent.Destination]{}
}

// unkept is a table whose rows package directory holds: the directory outlives
// the crashes that are played.
type unkept[T any] struct{}

func (unkept[T]) Each(func(T) error) error { return nil }
func (unkept[T]) Put(T) error              { return nil }
func (unkept[T]) Delete(T) error           { return nil }

type modelOutages struct{ *model }

func (t modelOutages) Each(f func(onevent.Outage) error) error {
	for _, o := range t.outages {
		if err := f(o); err != nil {
			return err
		}
	}
	return nil
}

func (t modelOutages) Put(o onevent.Outage) error    { t.outages[o.Destination] = o; return nil }
func (t modelOutages) Delete(o onevent.Outage) error { delete(t.outages, o.Destination); return nil }
