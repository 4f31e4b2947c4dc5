package history

// Lost lists deliveries that had to be made and of which nothing is left: no
// success came, and the server has no fair end for them. It is asked when all
// is settled.
func Lost(h *History) []Violation {
	var out []Violation
	for key, d := range h.deliveries() {
		if !d.must || d.succeeded() != 0 {
			continue
		}
		end, ended := h.Ends[key]
		switch {
		case !ended:
			out = append(out, violation([]Key{key}, "%s was acknowledged and is lost at %s", key.Fact, key.Destination))
		case !h.fair(d, end):
			out = append(out, violation([]Key{key}, "%s at %s ended as %s %q after %d attempts, without a reason",
				key.Fact, key.Destination, end.State, end.Verdict, end.Attempts))
		}
	}
	return out
}

// fair says whether a delivery may end so: failed when its retries are used up,
// cancelled when something of its handler ended.
func (h *History) fair(d *delivery, end End) bool {
	switch end.State {
	case "failed":
		return end.Attempts > h.Destinations[d.key.Destination].Retries
	case "cancelled":
		return h.MayBeCancelled(d.key)
	}
	return false
}

// MayBeCancelled says that something of the delivery's handler ended after its
// fact was asked for.
func (h *History) MayBeCancelled(key Key) bool {
	f := h.Facts[key.Fact]
	for i := range h.Handlers {
		one := &h.Handlers[i]
		if _, may := one.due(&f); may && one.Destination == key.Destination && one.cancels(&f) {
			return true
		}
	}
	return false
}

// Strangers lists attempts that nobody asked for: of facts that were not
// published, or at destinations where no handler may have stood for them.
func Strangers(h *History) []Violation {
	allowed := map[Key]bool{}
	h.eachDue(func(f *Fact, at string, _ bool) { allowed[Key{f.ID, at}] = true })
	var out []Violation
	for i := range h.Attempts {
		if a := &h.Attempts[i]; !allowed[a.Key] {
			out = append(out, violation([]Key{a.Key}, "%s came to %s, for which nothing was bound", a.Fact, a.Destination))
		}
	}
	return out
}

// Miscounted lists facts whose publisher was told another number of deliveries
// than there were handlers.
func Miscounted(h *History) []Violation {
	var out []Violation
	for id, f := range h.Facts {
		if f.Counted == nil {
			continue
		}
		if least, most := h.Due(id); *f.Counted < least || *f.Counted > most {
			out = append(out, violation(nil, "%s has %d deliveries as answered, and %d to %d handlers", id, *f.Counted, least, most))
		}
	}
	return out
}

// Identities lists deliveries whose attempts have not one webhook-id, and
// webhook-ids that more than one delivery has.
func Identities(h *History) []Violation {
	ids, keys := map[Key]string{}, map[string]Key{}
	var out []Violation
	for i := range h.Attempts {
		a := &h.Attempts[i]
		if a.Delivery == "" {
			out = append(out, violation([]Key{a.Key}, "an attempt of %s at %s has no webhook-id", a.Fact, a.Destination))
			continue
		}
		if id, seen := ids[a.Key]; seen && id != a.Delivery {
			out = append(out, violation([]Key{a.Key}, "%s at %s has the webhook-ids %s and %s", a.Fact, a.Destination, id, a.Delivery))
		}
		if key, seen := keys[a.Delivery]; seen && key != a.Key {
			out = append(out, violation([]Key{a.Key, key}, "webhook-id %s is that of %v and of %v", a.Delivery, key, a.Key))
		}
		ids[a.Key], keys[a.Delivery] = a.Delivery, a.Key
	}
	return out
}

// Repeats lists attempts that followed a success although the server lived on,
// and attempts of what was settled when the server said that all was.
func Repeats(h *History) []Violation {
	var out []Violation
	for key, d := range h.deliveries() {
		_, ended := h.Ends[key]
		for i, a := range d.attempts {
			for _, earlier := range d.attempts[:i] {
				if earlier.OK() && earlier.Life == a.Life && earlier.To < a.From {
					out = append(out, violation([]Key{key}, "%s came to %s again after a success in one life of the server", key.Fact, key.Destination))
				}
			}
			done := d.succeeded()
			for _, q := range h.Quiet {
				if a.From > q && (done != 0 && done < q || ended && d.first() < q) {
					out = append(out, violation([]Key{key}, "%s came to %s again after all was settled at %d", key.Fact, key.Destination, q))
				}
			}
		}
	}
	return out
}
