package sqlite

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/onevent/onevent"
	"zombiezen.com/go/sqlite"
)

const (
	// groupLimit bounds how many closures share a commit, and groupTime how
	// long they may take together.
	groupLimit = 512
	groupTime  = 20 * time.Millisecond
	// slowTime is from where a closure is logged.
	slowTime = 50 * time.Millisecond
	// patience is how long those that can wait do so for others.
	patience = 20 * time.Millisecond
)

// disk is the clock of what the disk takes, and of who shares it: whoever moves
// another clock waits for that all the same.
var disk onevent.SystemClock

// writer owns the one connection that writes. Its goroutine takes what waits,
// runs it in one transaction, commits and answers; what comes meanwhile is the
// next group. Nobody waits for a timer but those who said that they can.
type writer struct {
	conn      *sqlite.Conn
	clock     onevent.Clock
	log       *slog.Logger
	counters  *counters
	cancelled cancelled
	stats     onevent.Stats
	full      func() error       // refuses what is not essential
	noted     func(error)        // hears every error of the engine
	served    func(closures int) // called after each group

	mu      sync.Mutex
	arrived sync.Cond
	queue   []*request
	hurry   bool     // somebody in the queue does not wait for others, or has waited enough
	waiter  *request // whose patience is counted: the first in a queue of patient ones
	closing bool
	ended   chan struct{}
}

// submit puts a request into the queue.
func (w *writer) submit(r *request) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closing {
		return onevent.ErrClosed
	}
	w.queue = append(w.queue, r)
	switch {
	case !r.patient:
		w.rush()
	case len(w.queue) == 1:
		w.waiter = r
		disk.AfterFunc(patience, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.waiter == r {
				w.rush()
			}
		})
	}
	return nil
}

// rush has what is in the queue served.
func (w *writer) rush() {
	if len(w.queue) > 0 && !w.hurry {
		w.hurry = true
		w.arrived.Signal()
	}
}

// take waits for requests and takes up to groupLimit of them, oldest first.
// After close it gives the rest, then nothing.
func (w *writer) take() []*request {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.hurry && !w.closing {
		w.arrived.Wait()
	}
	n := min(len(w.queue), groupLimit)
	group := w.queue[:n:n]
	w.queue = w.queue[n:]
	w.hurry = len(w.queue) > 0
	w.waiter = nil
	return group
}

// putBack returns requests that were taken to the head of the queue.
func (w *writer) putBack(rest []*request) {
	if len(rest) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(append([]*request{}, rest...), w.queue...)
	w.rush()
}

// close lets the goroutine end once the queue is empty, and waits for that.
func (w *writer) close() {
	w.mu.Lock()
	w.closing = true
	w.arrived.Signal()
	w.mu.Unlock()
	<-w.ended
}

// run serves until close. When a closure ends the goroutine, as FailNow of a
// test does, another goroutine goes on.
func (w *writer) run() {
	finished := false
	defer func() {
		if finished {
			close(w.ended)
			return
		}
		go w.run()
	}()
	for {
		requests := w.take()
		if len(requests) == 0 {
			finished = true
			return
		}
		w.serve(requests)
		w.served(len(requests))
	}
}

// commit ends the group's transaction with the marks and statistics in it.
func (w *writer) commit(stats onevent.Stats) error {
	if err := w.counters.save(w.conn); err != nil {
		return translate(err)
	}
	if stats != w.stats {
		if err := w.saveStats(stats); err != nil {
			return translate(err)
		}
	}
	return w.exec("COMMIT")
}

func (w *writer) saveStats(st onevent.Stats) error {
	s := prepare(w.conn, `UPDATE stats SET events = ?, waiting = ?, delivered = ?, failed = ?, cancelled = ?`)
	s.int(st.Events)
	s.int(st.Waiting)
	s.int(st.Delivered)
	s.int(st.Failed)
	s.int(st.Cancelled)
	return s.run()
}

func (w *writer) exec(query string) error {
	s := prepare(w.conn, query)
	return translate(s.run())
}

// noteSlow tells the operator which closure kept the others waiting.
func (w *writer) noteSlow(r *request, took time.Duration) {
	if took > slowTime {
		w.log.Warn("slow closure of the store", "closure", r.name(), "took", took)
	}
	if r.panic != nil {
		w.log.Error("a closure of the store panicked", "closure", r.name(), "stack", string(r.stack))
	}
}

// tidy leaves the file by itself, without log and without spare numbers.
func (w *writer) tidy() error {
	err := errors.Join(w.counters.trim(w.conn), execScript(w.conn, "PRAGMA wal_checkpoint(TRUNCATE)"))
	return translate(err)
}
