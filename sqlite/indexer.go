package sqlite

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"

	"github.com/onevent/onevent"
)

// indexer writes the index of the log behind it, on a goroutine of its own: it
// reads a part's rows on a snapshot and writes their keys in one transaction.
type indexer struct {
	db     *DB
	rows   int // of a part
	wanted chan struct{}
	ctx    context.Context // ends with the store
	end    context.CancelFunc
	ended  chan struct{}
	mu     sync.Mutex  // held while parts are written
	hurry  atomic.Bool // nobody else works with the store
	logs   [2]logIndex
	// applications of destinations, as far as they were asked for
	applications map[int64]int64
	room         [buckets][]posting // of the part before
}

// mostApplications is how many are kept from one part to the next.
const mostApplications = 1 << 14

// logIndex is the index of one kind of rows.
type logIndex struct {
	kind    *logKind
	indexed atomic.Int64 // the newest identity that a part covers
}

// logKind says in SQL what one kind of rows in the log is.
type logKind struct {
	number   int64
	table    string
	postings string // the table of its keys
	// all selects rows after an identity, up to a number of them.
	all string
	// add collects the keys of a row.
	add func(*partBuilder, *stmt)
}

var unservedKey = numberKey(ofUnserved, 1)

var deliveryLog = logKind{
	number: 1, table: "delivery", postings: "delivery_posting",
	all: `SELECT d.id, e.time, e.portal, e.code, e.object_type, e.object_id, d.handler, d.destination
		FROM delivery d JOIN event e ON e.id = d.event WHERE d.id > ? ORDER BY d.id LIMIT ?`,
	add: func(b *partBuilder, s *stmt) {
		b.event(s)
		b.keys = append(b.keys, numberKey(ofHandler, s.readInt()))
		to := s.readInt()
		b.keys = append(b.keys, numberKey(ofDestination, to))
		if app := b.applicationOf(to); app != 0 {
			b.keys = append(b.keys, numberKey(ofApplication, app))
		}
	},
}

// Of an event whose own delivery is not the first from its mark on, it may be that
// there is none.
var eventLog = logKind{
	number: 2, table: "event", postings: "event_posting",
	all: `SELECT id, time, portal, code, object_type, object_id, deliveries,
			ifnull((SELECT event FROM delivery WHERE delivery.id >= deliveries ORDER BY delivery.id LIMIT 1), 0) = id
		FROM event WHERE id > ? ORDER BY id LIMIT ?`,
	add: func(b *partBuilder, s *stmt) {
		b.event(s)
		if mark := s.readInt(); b.count == 0 {
			b.mark = mark
		}
		if served := s.readBool(); !served {
			b.keys = append(b.keys, unservedKey)
		}
	},
}

func (d *DB) newIndexer() (*indexer, error) {
	x := &indexer{db: d, rows: cmp.Or(d.config.partRows, partRows), wanted: make(chan struct{}, 1), ended: make(chan struct{}), applications: map[int64]int64{}}
	x.ctx, x.end = context.WithCancel(context.Background())
	x.logs[0].kind, x.logs[1].kind = &deliveryLog, &eventLog
	s := &session{conn: d.writer.conn}
	for i := range x.logs {
		indexed, err := s.indexed(x.logs[i].kind)
		if err != nil {
			return nil, err
		}
		x.logs[i].indexed.Store(indexed)
	}
	x.want()
	go x.run()
	return x, nil
}

// indexed is the newest identity that the index covers.
func (q *session) indexed(k *logKind) (int64, error) {
	s := q.prepare(`SELECT ifnull(max(last), 0) FROM log_part WHERE kind = ?`)
	s.int(k.number)
	var id int64
	err := s.one(func() { id = s.readInt() })
	return id, q.result(err)
}

// keepUp is told by the writer after each group how far the log is.
func (x *indexer) keepUp(event, delivery int64) {
	if delivery-x.logs[0].indexed.Load() >= int64(x.rows) || event-x.logs[1].indexed.Load() >= int64(x.rows) {
		x.want()
	}
}

func (x *indexer) want() {
	select {
	case x.wanted <- struct{}{}:
	default:
	}
}

func (x *indexer) close() {
	x.end()
	<-x.ended
}

// run indexes whatever is enough for a part. After a failure it tries again when
// more was written.
func (x *indexer) run() {
	defer close(x.ended)
	for {
		select {
		case <-x.ctx.Done():
			return
		case <-x.wanted:
		}
		x.indexAll()
	}
}

// IndexAll writes the index of everything that is in the log, as fast as it can. It
// is for stores that were filled and that nobody works with yet: the index is written
// behind the log without it too, slowly enough that whoever publishes does not notice.
func (d *DB) IndexAll() {
	d.indexer.hurry.Store(true)
	defer d.indexer.hurry.Store(false)
	d.indexer.indexAll()
}

// indexAll writes all parts for which there are rows enough.
func (x *indexer) indexAll() {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range x.logs {
		for x.ctx.Err() == nil && x.indexPart(&x.logs[i]) {
		}
	}
}

// A part is read so many rows at a time and written so many bytes at a time, each
// followed by a rest so many times as long as it took: whoever publishes meanwhile
// hardly waits, also while the index of a long log is far behind it.
const (
	rowsAtOnce  = 512
	bytesAtOnce = 16 << 10
	restTimes   = 4
)

