package dispatch

import "time"

// late is what tells how long a queue has been waiting for the server, and not for
// its destination.
type late struct {
	// free is since when the destination itself lets a head go, without a break; zero:
	// it does not.
	free time.Time
	// turn is since when the server's own limit has been what holds the queue back;
	// zero: it does not, or another gate does, or the queue has an attempt under way
	// and is not quick, so that it has its share. Guarded by turns.
	turn time.Time
	// page is since when a page has been wanted that is not read yet; zero: none is.
	page time.Time
}

func (l *late) hindered() { l.free = time.Time{} }

func (l *late) unhindered(now time.Time) {
	if l.free.IsZero() {
		l.free = now
	}
}

func (l *late) wantsPage(now time.Time) {
	if l.page.IsZero() {
		l.page = now
	}
}

// refused notes at whose gate the queue got no right to an attempt.
func (l *late) refused(byServer bool, now time.Time) {
	switch {
	case !byServer:
		l.turn = time.Time{}
	case l.turn.IsZero():
		l.turn = now
	}
}

// Survey is how all destinations fare at a moment.
type Survey struct {
	Lateness time.Duration // see Engine.Lateness
	Open     int           // destinations whose breaker is open
}

// Survey looks at every destination in memory, but at the head of its queue alone.
func (e *Engine) Survey(now time.Time) Survey {
	var s Survey
	for _, q := range e.all() {
		q.mu.Lock()
		if q.breaker.Open() {
			s.Open++
		}
		s.Lateness = max(s.Lateness, e.lateness(q, now))
		q.mu.Unlock()
	}
	return s
}

// Lateness is how long the oldest delivery has been due that its destination lets
// go: one that waits for the server itself, for its turn or to be read. What waits
// behind an open breaker, a pause, a rate, another delivery of its object, a
// disabled handler, or the limits of its destination, application or host is not
// late, nor what a slow destination has beside the attempts that it may make at
// once: it measures the server, and no handler.
func (e *Engine) Lateness(now time.Time) time.Duration { return e.Survey(now).Lateness }

func (e *Engine) lateness(q *queue, now time.Time) time.Duration {
	var since time.Time
	switch {
	case q.breaker.Open():
		return 0
	case len(q.ready) > 0:
		since = e.turns.heldSince(q)
	case q.flying < q.pace.Concurrency() && !now.Before(q.notBefore):
		since = q.late.page
	}
	if since.IsZero() {
		return 0
	}
	return max(0, now.Sub(since))
}

// heldSince is since when the oldest head of a queue has waited for the server's
// gate; zero: it does not.
func (t *turns) heldSince(q *queue) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	since := q.late.turn
	if since.IsZero() || q.late.free.IsZero() {
		return time.Time{}
	}
	for _, other := range [2]time.Time{q.late.free, q.ready[0].since} {
		if other.After(since) {
			since = other
		}
	}
	return since
}
