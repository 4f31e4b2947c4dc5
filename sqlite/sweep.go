package sqlite

import (
	"context"
	"sync"
	"time"

	"github.com/onevent/onevent"
)

// sweeper removes the oldest of the log, one part of the events after the other:
// their deliveries by ranges of identities, then the events, then their keys.
type sweeper struct {
	mu   sync.Mutex
	rows int64 // of the next step
	at   *sweep
}

// How many rows a step takes: as many as take about as long as others may wait.
const (
	fewestSwept = 64
	mostSwept   = 4096
	shortSweep  = 500 * time.Microsecond
	longSweep   = 2 * time.Millisecond
)

// After how long a part is looked at again of which something stayed, and after
// how long when there is too little room.
const (
	sweptAgain   = time.Hour
	squeezeAgain = 10 * time.Minute
)

// sweep is the removal of one part of the events.
type sweep struct {
	stage              stage
	first, last        int64     // of the part
	mark, end          int64     // its deliveries, but for those that were added later
	cutoff             time.Time // settled before
	again              time.Time // when to look at what stayed
	next               int64     // identity at which the stage goes on
	unservedBefore     time.Time
	unserved           []int64 // what may be
	events, deliveries int64   // removed by the newest step
}

// stage of a sweep.
type stage int

const (
	sweepUnserved stage = iota
	sweepPruned
	sweepDeliveries
	sweepEvents
	sweepKeys
	swept
)

// Sweep takes one step. What a step leaves is found again after a restart.
func (d *DB) Sweep(ctx context.Context, r onevent.Retention) (onevent.Swept, error) {
	if err := d.usable(); err != nil {
		return onevent.Swept{}, err
	}
	w := &d.sweeper
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at == nil {
		err := d.view(ctx, func(rd onevent.Reader) (err error) {
			w.at, err = rd.(*reader).nextSweep(r, d.config.Clock.Now())
			return err
		})
		if err != nil || w.at == nil {
			return onevent.Swept{}, err
		}
	}
	return w.step(ctx, d)
}

func (w *sweeper) step(ctx context.Context, d *DB) (onevent.Swept, error) {
	var s sweep
	var took time.Duration
	err := d.SettleSoon(ctx, func(t onevent.Tx) error {
		began := disk.Now()
		s = *w.at
		s.events, s.deliveries = 0, 0
		err := s.step(t.(*tx), max(w.rows, fewestSwept))
		took = disk.Now().Sub(began)
		return err
	})
	if err != nil {
		return onevent.Swept{}, err
	}
	w.adapt(took)
	if w.at = &s; s.stage == swept {
		w.at = nil
	}
	return onevent.Swept{Events: s.events, Deliveries: s.deliveries, More: true}, nil
}

func (w *sweeper) adapt(took time.Duration) {
	switch {
	case took < shortSweep:
		w.rows = min(2*max(w.rows, fewestSwept), mostSwept)
	case took > longSweep:
		w.rows = max(w.rows/2, fewestSwept)
	}
}

// nextSweep chooses what is removed next; nil: nothing is to be.
func (r *reader) nextSweep(keep onevent.Retention, now time.Time) (*sweep, error) {
	full, err := r.uses(keep.Size)
	if err != nil {
		return nil, err
	}
	if full {
		s, err := r.oldestPart(`again <= ?`, now)
		if s != nil || err != nil {
			s.whole(now.Add(time.Millisecond), now.Add(squeezeAgain))
			return s, err
		}
	}
	s, err := r.oldestPart(`again <= ? AND until < ?`, now, keep.Settled)
	if s != nil || err != nil {
		s.whole(keep.Settled, now.Add(sweptAgain))
		return s, err
	}
	s, err = r.oldestPart(`pruned = 0 AND until < ?`, keep.Unserved)
	if s == nil || err != nil {
		return nil, err
	}
	s.unservedBefore = keep.Unserved
	s.unserved, err = r.unservedOf(s)
	return s, err
}

