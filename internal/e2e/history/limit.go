package history

import (
	"cmp"
	"slices"
	"time"
)

// at are the attempts of each destination in each life, by their beginning.
func (h *History) at() map[string]map[int][]*Attempt {
	out := map[string]map[int][]*Attempt{}
	for i := range h.Attempts {
		a := &h.Attempts[i]
		if out[a.Destination] == nil {
			out[a.Destination] = map[int][]*Attempt{}
		}
		out[a.Destination][a.Life] = append(out[a.Destination][a.Life], a)
	}
	return out
}

// Concurrency lists moments at which more attempts went on at a destination
// than it allows. What a receiver sees of an attempt lies within what the
// sender sees, so nothing is listed wrongly; attempts that were abandoned or go
// on are not counted.
func Concurrency(h *History) []Violation {
	var out []Violation
	for name, lives := range h.at() {
		limit := h.Destinations[name].Concurrency
		if limit == 0 {
			continue
		}
		for _, list := range lives {
			if most, a := atOnce(list); most > limit {
				out = append(out, violation([]Key{a.Key}, "%d attempts at once at %s, which allows %d", most, name, limit))
			}
		}
	}
	return out
}

// MostAtOnce is the largest number of attempts that went on at a destination at
// one moment.
func (h *History) MostAtOnce(destination string) (most int) {
	for _, list := range h.at()[destination] {
		n, _ := atOnce(list)
		most = max(most, n)
	}
	return most
}

// atOnce is the largest number of attempts at one moment, and the last that
// began then.
func atOnce(list []*Attempt) (most int, last *Attempt) {
	var open []int64 // ends of what goes on
	for _, a := range list {
		if a.Abandoned || a.To == 0 {
			continue
		}
		open = slices.DeleteFunc(open, func(end int64) bool { return end < a.From })
		open = append(open, a.To)
		if len(open) > most {
			most, last = len(open), a
		}
	}
	return most, last
}

// delay is how long a sender may need on a busy machine between the decision to
// send and the time that it writes into the request.
const delay = time.Second

// Rate lists where a destination got more than its rate and burst allow: since
// the life began, which is exact, and between any two attempts by the sender's
// clock, with room for its seconds and for a delay.
func Rate(h *History) []Violation {
	var out []Violation
	for name, lives := range h.at() {
		d := h.Destinations[name]
		if d.Rate == 0 {
			continue
		}
		for life, list := range lives {
			if a := d.sinceStart(list, h.Lives[life]); a != nil {
				out = append(out, violation([]Key{a.Key}, "too many attempts at %s since life %d began", name, life))
			}
			if a := d.betweenStamps(list); a != nil {
				out = append(out, violation([]Key{a.Key}, "too many attempts within a time at %s in life %d", name, life))
			}
		}
	}
	return out
}

func (d Destination) burst() float64 {
	if d.Burst > 0 {
		return float64(d.Burst)
	}
	return max(d.Rate, 1)
}

func (d Destination) sinceStart(list []*Attempt, start time.Time) *Attempt {
	for i, a := range list {
		if float64(i+1) > d.burst()+d.Rate*a.At.Sub(start).Seconds() {
			return a
		}
	}
	return nil
}

// betweenStamps looks for attempts i and j with more between them than was
// allowed: j-i+1 > burst + rate*(stamp j - stamp i + 1 s + delay).
func (d Destination) betweenStamps(list []*Attempt) *Attempt {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *Attempt) int { return cmp.Compare(a.Stamp, b.Stamp) })
	allowed := d.burst() + d.Rate*(1+delay.Seconds())
	var least float64
	for i, a := range list {
		at := float64(i) - d.Rate*float64(a.Stamp-list[0].Stamp)
		least = min(least, at)
		if at-least+1 > allowed {
			return a
		}
	}
	return nil
}

// Pauses lists attempts that came while their destination had asked to be left
// alone, in the same life. What was on its way when it asked may come within
// the delay.
func Pauses(h *History) []Violation {
	var out []Violation
	for name, lives := range h.at() {
		for _, list := range lives {
			for i, asked := range list {
				if asked.Pause <= delay || asked.Abandoned {
					continue
				}
				for _, a := range list[i+1:] {
					since := a.At.Sub(asked.Over)
					if since >= asked.Pause {
						break
					}
					if since > delay {
						out = append(out, violation([]Key{asked.Key, a.Key}, "%s came to %s %v after a pause of %v was asked for", a.Fact, name, since, asked.Pause))
					}
				}
			}
		}
	}
	return out
}

// Outage is a time in which everything at a destination failed.
type Outage struct {
	Destination string
	Span
	Most int // attempts that may come in it
}

// Rare lists outages in which more attempts came than may.
func Rare(h *History, outages []Outage) []Violation {
	var out []Violation
	for _, o := range outages {
		if n := h.Within(o.Destination, o.Span); n > o.Most {
			out = append(out, violation(nil, "%d attempts came to %s while everything failed there, at most %d are allowed", n, o.Destination, o.Most))
		}
	}
	return out
}

// Within counts the attempts that began at a destination in a span.
func (h *History) Within(destination string, s Span) (n int) {
	for i := range h.Attempts {
		if a := &h.Attempts[i]; a.Destination == destination && a.From > s.From && (s.To == 0 || a.From < s.To) {
			n++
		}
	}
	return n
}

// Safety is what must hold at every moment, of what has come so far.
func Safety(h *History) []Violation {
	var out []Violation
	for _, check := range []func(*History) []Violation{Strangers, Miscounted, Identities, Repeats, Order, Concurrency, Rate, Pauses} {
		out = append(out, check(h)...)
	}
	return out
}
