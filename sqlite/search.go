package sqlite

import (
	"time"

	"github.com/onevent/onevent"
)

// Delivery finds by the primary key.
func (q *session) Delivery(id onevent.DeliveryID) (onevent.Delivery, error) {
	s := q.prepare(`SELECT ` + deliveryColumns + ` FROM delivery d WHERE d.id = ?`)
	s.int(int64(id))
	var d onevent.Delivery
	err := s.one(func() { d = readDelivery(&s) })
	return d, q.result(err)
}

// ReplaysOf reads on the index of replays.
func (q *session) ReplaysOf(id onevent.DeliveryID) ([]onevent.DeliveryID, error) {
	s := q.prepare(`SELECT id FROM delivery WHERE replay_of = ? AND replay_of > 0 ORDER BY id`)
	s.int(int64(id))
	var all []onevent.DeliveryID
	for s.next() {
		all = append(all, onevent.DeliveryID(s.readInt()))
	}
	return all, q.result(s.err)
}

const loggedEventColumns = `e.id, e.portal, e.code, x'', e.actor, e.object_type, e.object_id,
	e.time, e.depth, e.chain_start, NULL`

func (q *session) SearchDeliveries(f onevent.DeliverySearch) (onevent.DeliveryPage, error) {
	page := onevent.DeliveryPage{}
	if err := checkLimit(f.Limit); err != nil {
		return page, err
	}
	e := expression{}
	e.add(`SELECT ` + deliveryColumns + `, ` + loggedEventColumns + ` FROM delivery d JOIN event e ON e.id = d.event WHERE 1`)
	e.delivery(&f)
	e.page("d.id", int64(f.After), f.Oldest, f.Limit)
	s := q.bindAll(e)
	defer s.drop()
	events := map[onevent.EventID]*onevent.Event{}
	for s.next() {
		if len(page.Rows) == f.Limit {
			page.Next = page.Rows[f.Limit-1].Delivery.ID
			break
		}
		d := readDelivery(&s)
		if events[d.Event] == nil {
			event := readEvent(&s)
			events[d.Event] = &event
		}
		page.Rows = append(page.Rows, onevent.Logged{Delivery: d, Event: events[d.Event]})
	}
	return page, q.result(s.err)
}

func (q *session) SearchEvents(f onevent.EventSearch) (onevent.EventPage, error) {
	page := onevent.EventPage{}
	if err := checkLimit(f.Limit); err != nil {
		return page, err
	}
	e := expression{}
	e.add(`SELECT e.id, e.portal, e.code, x'', e.actor, e.object_type, e.object_id,
		e.time, e.depth, e.chain_start, e.verdicts FROM event e WHERE 1`)
	e.where("e.portal = ?", int64(f.Portal))
	e.event(f.Code, f.Object, f.From, f.Until)
	if f.Unserved {
		e.add(` AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.id >= e.deliveries AND d.event = e.id
			AND d.id < ifnull((SELECT n.deliveries FROM event n WHERE n.id > e.id ORDER BY n.id LIMIT 1), 1 << 53))
			AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event = e.id AND d.later = 1)`)
	}
	e.page("e.id", int64(f.After), f.Oldest, f.Limit)
	s := q.bindAll(e)
	defer s.drop()
	for s.next() {
		if len(page.Rows) == f.Limit {
			page.Next = page.Rows[f.Limit-1].ID
			break
		}
		page.Rows = append(page.Rows, readEvent(&s))
	}
	return page, q.result(s.err)
}

func checkLimit(limit int) error {
	if limit < 1 || limit > onevent.MaxSearch {
		return onevent.Errorf(onevent.CodeInvalid, "a search finds 1 to %d at once", onevent.MaxSearch)
	}
	return nil
}

// delivery adds the conditions of a search.
func (e *expression) delivery(f *onevent.DeliverySearch) {
	e.where("d.portal = ?", int64(f.Portal))
	e.where("d.handler = ?", int64(f.Handler))
	e.where("d.destination = ?", int64(f.Destination))
	e.where(`d.handler IN (SELECT h.id FROM handler h JOIN installation i ON i.id = h.installation
		WHERE i.application = ?)`, int64(f.Application))
	if f.Verdict != "" {
		e.add(" AND d.verdict = ?", string(f.Verdict))
	}
	if len(f.States) > 0 {
		e.add(" AND d.state IN (-1")
		for _, state := range f.States {
			e.add(", ?", int64(state))
		}
		e.add(")")
	}
	e.event(f.Code, f.Object, f.From, f.Until)
}

// where adds a condition on a number that is not 0.
func (e *expression) where(text string, n int64) {
	if n != 0 {
		e.add(" AND "+text, n)
	}
}

func (e *expression) event(code string, object onevent.Object, from, until time.Time) {
	if code != "" {
		e.add(" AND e.code = ?", code)
	}
	if !object.IsZero() {
		e.add(" AND e.object_type = ? AND e.object_id = ?", object.Type, object.ID)
	}
	e.where("e.time >= ?", milliseconds(from))
	e.where("e.time < ?", milliseconds(until))
}

func (e *expression) page(id string, after int64, oldest bool, limit int) {
	test, order := " < ?", " DESC"
	if oldest {
		test, order = " > ?", ""
	}
	e.where(id+test, after)
	e.add(" ORDER BY "+id+order+" LIMIT ?", int64(limit)+1)
}
