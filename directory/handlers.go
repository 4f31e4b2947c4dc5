package directory

import (
	"cmp"
	"slices"

	"github.com/onevent/onevent"
)

// packed is a handler without pointers. There are more handlers than rows of all
// other kinds together: as they lie here, the collector passes them by, and they take
// less than half of the memory. What asks for one gets it unpacked.
type packed struct {
	id          onevent.HandlerID
	portal      onevent.PortalID
	owner       onevent.Owner
	user        onevent.UserID
	destination onevent.DestinationID
	created     int64 // milliseconds since 1970; 0: not
	ended       int64
	event       textID
	base        textID // where it is the portal's public URL
	disabled    textID
	endedBy     textID
	offline     bool
	platform    bool
	rare        bool // it has rareParts
}

func (h *packed) stands() bool { return h.ended == 0 }

// rareParts are what most handlers lack.
type rareParts struct {
	url       string // where it is not that of the destination
	connector string
	base      string // where it is not the portal's public URL
}

// place is where a handler lies.
type place int32

// handlerRows are the handlers of all portals.
type handlerRows struct {
	chunks [][]packed
	free   []place
	places map[onevent.HandlerID]place
	rare   map[onevent.HandlerID]rareParts
}

// chunkRows is how many rows are laid out at once.
const chunkRows = 1024

func newHandlerRows() handlerRows {
	return handlerRows{places: map[onevent.HandlerID]place{}, rare: map[onevent.HandlerID]rareParts{}}
}

func (r *handlerRows) at(p place) *packed { return &r.chunks[p/chunkRows][p%chunkRows] }

// of finds a row; nil when there is none.
func (r *handlerRows) of(id onevent.HandlerID) *packed {
	if p, ok := r.places[id]; ok {
		return r.at(p)
	}
	return nil
}

// put lays a row in its place, and says where that is.
func (r *handlerRows) put(row packed, rare rareParts) place {
	p, ok := r.places[row.id]
	if !ok {
		p = r.take()
		r.places[row.id] = p
	}
	if row.rare = rare != (rareParts{}); row.rare {
		r.rare[row.id] = rare
	} else {
		delete(r.rare, row.id)
	}
	*r.at(p) = row
	return p
}

func (r *handlerRows) take() place {
	if len(r.free) == 0 {
		first := place(len(r.chunks) * chunkRows)
		r.chunks = append(r.chunks, make([]packed, chunkRows))
		for p := first + chunkRows - 1; p >= first; p-- {
			r.free = append(r.free, p)
		}
	}
	last := len(r.free) - 1
	p := r.free[last]
	r.free = r.free[:last]
	return p
}

func (r *handlerRows) remove(id onevent.HandlerID) {
	p, ok := r.places[id]
	if !ok {
		return
	}
	*r.at(p) = packed{}
	r.free = append(r.free, p)
	delete(r.places, id)
	delete(r.rare, id)
}

// listed is a handler of a portal that stands.
type listed struct {
	event textID
	place place
}

// portalHandlers are the handlers of a portal that stand, by event and then by id.
type portalHandlers []listed

// order compares a listed handler with an event and an id.
func (r *handlerRows) order(l listed, event textID, id onevent.HandlerID) int {
	return cmp.Or(cmp.Compare(l.event, event), cmp.Compare(r.at(l.place).id, id))
}

func (h portalHandlers) find(r *handlerRows, row *packed) (int, bool) {
	return slices.BinarySearchFunc(h, row, func(l listed, row *packed) int { return r.order(l, row.event, row.id) })
}

func (h *portalHandlers) add(r *handlerRows, row *packed, at place) {
	if i, found := h.find(r, row); !found {
		*h = slices.Insert(*h, i, listed{row.event, at})
	}
}

func (h *portalHandlers) remove(r *handlerRows, row *packed) {
	if i, found := h.find(r, row); found {
		*h = slices.Delete(*h, i, i+1)
	}
}

// sort orders a list to which rows were appended.
func (h *portalHandlers) sort(r *handlerRows) {
	slices.SortFunc(*h, func(a, b listed) int { return r.order(a, b.event, r.at(b.place).id) })
	*h = slices.Clip(*h)
}

// ofEvent is the part of the list with one event.
func (h portalHandlers) ofEvent(event textID) portalHandlers {
	first, _ := slices.BinarySearchFunc(h, event, func(l listed, e textID) int { return cmp.Compare(l.event, e) })
	end := first
	for end < len(h) && h[end].event == event {
		end++
	}
	return h[first:end]
}