// uses says whether more than so many bytes are in use beside files of applications:
// these are kept however old the log is, and are not to push it out.
func (r *reader) uses(size int64) (bool, error) {
	if size <= 0 {
		return false, nil
	}
	var used int64
	for _, p := range []struct {
		name string
		sign int64
	}{{"page_count", 1}, {"freelist_count", -1}} {
		n, err := pragma(r.conn, p.name)
		if err != nil {
			return false, r.result(err)
		}
		used += p.sign * n
	}
	bytes, err := pragma(r.conn, "page_size")
	if err != nil {
		return false, r.result(err)
	}
	files, err := r.fileBytes()
	return used*bytes-files > size, err
}

// oldestPart is the first part of the events that fulfils a condition on times.
func (r *reader) oldestPart(condition string, times ...time.Time) (*sweep, error) {
	q := r.prepare(`SELECT first, last, mark, ifnull((SELECT deliveries FROM event WHERE id > last ORDER BY id LIMIT 1), 1 << 53)
		FROM log_part WHERE kind = 2 AND ` + condition + ` ORDER BY first LIMIT 1`)
	for _, t := range times {
		q.time(t)
	}
	var s *sweep
	for q.next() {
		s = &sweep{first: q.readInt(), last: q.readInt(), mark: q.readInt(), end: q.readInt()}
	}
	return s, r.result(q.err)
}

// whole has everything of the part removed that was settled before.
func (s *sweep) whole(cutoff, again time.Time) {
	if s != nil {
		s.stage, s.next, s.cutoff, s.again = sweepDeliveries, s.mark, cutoff, again
	}
}

// unservedOf reads from the index which events of a part may be unserved.
func (r *reader) unservedOf(s *sweep) ([]int64, error) {
	find := search{session: &r.session, kind: &eventLog}
	ids, err := find.posted(part{first: s.first, last: s.last}, unservedKey)
	return ids, r.result(err)
}

// step removes up to so many rows. What a stage leaves of them is the next one's.
func (s *sweep) step(t *tx, rows int64) error {
	for rows > 0 && s.stage != swept {
		n, err := s.stages()[s.stage](t, rows)
		if err != nil {
			return err
		}
		if n == 0 {
			s.endStage()
		}
		rows -= n
	}
	return nil
}

// stages look at up to so many rows and say at how many they did; 0: there is
// nothing left for them.
func (s *sweep) stages() [swept]func(*tx, int64) (int64, error) {
	return [swept]func(*tx, int64) (int64, error){
		sweepUnserved:   s.removeUnserved,
		sweepPruned:     s.markPruned,
		sweepDeliveries: s.removeDeliveries,
		sweepEvents:     s.removeEvents,
		sweepKeys:       s.removeKeys,
	}
}

func (s *sweep) endStage() {
	switch s.stage {
	case sweepPruned:
		s.stage = swept
		return
	case sweepDeliveries:
		s.next = s.first
	}
	s.stage++
}

func (s *sweep) removeUnserved(t *tx, rows int64) (int64, error) {
	n := min(rows, int64(len(s.unserved)), fewestSwept)
	if n == 0 {
		return 0, nil
	}
	e := expression{}
	e.add(`DELETE FROM event AS e WHERE e.id IN (-1`)
	for _, id := range s.unserved[:n] {
		e.add(`, ?`, id)
	}
	e.add(`) AND e.verdicts IS NULL AND e.time < ?`, onevent.Milliseconds(s.unservedBefore))
	e.unserved()
	s.unserved = s.unserved[n:]
	q := t.bindAll(e)
	defer q.drop()
	return n, s.count(t, &q, &s.events)
}

// markPruned ends the removal of unserved events.
func (s *sweep) markPruned(t *tx, _ int64) (int64, error) {
	q := t.prepare(`UPDATE log_part SET pruned = 1 WHERE kind = 2 AND first = ?`)
	q.int(s.first)
	return 0, t.result(q.run())
}

// count runs a statement and says how many rows it removed.
func (s *sweep) count(t *tx, q *stmt, removed *int64) error {
	err := q.run()
	*removed += int64(t.conn.Changes())
	return t.result(err)
}