// indexPart writes the next part of an index, if there are rows enough for it.
func (x *indexer) indexPart(l *logIndex) bool {
	if len(x.applications) > mostApplications {
		clear(x.applications)
	}
	b := &partBuilder{kind: l.kind, applications: x.applications, postings: postings{first: l.indexed.Load() + 1, bucket: x.room}}
	defer func() { x.room = b.emptied() }()
	err := x.read(b)
	if err == nil && b.count == x.rows {
		err = x.write(b)
	}
	if err != nil && x.ctx.Err() == nil {
		x.db.config.Logger.Error("the log can't be indexed, searching it takes longer", "error", err)
	}
	if err != nil || b.count < x.rows {
		return false
	}
	l.indexed.Store(b.last)
	return true
}

// read takes in the rows of a part, or as many as there are.
func (x *indexer) read(b *partBuilder) error {
	for more := true; more && b.count < x.rows; {
		before := b.count
		err := x.step(func() error {
			return x.db.view(x.ctx, func(r onevent.Reader) error {
				return b.read(&r.(*reader).session, min(rowsAtOnce, x.rows-b.count))
			})
		})
		if err != nil {
			return err
		}
		more = b.count > before
	}
	return nil
}

// write writes the keys of a part. Those that a crash leaves without their part are
// written again.
func (x *indexer) write(b *partBuilder) error {
	for bucket := range buckets {
		b.encoded[bucket] = b.encode(bucket)
	}
	for bucket := 0; bucket < buckets; {
		next := bucket
		err := x.step(func() error {
			return x.settle(func(t onevent.Tx) (err error) {
				next, err = b.write(t.(*tx), bucket)
				return err
			})
		})
		if err != nil {
			return err
		}
		bucket = next
	}
	return nil
}

// settle lets others share the commit, unless there are none.
func (x *indexer) settle(write func(onevent.Tx) error) error {
	if x.hurry.Load() {
		return x.db.Settle(x.ctx, write)
	}
	return x.db.SettleSoon(x.ctx, write)
}

// step does something and leaves the processor to others for a while.
func (x *indexer) step(do func() error) error {
	began := disk.Now()
	err := do()
	if err == nil && !x.hurry.Load() {
		onevent.Wait(x.ctx, disk, restTimes*disk.Now().Sub(began))
	}
	return err
}

// partBuilder collects the keys of a part.
type partBuilder struct {
	kind *logKind
	q    *session
	postings
	last         int64
	since, until int64
	mark         int64 // of the first event
	count        int
	keys         []key // of the present row
	text         [2][]byte
	applications map[int64]int64
	encoded      [buckets][]byte
}

// read takes in up to so many rows more.
func (b *partBuilder) read(q *session, rows int) error {
	b.q = q
	s := q.prepare(b.kind.all)
	s.int(max(b.first-1, b.last))
	s.int(int64(rows))
	for s.next() {
		id := s.readInt()
		b.keys = b.keys[:0]
		b.kind.add(b, &s)
		b.postings.add(id, b.keys...)
		b.last = id
		b.count++
	}
	return q.result(s.err)
}

// event takes in what events and deliveries have in common.
func (b *partBuilder) event(s *stmt) {
	if t := s.readInt(); b.count == 0 {
		b.since, b.until = t, t
	} else {
		b.since, b.until = min(b.since, t), max(b.until, t)
	}
	b.keys = append(b.keys, numberKey(ofPortal, s.readInt()))
	b.text[0] = s.readInto(b.text[0])
	b.keys = append(b.keys, bytesKey(ofCode, b.text[0], nil))
	b.text[0], b.text[1] = s.readInto(b.text[0]), s.readInto(b.text[1])
	if len(b.text[1]) > 0 {
		b.keys = append(b.keys, bytesKey(ofObject, b.text[0], b.text[1]))
	}
}

// applicationOf asks once for each destination; 0: it belongs to none.
func (b *partBuilder) applicationOf(destination int64) int64 {
	if app, known := b.applications[destination]; known {
		return app
	}
	s := b.q.prepare(`SELECT i.application FROM destination d JOIN installation i ON i.id = d.installation WHERE d.id = ?`)
	s.int(destination)
	var app int64
	for s.next() {
		app = s.readInt()
	}
	if b.q.result(s.err) == nil {
		b.applications[destination] = app
	}
	return app
}

// write writes buckets from one on, as many as may be at once, and behind the last
// the part itself. It returns the next.
func (b *partBuilder) write(t *tx, bucket int) (next int, err error) {
	for bytes := 0; bucket < buckets; bucket++ {
		if bytes > bytesAtOnce {
			return bucket, nil
		}
		row := b.encoded[bucket]
		if row == nil {
			continue
		}
		bytes += len(row)
		s := t.prepare(`INSERT OR REPLACE INTO ` + b.kind.postings + ` (id, entries) VALUES (?, ?)`)
		s.int(b.first*buckets + int64(bucket))
		s.bytes(row)
		if err := s.run(); err != nil {
			return 0, t.result(err)
		}
	}
	s := t.prepare(`INSERT INTO log_part (kind, first, last, since, until, mark) VALUES (?, ?, ?, ?, ?, ?)`)
	for _, n := range []int64{b.kind.number, b.first, b.last, b.since, b.until, b.mark} {
		s.int(n)
	}
	return bucket, t.result(s.run())
}