// setHandler puts a row into its place and into the list of its portal, where it
// stands only as long as the handler does.
func (d *Directory) setHandler(row *onevent.Handler) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.portals[row.Portal]
	if old := d.handlers.of(row.ID); old != nil {
		d.counted(old, -1)
		if p != nil && old.stands() {
			p.handlers.remove(&d.handlers, old)
		}
	}
	at := d.handlers.put(d.pack(row))
	now := d.handlers.at(at)
	d.counted(now, 1)
	d.ended.set(row)
	switch {
	case p == nil || !now.stands():
	case d.loading:
		p.handlers = append(p.handlers, listed{now.event, at})
	default:
		p.handlers.add(&d.handlers, now, at)
	}
}

func (d *Directory) counted(h *packed, n int) {
	if !h.stands() {
		return
	}
	d.count.Handlers += n
	if h.disabled != 0 {
		d.count.Disabled += n
	}
}

func (d *Directory) pack(row *onevent.Handler) (packed, rareParts) {
	rare := rareParts{url: row.URL, connector: row.Connector, base: row.Base}
	if to := d.destinations[row.Destination]; to != nil && to.URL == row.URL {
		rare.url = ""
	}
	base := textID(0)
	if p := d.portals[row.Portal]; p != nil && p.row.PublicURL == row.Base {
		rare.base, base = "", d.texts.id(row.Base)
	}
	return packed{
		id: row.ID, portal: row.Portal, owner: row.Owner, user: row.User, destination: row.Destination,
		created: onevent.Milliseconds(row.Created), ended: onevent.Milliseconds(row.Ended),
		event: d.texts.id(row.Event), base: base, disabled: d.texts.id(string(row.Disabled)), endedBy: d.texts.id(string(row.EndedBy)),
		offline: row.Offline, platform: row.Platform,
	}, rare
}

func (d *Directory) unpack(h *packed) onevent.Handler {
	row := onevent.Handler{
		ID: h.id, Portal: h.portal, Owner: h.owner, User: h.user, Destination: h.destination,
		Created: onevent.FromMilliseconds(h.created), Ended: onevent.FromMilliseconds(h.ended),
		Event: d.texts.of(h.event), Base: d.texts.of(h.base), Disabled: onevent.Verdict(d.texts.of(h.disabled)), EndedBy: onevent.Verdict(d.texts.of(h.endedBy)),
		Offline: h.offline, Platform: h.platform,
	}
	if to := d.destinations[h.destination]; to != nil {
		row.URL = to.URL
	}
	if h.rare {
		rare := d.handlers.rare[h.id]
		row.URL, row.Connector, row.Base = cmp.Or(rare.url, row.URL), rare.connector, cmp.Or(rare.base, row.Base)
	}
	return row
}

func (d *Directory) unpackAll(list portalHandlers) []*onevent.Handler {
	if len(list) == 0 {
		return nil
	}
	rows, out := make([]onevent.Handler, len(list)), make([]*onevent.Handler, len(list))
	for i, l := range list {
		rows[i] = d.unpack(d.handlers.at(l.place))
		out[i] = &rows[i]
	}
	return out
}

// Handlers lists the standing handlers of an event code on a portal, in the order of
// id.
func (d *Directory) Handlers(portal onevent.PortalID, event string) []*onevent.Handler {
	d.mu.RLock()
	defer d.mu.RUnlock()
	p, code := d.portals[portal], d.texts.ids[event]
	if p == nil || code == 0 {
		return nil
	}
	return d.unpackAll(p.handlers.ofEvent(code))
}

// HandlersOf lists the standing handlers of an owner, in the order of id. It looks at
// all of the portal.
func (d *Directory) HandlersOf(portal onevent.PortalID, owner onevent.Owner) []*onevent.Handler {
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.portals[portal]
	if p == nil {
		return nil
	}
	var own portalHandlers
	for _, l := range p.handlers {
		if d.handlers.at(l.place).owner == owner {
			own = append(own, l)
		}
	}
	slices.SortFunc(own, func(a, b listed) int { return cmp.Compare(d.handlers.at(a.place).id, d.handlers.at(b.place).id) })
	return d.unpackAll(own)
}

// Handler finds a handler, ended ones included; nil when there is none.
func (d *Directory) Handler(id onevent.HandlerID) *onevent.Handler {
	d.mu.RLock()
	defer d.mu.RUnlock()
	h := d.handlers.of(id)
	if h == nil {
		return nil
	}
	row := d.unpack(h)
	return &row
}
