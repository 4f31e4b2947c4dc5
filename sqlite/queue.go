package sqlite

import (
	"time"
	"unicode/utf8"

	"github.com/onevent/onevent"
)

const eventColumns = `e.id, e.portal, e.code, e.data, e.actor, e.object_type, e.object_id,
	e.time, e.depth, e.chain_start, e.verdicts`

const deliveryColumns = `d.id, d.seq, d.lane, d.event, d.portal, d.handler, d.destination, d.deadline,
	d.state, d.verdict, d.attempts, d.retries, d.due, d.replay_of, d.last_time, d.last_status, d.last_took, d.last_error,
	d.last_detail`

func readEvent(s *stmt) onevent.Event {
	e := onevent.Event{
		ID:     onevent.EventID(s.readInt()),
		Portal: onevent.PortalID(s.readInt()),
		Code:   s.readText(),
		Data:   s.readBytes(),
		Actor:  onevent.UserID(s.readInt()),
		Object: onevent.Object{Type: s.readText(), ID: s.readText()},
		Time:   s.readTime(),
		Chain:  onevent.Chain{Depth: int(s.readInt()), Start: s.readTime()},
	}
	s.readJSON(&e.Verdicts)
	return e
}

func readDelivery(s *stmt) onevent.Delivery {
	d := onevent.Delivery{
		ID:          onevent.DeliveryID(s.readInt()),
		Seq:         s.readInt(),
		Lane:        int(s.readInt()),
		Event:       onevent.EventID(s.readInt()),
		Portal:      onevent.PortalID(s.readInt()),
		Handler:     onevent.HandlerID(s.readInt()),
		Destination: onevent.DestinationID(s.readInt()),
		Deadline:    s.readTime(),
		State:       onevent.State(s.readInt()),
		Verdict:     onevent.Verdict(s.readText()),
		Attempts:    int(s.readInt()),
		Retries:     int(s.readInt()),
		Due:         s.readTime(),
		ReplayOf:    onevent.DeliveryID(s.readInt()),
		Last:        readAttempt(s),
	}
	if d.State != onevent.StateWaiting {
		d.Settled, d.Due = d.Due, time.Time{}
	}
	return d
}

func readAttempt(s *stmt) onevent.Attempt {
	a := onevent.Attempt{
		Time:   s.readTime(),
		Status: int(s.readInt()),
		Took:   time.Duration(s.readInt()) * time.Millisecond,
		Error:  s.readText(),
	}
	readDetail(s, &a)
	return a
}

func bindAttempt(s *stmt, a *onevent.Attempt) {
	s.time(a.Time)
	s.int(int64(a.Status))
	s.int(a.Took.Milliseconds())
	s.text(a.Error)
	var room [64]byte
	s.bytes(appendDetail(room[:0], a))
}

func bindVerdicts(s *stmt, verdicts []onevent.HandlerVerdict) {
	if len(verdicts) == 0 {
		s.null()
		return
	}
	for _, v := range verdicts {
		if !utf8.ValidString(string(v.Verdict)) {
			s.refuse()
		}
	}
	s.json(verdicts)
}

// Waiting reads on the index of what waits, and each event once. One row more
// than wanted tells whether others wait behind.
func (q *session) Waiting(dest onevent.DestinationID, after int64, limit int) (onevent.WaitingPage, error) {
	s := q.prepare(`SELECT ` + deliveryColumns + `, ` + eventColumns + `
		FROM delivery d JOIN event e ON e.id = d.event
		WHERE d.state = 0 AND d.destination = ? AND d.seq > ? ORDER BY d.seq LIMIT ?`)
	s.int(int64(dest))
	s.int(after)
	s.int(int64(max(limit, 0)) + 1)
	page := onevent.WaitingPage{}
	events := map[onevent.EventID]*onevent.Event{}
	bytes := 0
	for s.next() {
		if len(page.Rows) >= limit || bytes > onevent.WaitingBytes {
			page.More = true
			s.reset()
			break
		}
		d := readDelivery(&s)
		e := events[d.Event]
		if e == nil {
			read := readEvent(&s)
			e = &read
			events[d.Event] = e
			bytes += len(e.Data)
		}
		page.Rows = append(page.Rows, onevent.Waiting{Delivery: d, Event: e})
	}
	return page, q.result(s.err)
}

