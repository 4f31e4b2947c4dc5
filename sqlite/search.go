package sqlite

import (
	"cmp"
	"slices"
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
	e.time, e.depth, e.chain_start, `

// SearchDeliveries goes by the keys that the index has of what is asked for. What
// waits is found on its own index, unless something tells it better.
func (q *session) SearchDeliveries(f onevent.DeliverySearch) (onevent.DeliveryPage, error) {
	page := onevent.DeliveryPage{}
	if err := q.completeSearch(&f); err != nil {
		return page, q.result(err)
	}
	events := map[onevent.EventID]*onevent.Event{}
	s := &search{
		session: q, kind: &deliveryLog, id: "d.id",
		columns: deliveryColumns + ", " + loggedEventColumns + "NULL FROM delivery d JOIN event e ON e.id = d.event",
		after:   int64(f.After), oldest: f.Oldest, limit: f.Limit, from: onevent.Milliseconds(f.From), until: onevent.Milliseconds(f.Until),
		take: func(s *stmt) int64 {
			d := readDelivery(s)
			e := events[d.Event]
			if e == nil {
				read := readEvent(s)
				e = &read
				events[d.Event] = e
			}
			page.Rows = append(page.Rows, onevent.Logged{Delivery: d, Event: e})
			return int64(d.ID)
		},
	}
	states := newStateFilter(&f)
	s.where.delivery(&f, states)
	s.byNumber(ofPortal, int64(f.Portal))
	s.byNumber(ofApplication, int64(f.Application))
	s.byNumber(ofHandler, int64(f.Handler))
	s.byNumber(ofDestination, int64(f.Destination))
	s.byEvent(f.Code, f.Object)
	if states != nil {
		s.narrow = states.narrow
	}
	var err error
	if states.onlyWaiting() && f.Code == "" && f.Object.IsZero() {
		err = s.runWaiting(&f)
	} else {
		err = s.run()
	}
	page.Rows = page.Rows[:s.found]
	page.Next = onevent.DeliveryID(s.next)
	return page, q.result(err)
}

// SearchEvents goes by the keys that the index has of what is asked for.
func (q *session) SearchEvents(f onevent.EventSearch) (onevent.EventPage, error) {
	page := onevent.EventPage{}
	s := &search{
		session: q, kind: &eventLog, id: "e.id",
		columns: loggedEventColumns + "e.verdicts FROM event e",
		after:   int64(f.After), oldest: f.Oldest, limit: f.Limit, from: onevent.Milliseconds(f.From), until: onevent.Milliseconds(f.Until),
		take: func(s *stmt) int64 {
			e := readEvent(s)
			page.Rows = append(page.Rows, e)
			return int64(e.ID)
		},
	}
	s.where.number("e.portal", int64(f.Portal))
	s.where.event(f.Code, f.Object, f.From, f.Until)
	s.byNumber(ofPortal, int64(f.Portal))
	s.byEvent(f.Code, f.Object)
	if f.Unserved {
		s.where.unserved()
		s.keys = append(s.keys, unservedKey)
	}
	err := s.run()
	page.Rows = page.Rows[:s.found]
	page.Next = onevent.EventID(s.next)
	return page, q.result(err)
}

// completeSearch names the destination of a handler.
func (q *session) completeSearch(f *onevent.DeliverySearch) error {
	if f.Handler == 0 || f.Destination != 0 {
		return nil
	}
	s := q.prepare(`SELECT destination FROM handler WHERE id = ?`)
	s.int(int64(f.Handler))
	for s.next() {
		f.Destination = onevent.DestinationID(s.readInt())
	}
	return s.err
}

// searchBudget is how many rows a page of a search looks at, which takes some
// hundred milliseconds.
const searchBudget = 50_000

// search is one page. It goes through the parts of the log, and in each by the
// keys that its index has; what is not indexed yet is read.
type search struct {
	*session
	kind        *logKind
	id          string
	columns     string // and the tables that they come from
	where       expression
	keys        []key
	narrow      func(q *session, p part, ids []int64, all bool) ([]int64, bool, error) // by the states; nil: any will do
	after       int64
	oldest      bool
	limit       int
	from, until int64
	take        func(*stmt) int64

	one    string // statement that reads one row
	budget int
	found  int
	last   int64 // that was found
	looked int64 // everything up to here was looked at
	next   int64
}

// part is a range of identities.
type part struct {
	first, last int64
	indexed     bool
}

func (s *search) byNumber(p property, n int64) {
	if n != 0 {
		s.keys = append(s.keys, numberKey(p, n))
	}
}

func (s *search) byEvent(code string, object onevent.Object) {
	if code != "" {
		s.keys = append(s.keys, codeKey(code))
	}
	if !object.IsZero() {
		s.keys = append(s.keys, objectKey(object))
	}
}

func (s *search) prepareAll() error {
	if s.limit < 1 || s.limit > onevent.MaxSearch {
		return onevent.Errorf(onevent.CodeInvalid, "a search finds 1 to %d at once", onevent.MaxSearch)
	}
	s.budget = cmp.Or(s.session.budget, searchBudget)
	s.one = "SELECT " + s.columns + " WHERE " + s.id + " = ?" + s.where.text.String()
	return nil
}

func (s *search) run() error {
	if err := s.prepareAll(); err != nil {
		return err
	}
	defer s.forget(s.one)
	parts, err := s.parts()
	if err != nil {
		return err
	}
	for _, p := range parts {
		if s.done() {
			break
		}
		if err := s.in(p); err != nil {
			return err
		}
	}
	return nil
}

// done says that the page has all that it can have. One row more than wanted tells
// that another page follows.
func (s *search) done() bool {
	switch {
	case s.next != 0:
		return true
	case s.budget <= 0:
		s.next = s.looked
		return true
	}
	return false
}

// in searches a part.
func (s *search) in(p part) error {
	ids, all, err := s.candidates(p)
	switch {
	case err != nil:
		return err
	case all:
		return s.scan(p)
	}
	if !s.oldest {
		slices.Reverse(ids)
	}
	for _, id := range ids {
		if !s.isBehindCursor(id) {
			continue
		}
		if s.done() {
			return nil
		}
		if err := s.look(id); err != nil {
			return err
		}
	}
	if s.next == 0 {
		s.looked = p.end(s.oldest)
	}
	return nil
}

func (p part) end(oldest bool) int64 {
	if oldest {
		return p.last
	}
	return p.first
}

func (s *search) isBehindCursor(id int64) bool {
	return s.after == 0 || s.oldest && id > s.after || !s.oldest && id < s.after
}

// candidates are the rows of a part that may match; all: they can't be told from
// the others.
func (s *search) candidates(p part) (ids []int64, all bool, err error) {
	all = true
	if p.indexed {
		for _, k := range s.keys {
			found, err := s.posted(p, k)
			if err != nil || len(found) == 0 {
				return nil, false, err
			}
			if all {
				ids, all = found, false
			} else {
				ids = intersect(ids, found)
			}
		}
	}
	if s.narrow == nil || !all && len(ids) == 0 {
		return ids, all, nil
	}
	return s.narrow(s.session, p, ids, all)
}

// posted reads which rows of a part have a key.
func (s *search) posted(p part, k key) ([]int64, error) {
	q := s.prepare(`SELECT entries FROM ` + s.kind.postings + ` WHERE id = ?`)
	q.int(p.first*buckets + k.bucket())
	var ids []int64
	var err error
	for q.next() {
		ids, err = postingsOf(q.readBytes(), k, p.first)
	}
	return ids, cmp.Or(q.err, err)
}

// look reads one row, and takes it if it matches.
func (s *search) look(id int64) error {
	s.budget--
	q := s.prepare(s.one)
	q.int(id)
	q.all(s.where.args)
	for q.next() {
		s.takeRow(&q)
	}
	if s.next == 0 {
		s.looked = id
	}
	return q.err
}

func (s *search) takeRow(q *stmt) {
	if s.found == s.limit {
		s.next = s.last
		return
	}
	s.last = s.take(q)
	s.found++
}

// scan reads the rows of a part in their order.
func (s *search) scan(p part) error {
	first, last := p.first, p.last
	if s.after != 0 && s.oldest {
		first = max(first, s.after+1)
	} else if s.after != 0 {
		last = min(last, s.after-1)
	}
	e := expression{}
	e.add("SELECT "+s.columns+" WHERE "+s.id+" BETWEEN ? AND ?", first, last)
	e.append(s.where)
	e.add(" ORDER BY " + s.id)
	if !s.oldest {
		e.add(" DESC")
	}
	q := s.bindAll(e)
	defer q.drop()
	for s.next == 0 && q.next() {
		s.takeRow(&q)
	}
	if s.next == 0 {
		s.budget -= int(min(last-first+1, partRows))
		s.looked = p.end(s.oldest)
	}
	return q.err
}

// parts are those that may have what is searched, in the order of the search: the
// parts of the index, and behind them what is not indexed yet.
func (s *search) parts() ([]part, error) {
	q := s.prepare(`SELECT first, last FROM log_part WHERE kind = ? AND until >= ? AND since < ? ORDER BY first`)
	q.int(s.kind.number)
	q.int(s.from)
	q.int(cmp.Or(s.until, 1<<62))
	var parts []part
	for q.next() {
		if p := (part{first: q.readInt(), last: q.readInt(), indexed: true}); s.isWanted(p) {
			parts = append(parts, p)
		}
	}
	if q.err != nil {
		return nil, q.err
	}
	rest, err := s.unindexed()
	parts = append(parts, rest...)
	if !s.oldest {
		slices.Reverse(parts)
	}
	return parts, err
}

func (s *search) isWanted(p part) bool {
	return s.after == 0 || s.oldest && p.last > s.after || !s.oldest && p.first < s.after
}

func (s *search) unindexed() (parts []part, err error) {
	indexed, err := s.indexed(s.kind)
	if err != nil {
		return nil, err
	}
	q := s.prepare(`SELECT ifnull(min(id), 0), ifnull((SELECT max(id) FROM ` + s.kind.table + `), -1)
		FROM ` + s.kind.table + ` WHERE id > ?`)
	q.int(indexed)
	var first, last int64
	err = q.one(func() { first, last = q.readInt(), q.readInt() })
	for ; err == nil && first <= last && first > 0; first += partRows {
		if p := (part{first: first, last: min(first+partRows-1, last)}); s.isWanted(p) {
			parts = append(parts, p)
		}
	}
	return parts, err
}

// delivery adds the conditions of a search.
func (e *expression) delivery(f *onevent.DeliverySearch, states *stateFilter) {
	e.number("d.portal", int64(f.Portal))
	e.number("d.handler", int64(f.Handler))
	e.number("d.destination", int64(f.Destination))
	if f.Application != 0 {
		e.add(` AND d.handler IN (SELECT h.id FROM handler h JOIN installation i ON i.id = h.installation
			WHERE i.application = ? AND h.id = d.handler)`, int64(f.Application))
	}
	if f.Verdict != "" {
		e.add(" AND d.verdict = ?", string(f.Verdict))
	}
	if states != nil {
		e.add(" AND d.state IN (-1")
		for state, wanted := range states.wanted {
			if wanted {
				e.add(", ?", int64(state))
			}
		}
		e.add(")")
	}
	e.event(f.Code, f.Object, f.From, f.Until)
}

// number adds a condition on a number that is not 0.
func (e *expression) number(column string, n int64) {
	if n != 0 {
		e.add(" AND "+column+" = ?", n)
	}
}

func (e *expression) event(code string, object onevent.Object, from, until time.Time) {
	if code != "" {
		e.add(" AND e.code = ?", code)
	}
	if !object.IsZero() {
		e.add(" AND e.object_type = ? AND e.object_id = ?", object.Type, object.ID)
	}
	if !from.IsZero() {
		e.add(" AND e.time >= ?", onevent.Milliseconds(from))
	}
	if !until.IsZero() {
		e.add(" AND e.time < ?", onevent.Milliseconds(until))
	}
}

// unserved keeps events without a delivery: neither right after them nor later.
func (e *expression) unserved() {
	e.add(` AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.id >= e.deliveries AND d.event = e.id
		AND d.id < ifnull((SELECT n.deliveries FROM event n WHERE n.id > e.id ORDER BY n.id LIMIT 1), 1 << 53))
		AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event = e.id AND d.later = 1)`)
}
