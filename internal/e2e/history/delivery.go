package history

// delivery is what came of one fact at one destination.
type delivery struct {
	key      Key
	fact     Fact
	must     bool // a handler that stood must get it
	attempts []*Attempt
}

// first is when its first attempt came; 0: none did.
func (d *delivery) first() int64 {
	if len(d.attempts) == 0 {
		return 0
	}
	return d.attempts[0].From
}

// succeeded is when it was first answered with a success; 0: never.
func (d *delivery) succeeded() int64 {
	for _, a := range d.attempts {
		if a.OK() {
			return a.To
		}
	}
	return 0
}

// deliveries are all that must have been made and all that came, of facts that
// are known.
func (h *History) deliveries() map[Key]*delivery {
	out := map[Key]*delivery{}
	for i := range h.Attempts {
		a := &h.Attempts[i]
		f, known := h.Facts[a.Fact]
		if !known {
			continue
		}
		d := out[a.Key]
		if d == nil {
			d = &delivery{key: a.Key, fact: f}
			out[a.Key] = d
		}
		d.attempts = append(d.attempts, a)
	}
	h.eachDue(func(f *Fact, at string, must bool) {
		key := Key{f.ID, at}
		if d := out[key]; d != nil {
			d.must = d.must || must
		} else if must {
			out[key] = &delivery{key: key, fact: *f, must: true}
		}
	})
	return out
}

// eachDue calls do for every fact and every destination that may get it.
func (h *History) eachDue(do func(f *Fact, destination string, must bool)) {
	type place struct{ portal, event string }
	handlers := map[place][]*Handler{}
	for i := range h.Handlers {
		p := place{h.Handlers[i].Portal, h.Handlers[i].Event}
		handlers[p] = append(handlers[p], &h.Handlers[i])
	}
	for _, f := range h.Facts {
		for _, one := range handlers[place{f.Portal, f.Event}] {
			if must, may := one.due(&f); may {
				do(&f, one.Destination, must)
			}
		}
	}
}

// Due is how many deliveries the handlers that stood must get of a fact at
// least, and at most.
func (h *History) Due(fact string) (least, most int) {
	f := h.Facts[fact]
	for i := range h.Handlers {
		must, may := h.Handlers[i].due(&f)
		if must {
			least++
		}
		if may {
			most++
		}
	}
	return least, most
}