func (q *session) WaitingDelivery(id onevent.DeliveryID) (onevent.Waiting, error) {
	s := q.prepare(`SELECT ` + deliveryColumns + `, ` + eventColumns + `
		FROM delivery d JOIN event e ON e.id = d.event WHERE d.id = ? AND d.state = 0`)
	s.int(int64(id))
	var w onevent.Waiting
	err := s.one(func() {
		w.Delivery = readDelivery(&s)
		e := readEvent(&s)
		w.Event = &e
	})
	return w, q.result(err)
}

// Backlogs counts on the index of what waits.
func (q *session) Backlogs() ([]onevent.Backlog, error) {
	s := q.prepare(`SELECT destination, count(*) FROM delivery WHERE state = 0 GROUP BY destination`)
	var all []onevent.Backlog
	for s.next() {
		all = append(all, onevent.Backlog{Destination: onevent.DestinationID(s.readInt()), Waiting: s.readInt()})
	}
	return all, q.result(s.err)
}

func (q *session) Event(id onevent.EventID) (onevent.Event, error) {
	s := q.prepare(`SELECT ` + eventColumns + ` FROM event e WHERE e.id = ?`)
	s.int(int64(id))
	var e onevent.Event
	err := s.one(func() { e = readEvent(&s) })
	return e, q.result(err)
}

// Deliveries reads between the event's mark and the next event's, and on the
// index of those that were added later. An index of all would cost each
// delivery a tenth of its time and each small commit a page.
func (q *session) Deliveries(id onevent.EventID) ([]onevent.Delivery, error) {
	s := q.prepare(`SELECT ` + deliveryColumns + ` FROM delivery d
		WHERE d.id >= (SELECT deliveries FROM event WHERE id = ?1)
		AND d.id < ifnull((SELECT deliveries FROM event WHERE id > ?1 ORDER BY id LIMIT 1), 1 << 53)
		AND d.event = ?1 AND d.later = 0
		UNION ALL
		SELECT ` + deliveryColumns + ` FROM delivery d WHERE d.event = ?1 AND d.later = 1
		ORDER BY 1`)
	s.int(int64(id))
	var all []onevent.Delivery
	for s.next() {
		all = append(all, readDelivery(&s))
	}
	return all, q.result(s.err)
}

// Attempts adds the newest attempt from the delivery's row when it has no row
// of its own: a success at the first attempt.
func (q *session) Attempts(id onevent.DeliveryID) ([]onevent.Attempt, error) {
	last, err := q.lastAttempt(id)
	if err != nil {
		return nil, err
	}
	s := q.prepare(`SELECT time, status, took, error, detail FROM attempt WHERE delivery = ? ORDER BY n`)
	s.int(int64(id))
	var all []onevent.Attempt
	for s.next() {
		all = append(all, readAttempt(&s))
	}
	if len(all) == 0 && !last.Time.IsZero() {
		all = append(all, last)
	}
	return all, q.result(s.err)
}

func (q *session) lastAttempt(id onevent.DeliveryID) (onevent.Attempt, error) {
	s := q.prepare(`SELECT last_time, last_status, last_took, last_error, last_detail FROM delivery WHERE id = ?`)
	s.int(int64(id))
	var a onevent.Attempt
	err := s.one(func() { a = readAttempt(&s) })
	return a, q.result(err)
}

func (q *session) Stats() (onevent.Stats, error) {
	s := q.prepare(`SELECT events, waiting, delivered, failed, cancelled FROM stats WHERE id = 1`)
	var st onevent.Stats
	err := s.one(func() {
		st = onevent.Stats{
			Events:    s.readInt(),
			Waiting:   s.readInt(),
			Delivered: s.readInt(),
			Failed:    s.readInt(),
			Cancelled: s.readInt(),
		}
	})
	return st, q.result(err)
}
