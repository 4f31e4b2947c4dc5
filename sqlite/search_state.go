package sqlite

import (
	"slices"

	"github.com/onevent/onevent"
)

// stateFilter finds deliveries by their state. It changes after a delivery was
// indexed, so it has indexes of its own: of what waits for a destination, and of
// what failed or was cancelled. What was delivered is the rest.
type stateFilter struct {
	wanted [4]bool
	// destination is the one that the deliveries are for; 0: any.
	destination onevent.DestinationID
}

// newStateFilter is nil when every state will do.
func newStateFilter(f *onevent.DeliverySearch) *stateFilter {
	states := f.States
	if f.Verdict != "" {
		ended := []onevent.State{onevent.StateFailed, onevent.StateCancelled}
		states = slices.DeleteFunc(ended, func(s onevent.State) bool {
			return len(f.States) > 0 && !slices.Contains(f.States, s)
		})
	} else if len(states) == 0 {
		return nil
	}
	s := &stateFilter{destination: f.Destination}
	for _, state := range states {
		if int(state) < len(s.wanted) {
			s.wanted[state] = true
		}
	}
	return s
}

func (f *stateFilter) onlyWaiting() bool {
	return f != nil && f.wanted == [4]bool{onevent.StateWaiting: true}
}

// few candidates are looked at one by one.
const few = 32

// narrow keeps the candidates in a state that is wanted, as far as an index tells.
func (f *stateFilter) narrow(q *session, p part, ids []int64, all bool) ([]int64, bool, error) {
	if !all && len(ids) <= few {
		return ids, false, nil
	}
	if f.wanted[onevent.StateDelivered] || f.wanted[onevent.StateWaiting] && f.destination == 0 {
		return f.leaveOut(q, p, ids, all)
	}
	var wanted []int64
	for state, is := range f.wanted {
		if !is {
			continue
		}
		found, err := f.inState(q, p, onevent.State(state))
		if err != nil {
			return nil, false, err
		}
		wanted = append(wanted, found...)
	}
	slices.Sort(wanted)
	if all {
		return wanted, false, nil
	}
	return intersect(ids, wanted), false, nil
}

// leaveOut takes out those in a state that is not wanted.
func (f *stateFilter) leaveOut(q *session, p part, ids []int64, all bool) ([]int64, bool, error) {
	if all {
		return nil, true, nil
	}
	for state, is := range f.wanted {
		state := onevent.State(state)
		if is || state == onevent.StateDelivered || state == onevent.StateWaiting && f.destination == 0 {
			continue
		}
		found, err := f.inState(q, p, state)
		if err != nil {
			return nil, false, err
		}
		ids = without(ids, found)
	}
	return ids, false, nil
}

// inState reads which deliveries of a part are in a state that is not delivered.
func (f *stateFilter) inState(q *session, p part, state onevent.State) (ids []int64, err error) {
	var s stmt
	if state == onevent.StateWaiting {
		s = q.prepare(`SELECT id FROM delivery WHERE state = 0 AND destination = ? AND seq BETWEEN ? AND ? ORDER BY seq`)
		s.int(int64(f.destination))
	} else {
		s = q.prepare(`SELECT id FROM delivery INDEXED BY delivery_ended
			WHERE state IN (2, 3) AND state = ? AND id BETWEEN ? AND ? ORDER BY id`)
		s.int(int64(state))
	}
	s.int(p.first)
	s.int(p.last)
	for s.next() {
		ids = append(ids, s.readInt())
	}
	return ids, s.err
}

// runWaiting finds what waits, in the order of the queues of all destinations that
// it may wait for.
func (s *search) runWaiting(f *onevent.DeliverySearch) error {
	if err := s.prepareAll(); err != nil {
		return err
	}
	defer s.forget(s.one)
	destinations, err := s.waitingDestinations(f)
	if err != nil {
		return err
	}
	low, high, err := s.bounds()
	if err != nil {
		return err
	}
	for s.looked = s.after; ; {
		ids, err := s.waitingPage(f, destinations, low, high)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if s.done() {
				return nil
			}
			if err := s.look(id); err != nil {
				return err
			}
		}
		if s.done() || len(ids) == 0 {
			return nil
		}
	}
}

// bounds are the identities between which the events of a time lie.
func (s *search) bounds() (low, high int64, err error) {
	after := s.after
	s.after = 0
	parts, err := s.parts()
	s.after = after
	if err != nil || len(parts) == 0 {
		return 1, 0, err
	}
	a, b := parts[0], parts[len(parts)-1]
	return min(a.first, b.first), max(a.last, b.last), nil
}

// waitingDestinations are those for which something waits that a search may mean.
func (s *search) waitingDestinations(f *onevent.DeliverySearch) (all []int64, err error) {
	if f.Destination != 0 {
		return []int64{int64(f.Destination)}, nil
	}
	for at := int64(0); ; {
		q := s.prepare(`SELECT d.destination, d.portal, ifnull(i.application, 0) FROM delivery d
			LEFT JOIN handler h ON h.id = d.handler LEFT JOIN installation i ON i.id = h.installation
			WHERE d.state = 0 AND d.destination > ? ORDER BY d.destination LIMIT 1`)
		q.int(at)
		found := false
		for q.next() {
			found = true
			at = q.readInt()
			portal, application := q.readInt(), q.readInt()
			if (f.Portal == 0 || portal == int64(f.Portal)) && (f.Application == 0 || application == int64(f.Application)) {
				all = append(all, at)
			}
		}
		if q.err != nil || !found {
			return all, q.err
		}
	}
}

// waitingPage are the next that wait for any of the destinations.
func (s *search) waitingPage(f *onevent.DeliverySearch, destinations []int64, low, high int64) (page []int64, err error) {
	if s.looked != 0 && s.oldest {
		low = max(low, s.looked+1)
	} else if s.looked != 0 {
		high = min(high, s.looked-1)
	}
	query := `SELECT id FROM delivery WHERE state = 0 AND destination = ? AND seq BETWEEN ? AND ?`
	if f.Handler != 0 {
		query += ` AND handler = ?`
	}
	if query += ` ORDER BY seq`; !s.oldest {
		query += ` DESC`
	}
	size := s.limit + 1
	for _, d := range destinations {
		q := s.prepare(query + ` LIMIT ?`)
		q.int(d)
		q.int(low)
		q.int(high)
		if f.Handler != 0 {
			q.int(int64(f.Handler))
		}
		q.int(int64(size))
		for q.next() {
			page = append(page, q.readInt())
		}
		if q.err != nil {
			return nil, q.err
		}
		if len(page) > 8*size {
			page = s.firstOf(page, size)
		}
	}
	return s.firstOf(page, size), nil
}

// firstOf keeps the first of a page in the order of the search.
func (s *search) firstOf(page []int64, size int) []int64 {
	slices.Sort(page)
	if !s.oldest {
		slices.Reverse(page)
	}
	return page[:min(len(page), size)]
}
