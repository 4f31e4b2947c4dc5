package sqlite

import (
	"time"

	"github.com/onevent/onevent"
)

// AddEvent inserts in one step.
func (t *tx) AddEvent(e *onevent.Event) error {
	e.ID = onevent.EventID(t.counters.next(t.counters.event))
	s := t.prepare(`INSERT INTO event (id, portal, code, data, actor, object_type, object_id,
			time, depth, chain_start, deliveries, verdicts)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	s.int(int64(e.ID))
	s.int(int64(e.Portal))
	s.text(e.Code)
	s.bytes(e.Data)
	s.int(int64(e.Actor))
	s.text(e.Object.Type)
	s.text(e.Object.ID)
	s.time(e.Time)
	s.int(int64(e.Chain.Depth))
	s.time(e.Chain.Start)
	s.int(t.counters.delivery.drawn + 1)
	bindVerdicts(&s, e.Verdicts)
	if err := s.run(); err != nil {
		return t.result(err)
	}
	t.newest = e.ID
	t.stats.Events++
	return nil
}

// AddDelivery inserts in one step. One writer draws every number, so one
// counter gives each lane its commit order.
func (t *tx) AddDelivery(d *onevent.Delivery) error {
	id := t.counters.next(t.counters.delivery)
	d.ID, d.Seq = onevent.DeliveryID(id), id
	d.State, d.Verdict, d.Attempts, d.Retries, d.Last, d.Settled = onevent.StateWaiting, "", 0, 0, onevent.Attempt{}, time.Time{}
	s := t.prepare(`INSERT INTO delivery (id, seq, lane, event, portal, handler, destination, deadline,
			due, later, replay_of, state, verdict, attempts, retries, last_time, last_status, last_took, last_error, room)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', 0, 0, 0, 0, 0, '', x'0000000000000000000000000000000000000000')`)
	s.int(id)
	s.int(id)
	s.int(int64(d.Lane))
	s.int(int64(d.Event))
	s.int(int64(d.Portal))
	s.int(int64(d.Handler))
	s.int(int64(d.Destination))
	s.time(d.Deadline)
	s.time(d.Due)
	s.bool(d.Event != t.newest)
	s.int(int64(d.ReplayOf))
	if err := s.run(); err != nil {
		return t.result(err)
	}
	t.stats.Waiting++
	return nil
}

// Settle takes one step for a delivery that waits and had no failure.
func (t *tx) Settle(o *onevent.Outcome) error {
	changed, err := t.settle(o, onevent.StateWaiting)
	if err != nil {
		return err
	}
	if !changed {
		return t.settleSettled(o)
	}
	t.count(onevent.StateWaiting, o.State, 1)
	return t.keepAttempt(o)
}

// settle writes the outcome if the delivery is in that state.
func (t *tx) settle(o *onevent.Outcome, from onevent.State) (bool, error) {
	if o.Attempt.Time.IsZero() {
		return t.settleUntried(o, from)
	}
	s := t.prepare(`UPDATE delivery SET state = ?, verdict = ?, attempts = ?, retries = ?, due = ?,
			last_time = ?, last_status = ?, last_took = ?, last_error = ?, last_detail = ?, room = x''
		WHERE id = ? AND state = ?`)
	t.bindOutcome(&s, o)
	bindAttempt(&s, &o.Attempt)
	s.int(int64(o.Delivery))
	s.int(int64(from))
	return t.changed(&s)
}

// settleUntried leaves the newest attempt as it is.
func (t *tx) settleUntried(o *onevent.Outcome, from onevent.State) (bool, error) {
	s := t.prepare(`UPDATE delivery SET state = ?, verdict = ?, attempts = ?, retries = ?, due = ?
		WHERE id = ? AND state = ?`)
	t.bindOutcome(&s, o)
	s.int(int64(o.Delivery))
	s.int(int64(from))
	return t.changed(&s)
}

// bindOutcome puts into the column of what is due, once nothing is, when the
// delivery was settled.
func (t *tx) bindOutcome(s *stmt, o *onevent.Outcome) {
	s.int(int64(o.State))
	s.text(string(o.Verdict))
	s.int(int64(o.Attempts))
	s.int(int64(o.Retries))
	if o.State == onevent.StateWaiting {
		s.time(o.Due)
	} else {
		s.time(t.clock.Now())
	}
}

func (t *tx) changed(s *stmt) (bool, error) {
	if err := s.run(); err != nil {
		return false, t.result(err)
	}
	return t.conn.Changes() > 0, nil
}

// settleSettled decides about an outcome that came after the delivery was
// settled: only a success undoes a cancelling.
func (t *tx) settleSettled(o *onevent.Outcome) error {
	state, err := t.stateOf(o.Delivery)
	if err != nil || state != onevent.StateCancelled {
		return err
	}
	if o.State == onevent.StateDelivered {
		if _, err := t.settle(o, onevent.StateCancelled); err != nil {
			return err
		}
		t.count(onevent.StateCancelled, onevent.StateDelivered, 1)
	}
	return t.keepAttempt(o)
}

func (t *tx) stateOf(id onevent.DeliveryID) (onevent.State, error) {
	s := t.prepare(`SELECT state FROM delivery WHERE id = ?`)
	s.int(int64(id))
	var state onevent.State
	err := s.one(func() { state = onevent.State(s.readInt()) })
	return state, t.result(err)
}

// keepAttempt gives an attempt its own row, unless it is a success at the
// first one.
func (t *tx) keepAttempt(o *onevent.Outcome) error {
	first := o.State == onevent.StateDelivered && o.Attempts <= 1
	if o.Attempt.Time.IsZero() || first {
		return nil
	}
	s := t.prepare(`INSERT OR REPLACE INTO attempt (delivery, n, time, status, took, error, detail)
		VALUES (?, ?, ?, ?, ?, ?, ?)`)
	s.int(int64(o.Delivery))
	s.int(int64(o.Attempts))
	bindAttempt(&s, &o.Attempt)
	return t.result(s.run())
}

// CancelWaiting finds the handler's deliveries on the index of what waits, and
// goes on where the call before it ended.
func (t *tx) CancelWaiting(dest onevent.DestinationID, handler onevent.HandlerID, v onevent.Verdict, limit int) (int, error) {
	place := queuePlace{dest, handler}
	s := t.prepare(`UPDATE delivery SET state = 3, verdict = ?, due = ? WHERE id IN (
			SELECT id FROM delivery WHERE state = 0 AND destination = ? AND seq > ? AND handler = ?
			ORDER BY seq LIMIT ?)
		RETURNING seq`)
	s.text(string(v))
	s.time(t.clock.Now())
	s.int(int64(dest))
	s.int(t.cancelled[place])
	s.int(int64(handler))
	s.int(int64(max(limit, 0)))
	n, last := 0, int64(0)
	for s.next() {
		n++
		last = max(last, s.readInt())
	}
	if s.err != nil {
		return 0, t.result(s.err)
	}
	t.count(onevent.StateWaiting, onevent.StateCancelled, int64(n))
	t.onCommit = append(t.onCommit, func() { t.cancelled.note(place, last, n < limit) })
	return n, nil
}

// queuePlace is a handler's part of a destination's queue.
type queuePlace struct {
	destination onevent.DestinationID
	handler     onevent.HandlerID
}

// cancelled are the places up to which nothing of a handler waits any more,
// while a long queue is being cancelled in steps: without them each step would
// read past all that other handlers have waiting. What is settled never waits
// again, so that a place stays right.
type cancelled map[queuePlace]int64

func (c cancelled) note(place queuePlace, seq int64, finished bool) {
	switch {
	case finished:
		delete(c, place)
	case seq > 0:
		c[place] = seq
	}
}

// count moves n deliveries from one state to another in the statistics.
func (t *tx) count(from, to onevent.State, n int64) {
	*t.counterOf(from) -= n
	*t.counterOf(to) += n
}

func (t *tx) counterOf(s onevent.State) *int64 {
	switch s {
	case onevent.StateDelivered:
		return &t.stats.Delivered
	case onevent.StateFailed:
		return &t.stats.Failed
	case onevent.StateCancelled:
		return &t.stats.Cancelled
	}
	return &t.stats.Waiting
}
