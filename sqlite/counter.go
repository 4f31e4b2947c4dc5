package sqlite

import (
	"github.com/onevent/onevent"
	"zombiezen.com/go/sqlite"
)

// block is how many numbers of events and of deliveries one write of their
// mark covers.
const block = 1024

// maxID keeps identities exact in every reader of JSON.
const maxID = 1<<53 - 1

// counter draws the numbers of one name. A number that was drawn is never
// given back, not even when its closure or the commit fails.
type counter struct {
	name  string
	spare int64 // how far the mark is set ahead
	drawn int64
	// stored is the mark on disk: no number up to it is drawn after a restart.
	stored  int64
	written int64 // the mark in the transaction that is not yet committed
}

// counters are all counters in use. Marks that fell behind are written in the
// group's own transaction but outside of its savepoints, so that no closure's
// failure undoes them.
type counters struct {
	byName   map[string]*counter
	behind   []*counter
	event    *counter
	delivery *counter
}

func loadCounters(s *session) (*counters, error) {
	c := &counters{byName: map[string]*counter{}}
	var err error
	if c.event, err = c.get(s, "event"); err != nil {
		return nil, err
	}
	if c.delivery, err = c.get(s, "delivery"); err != nil {
		return nil, err
	}
	c.event.spare, c.delivery.spare = block, block
	return c, nil
}

// get reads the mark when the name is used for the first time.
func (c *counters) get(q *session, name string) (*counter, error) {
	if n := c.byName[name]; n != nil {
		return n, nil
	}
	n := &counter{name: name}
	s := q.prepare(`SELECT high FROM counter WHERE name = ?`)
	s.text(name)
	for s.next() {
		n.stored = s.readInt()
	}
	if s.err != nil {
		return nil, q.result(s.err)
	}
	n.drawn, n.written = n.stored, n.stored
	c.byName[name] = n
	return n, nil
}

func (c *counters) next(n *counter) int64 {
	if n.drawn == n.stored {
		c.behind = append(c.behind, n)
	}
	n.drawn++
	return n.drawn
}

// save writes the marks that fell behind.
func (c *counters) save(conn *sqlite.Conn) error {
	for _, n := range c.behind {
		if err := n.save(conn, n.drawn+n.spare); err != nil {
			return err
		}
	}
	return nil
}

func (n *counter) save(conn *sqlite.Conn, mark int64) error {
	if n.drawn > maxID {
		return onevent.Errorf(onevent.CodeInternal, "the numbers for %s are used up", n.name)
	}
	n.written = mark
	s := prepare(conn, `INSERT INTO counter (name, high) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET high = excluded.high`)
	s.text(n.name)
	s.int(mark)
	return s.run()
}

// saved says that the transaction of the last save is committed.
func (c *counters) saved() {
	for _, n := range c.behind {
		n.stored = n.written
	}
	c.behind = c.behind[:0]
}

// trim takes the spare numbers back, which is safe when no more are drawn: the
// next process goes on without a gap.
func (c *counters) trim(conn *sqlite.Conn) error {
	if err := c.event.save(conn, c.event.drawn); err != nil {
		return err
	}
	return c.delivery.save(conn, c.delivery.drawn)
}
