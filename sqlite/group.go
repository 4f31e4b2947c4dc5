package sqlite

import (
	"cmp"
	"errors"
	"reflect"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/onevent/onevent"
)

var (
	errWithdrawn  = errors.New("the caller no longer waits")
	errRolledBack = onevent.Errorf(onevent.CodeInternal, "the store could not go on with the transaction")
)

// group is the closures that share one commit.
type group struct {
	w        *writer
	requests []*request
	looked   int           // requests whose turn came
	stats    onevent.Stats // with what the closures so far added
	open     bool          // a transaction is open
	wrote    bool          // a closure succeeded
	careful  bool          // each closure has a savepoint
	failed   error         // why the whole group failed
	current  *request      // whose closure is running
}

// serve runs one group to its answers. It also answers when a closure ends the
// goroutine.
func (w *writer) serve(requests []*request) {
	g := &group{w: w, requests: requests, stats: w.stats}
	defer g.answer()
	g.runAll()
	g.commit()
}

// runAll stops early when the time of the group is used up.
func (g *group) runAll() {
	full := g.w.full()
	start := g.w.clock.Now()
	now := start
	for g.looked < len(g.requests) {
		if g.failed != nil || now.Sub(start) > groupTime {
			return
		}
		r := g.requests[g.looked]
		g.looked++
		switch {
		case !r.begin():
			r.err = errWithdrawn
		case full != nil && !r.essential:
			r.err = full
		default:
			now = g.run(r, now)
		}
	}
}

// run runs one closure and keeps or undoes what it wrote.
func (g *group) run(r *request, start time.Time) time.Time {
	if g.failed = g.begin(); g.failed != nil {
		return start
	}
	r.tx = g.w.newTx(g.stats)
	g.current = r
	r.call()
	g.current = nil
	r.tx.end(r)
	g.w.noted(r.tx.engine)
	switch {
	case g.w.conn.AutocommitEnabled():
		g.open = false
		g.failed = cmp.Or(r.tx.engine, error(errRolledBack))
	case r.succeeded():
		g.failed = g.keep(r)
	default:
		g.failed = g.undo(r)
	}
	now := g.w.clock.Now()
	g.w.noteSlow(r, now.Sub(start))
	return now
}

func (w *writer) newTx(before onevent.Stats) *tx {
	return &tx{session: session{conn: w.conn}, clock: w.clock, counters: w.counters, cancelled: w.cancelled, before: before}
}

// begin opens the transaction before the first closure. A savepoint before each
// one, to undo it alone, would cost a copy of every page that it changes; closures
// that fail after they wrote are so rare that the group begins again with
// savepoints when there is one.
func (g *group) begin() error {
	if !g.open {
		if err := g.w.exec("BEGIN IMMEDIATE"); err != nil {
			return err
		}
		g.open = true
	}
	if !g.careful {
		return nil
	}
	return g.w.exec("SAVEPOINT closure")
}

func (g *group) keep(r *request) error {
	g.stats = sum(g.stats, r.tx.stats)
	g.wrote = true
	if !g.careful {
		return nil
	}
	return g.w.exec("RELEASE closure")
}

// undo undoes what a closure wrote that failed.
func (g *group) undo(r *request) error {
	switch {
	case g.careful:
	case !r.tx.wrote:
		return nil
	case g.looked == 1:
		g.rollback()
		return nil
	default:
		g.again()
		return nil
	}
	if err := g.w.exec("ROLLBACK TO closure"); err != nil {
		return err
	}
	return g.w.exec("RELEASE closure")
}

// again undoes the whole group and has its closures run once more, each in a
// savepoint.
func (g *group) again() {
	g.rollback()
	g.careful, g.looked, g.wrote, g.stats = true, 0, false, g.w.stats
}

// rollback ends the transaction; an engine that did so itself has nothing to
// add.
func (g *group) rollback() {
	if !g.w.conn.AutocommitEnabled() {
		if err := g.w.exec("ROLLBACK"); err != nil {
			g.w.log.Error("the store could not roll back", "error", err)
		}
	}
	g.open = false
}

// commit makes the group durable, with the marks of its counters and the
// statistics.
func (g *group) commit() {
	if g.failed == nil && g.wrote {
		g.failed = g.w.commit(g.stats)
	}
	if g.failed == nil && g.wrote {
		g.open = false
		g.w.stats = g.stats
		g.w.counters.saved()
		return
	}
	g.rollback()
}

// answer runs the effects in commit order and then lets the callers go.
func (g *group) answer() {
	if g.current != nil {
		g.abandon()
		return
	}
	g.w.noted(g.failed)
	answered := g.requests[:g.looked]
	g.w.putBack(g.requests[g.looked:])
	for _, r := range answered {
		switch {
		case !r.succeeded():
		case g.failed != nil:
			r.err = g.failed
		default:
			r.takeEffect()
		}
	}
	for _, r := range answered {
		close(r.done)
	}
}

// abandon answers the closure that ended the goroutine and puts all others
// back, which may run again.
func (g *group) abandon() {
	g.rollback()
	var rest []*request
	for _, r := range g.requests {
		if r == g.current {
			close(r.done)
		} else {
			rest = append(rest, r)
		}
	}
	g.w.putBack(rest)
}

// call runs fn and keeps how it ended.
func (r *request) call() {
	r.err, r.panic, r.exit = nil, nil, true
	defer func() {
		if r.exit {
			r.panic = recover()
			r.exit = r.panic == nil
		}
		if r.panic != nil {
			r.stack = debug.Stack()
		}
	}()
	r.err = r.fn(r.tx)
	r.exit = false
}

func (r *request) succeeded() bool { return r.err == nil && r.panic == nil && !r.exit }

// takeEffect runs what fn left to be done after the commit.
func (r *request) takeEffect() {
	defer func() {
		if p := recover(); p != nil {
			r.panic, r.stack = p, debug.Stack()
		}
	}()
	for _, f := range r.tx.onCommit {
		f()
	}
}

// end closes the transaction to its closure. An error of the engine counts
// even if the closure swallowed it.
func (t *tx) end(r *request) {
	t.engine = t.failed
	if r.err == nil {
		r.err = t.engine
	}
	t.failed = errOver
}

// name tells which closure fn is.
func (r *request) name() string {
	f := runtime.FuncForPC(reflect.ValueOf(r.fn).Pointer())
	return f.Name()
}
