package history

import (
	"cmp"
	"math"
	"slices"
)

// group is what keeps one order: an object at a destination, or all of it.
type group struct{ destination, object string }

// Order lists first attempts that came before it was their turn, and attempts
// that went beside another of their group. A first attempt's turn has come when
// all that was committed before it in its group was answered with a success, or
// has ended otherwise (History.Ends).
func Order(h *History) []Violation {
	var out []Violation
	for _, members := range h.groups() {
		out = append(out, h.turns(members)...)
		out = append(out, inOneRequest(h, members)...)
		out = append(out, overlaps(members)...)
	}
	return out
}

// groups are all deliveries that keep an order.
func (h *History) groups() map[group][]*delivery {
	groups := map[group][]*delivery{}
	for key, d := range h.deliveries() {
		switch h.Destinations[key.Destination].Order {
		case OrderAll:
			g := group{key.Destination, ""}
			groups[g] = append(groups[g], d)
		case OrderObject:
			if d.fact.Object != "" {
				g := group{key.Destination, d.fact.Portal + " " + d.fact.Object}
				groups[g] = append(groups[g], d)
			}
		}
	}
	return groups
}

// inOrder sorts deliveries by when their facts were asked for.
func inOrder(members []*delivery) []*delivery {
	list := slices.Clone(members)
	slices.SortFunc(list, func(a, b *delivery) int {
		return cmp.Or(cmp.Compare(a.fact.From, b.fact.From), cmp.Compare(a.fact.Place, b.fact.Place))
	})
	return list
}

// precedes reports whether f was certainly committed before o.
func (f *Fact) precedes(o *Fact) bool {
	return f.Span.Before(o.Span) || f.From == o.From && f.Place < o.Place
}

// never is the tick of what has not happened.
const never = math.MaxInt64

// done is the tick after which what follows may go.
func (h *History) done(d *delivery) int64 {
	if tick := d.succeeded(); tick != 0 {
		return tick
	}
	if _, ended := h.Ends[d.key]; !ended {
		return never
	}
	if len(d.attempts) > 0 {
		// A crash can repeat a delivery that had failed: only its first attempt
		// was before what follows.
		return d.attempts[0].To
	}
	return 0
}

// turns compares each with everything that was known before it was asked for.
func (h *History) turns(members []*delivery) []Violation {
	earlier := slices.Clone(members)
	slices.SortFunc(earlier, func(a, b *delivery) int { return cmp.Compare(known(a), known(b)) })
	later := slices.Clone(members)
	slices.SortFunc(later, func(a, b *delivery) int { return cmp.Compare(a.fact.From, b.fact.From) })
	var out []Violation
	var latest *delivery
	next := 0
	for _, d := range later {
		for ; next < len(earlier) && known(earlier[next]) < d.fact.From; next++ {
			if latest == nil || h.done(earlier[next]) > h.done(latest) {
				latest = earlier[next]
			}
		}
		out = h.judge(out, latest, d)
	}
	return out
}

func known(d *delivery) int64 {
	if d.fact.To == 0 {
		return never
	}
	return d.fact.To
}

// judge adds a violation when d was attempted before earlier was done.
func (h *History) judge(out []Violation, earlier, d *delivery) []Violation {
	if earlier == nil || d.first() == 0 || h.done(earlier) < d.first() {
		return out
	}
	return append(out, violation([]Key{earlier.key, d.key}, "%s came to %s at %d, before %s was done",
		d.key.Fact, d.key.Destination, d.first(), earlier.key.Fact))
}

// inOneRequest compares facts of one request by their places.
func inOneRequest(h *History, members []*delivery) []Violation {
	list := inOrder(members)
	var out []Violation
	for i := 1; i < len(list); i++ {
		if list[i-1].fact.From == list[i].fact.From {
			out = h.judge(out, list[i-1], list[i])
		}
	}
	return out
}

// overlaps lists attempts that began while another of the group went on.
func overlaps(members []*delivery) []Violation {
	var all []*Attempt
	for _, d := range members {
		for _, a := range d.attempts {
			if !a.Abandoned && a.To != 0 {
				all = append(all, a)
			}
		}
	}
	slices.SortFunc(all, func(a, b *Attempt) int { return cmp.Compare(a.From, b.From) })
	var out []Violation
	for i := 1; i < len(all); i++ {
		if before, a := all[i-1], all[i]; before.Life == a.Life && a.From < before.To {
			out = append(out, violation([]Key{before.Key, a.Key}, "%s came to %s while %s went on", a.Fact, a.Destination, before.Fact))
		}
	}
	return out
}

// Resettled lists deliveries that were made again after a crash although a later
// one of their group, which had succeeded before, was not: then the success of
// the later was written down before theirs. It is asked when all is settled.
func Resettled(h *History) []Violation {
	var out []Violation
	for _, members := range h.groups() {
		list := inOrder(members)
		for i := 1; i < len(list); i++ {
			earlier, later := list[i-1], list[i]
			if !earlier.fact.precedes(&later.fact) || later.succeeded() == 0 {
				continue
			}
			again := earlier.attempts[max(0, len(earlier.attempts)-1):]
			if len(again) == 1 && again[0].From > later.succeeded() && later.attempts[len(later.attempts)-1].From < again[0].From {
				out = append(out, violation([]Key{earlier.key, later.key}, "%s came to %s again at %d, after %s that is behind it, which did not come again",
					earlier.key.Fact, earlier.key.Destination, again[0].From, later.key.Fact))
			}
		}
	}
	return out
}