// removeDeliveries removes with a delivery its attempts.
func (s *sweep) removeDeliveries(t *tx, rows int64) (int64, error) {
	last, n, err := s.upTo(t, "delivery", s.end-1, rows)
	if err != nil || n == 0 {
		return 0, err
	}
	q := t.prepare(`DELETE FROM delivery WHERE id BETWEEN ? AND ? AND state <> 0 AND due < ?`)
	q.int(s.next)
	q.int(last)
	q.time(s.cutoff)
	if err := s.count(t, &q, &s.deliveries); err != nil {
		return 0, err
	}
	q = t.prepare(`DELETE FROM attempt WHERE delivery BETWEEN ?1 AND ?2
		AND delivery NOT IN (SELECT id FROM delivery WHERE id BETWEEN ?1 AND ?2)`)
	q.int(s.next)
	q.int(last)
	s.next = last + 1
	return n, t.result(q.run())
}

// upTo is the identity with which a step ends, and how many rows lie before it.
func (s *sweep) upTo(t *tx, table string, last, rows int64) (end, n int64, err error) {
	q := t.prepare(`SELECT ifnull(max(id), 0), count(*) FROM
		(SELECT id FROM ` + table + ` WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?)`)
	q.int(s.next)
	q.int(last)
	q.int(rows)
	err = q.one(func() { end, n = q.readInt(), q.readInt() })
	return end, n, t.result(err)
}

// removeEvents leaves those that still have a delivery.
func (s *sweep) removeEvents(t *tx, rows int64) (int64, error) {
	last, n, err := s.upTo(t, "event", s.last, rows)
	if err != nil || n == 0 {
		return 0, err
	}
	q := t.prepare(`DELETE FROM event WHERE id BETWEEN ?1 AND ?2 AND id NOT IN (
		SELECT event FROM delivery WHERE later = 1 AND event BETWEEN ?1 AND ?2
		UNION ALL SELECT event FROM delivery
			WHERE id >= (SELECT deliveries FROM event WHERE id >= ?1 ORDER BY id LIMIT 1)
			AND id < ifnull((SELECT deliveries FROM event WHERE id > ?2 ORDER BY id LIMIT 1), 1 << 53))`)
	q.int(s.next)
	q.int(last)
	s.next = last + 1
	return n, s.count(t, &q, &s.events)
}

// removeKeys ends the sweep: parts of which no row is left go.
func (s *sweep) removeKeys(t *tx, _ int64) (int64, error) {
	if err := s.removeEmptyParts(t, &eventLog, s.first, s.last); err != nil {
		return 0, err
	}
	if err := s.removeEmptyParts(t, &deliveryLog, s.mark, s.end-1); err != nil {
		return 0, err
	}
	q := t.prepare(`UPDATE log_part SET again = ? WHERE kind = 2 AND first = ?`)
	q.time(s.again)
	q.int(s.first)
	return 0, t.result(q.run())
}

func (s *sweep) removeEmptyParts(t *tx, k *logKind, first, last int64) error {
	q := t.prepare(`SELECT p.first FROM log_part p WHERE p.kind = ? AND p.first <= ? AND p.last >= ?
		AND NOT EXISTS (SELECT 1 FROM ` + k.table + ` r WHERE r.id BETWEEN p.first AND p.last)`)
	q.int(k.number)
	q.int(last)
	q.int(first)
	var empty []int64
	for q.next() {
		empty = append(empty, q.readInt())
	}
	if q.err != nil {
		return t.result(q.err)
	}
	for _, first := range empty {
		if err := t.removePart(k, first); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) removePart(k *logKind, first int64) error {
	q := t.prepare(`DELETE FROM ` + k.postings + ` WHERE id BETWEEN ? AND ?`)
	q.int(first * buckets)
	q.int(first*buckets + buckets - 1)
	if err := q.run(); err != nil {
		return t.result(err)
	}
	q = t.prepare(`DELETE FROM log_part WHERE kind = ? AND first = ?`)
	q.int(k.number)
	q.int(first)
	return t.result(q.run())
}
