package directory

import (
	"cmp"
	"slices"

	"github.com/onevent/onevent"
)

// A portal's rows lie in lists in the order of what they are looked up by. Most
// portals have few of each; a map for each kind would take several times the memory,
// all of which the collector goes through.

type users []*onevent.User

func (u users) place(id onevent.UserID) (int, bool) {
	return slices.BinarySearchFunc(u, id, func(u *onevent.User, id onevent.UserID) int { return cmp.Compare(u.ID, id) })
}

// of finds a user; nil when there is none.
func (u users) of(id onevent.UserID) *onevent.User {
	if i, found := u.place(id); found {
		return u[i]
	}
	return nil
}

func (u *users) set(row *onevent.User) {
	i, found := u.place(row.ID)
	if found {
		(*u)[i] = row
		return
	}
	*u = slices.Insert(*u, i, row)
}

// standing are the installations that stand, one of an application at most.
type standing []*Installation

func (s standing) place(app onevent.ApplicationID) (int, bool) {
	return slices.BinarySearchFunc(s, app, func(i *Installation, app onevent.ApplicationID) int { return cmp.Compare(i.Application, app) })
}

// of finds the one of an application; nil when there is none.
func (s standing) of(app onevent.ApplicationID) *Installation {
	if i, found := s.place(app); found {
		return s[i]
	}
	return nil
}

// renew adds an installation, or takes it out when it stands no more.
func (s *standing) renew(row *Installation) {
	i, found := s.place(row.Application)
	switch {
	case row.Active() && found:
		(*s)[i] = row
	case row.Active():
		*s = slices.Insert(*s, i, row)
	case found && (*s)[i].ID == row.ID:
		*s = slices.Delete(*s, i, i+1)
	}
}

// ownerKey tells owners apart: exactly one of the two is set.
func ownerKey(o onevent.Owner) int64 {
	if o.Webhook != 0 {
		return -int64(o.Webhook)
	}
	return int64(o.Installation)
}

// handlerLists are handlers that stand, by a key that many can share.
type handlerLists[K cmp.Ordered] []handlersOf[K]

// handlersOf are those of a key, in the order of id. Readers keep the list, so what
// they see of it is never changed.
type handlersOf[K cmp.Ordered] struct {
	key  K
	list []*onevent.Handler
}

func (h handlerLists[K]) place(key K) (int, bool) {
	return slices.BinarySearchFunc(h, key, func(l handlersOf[K], key K) int { return cmp.Compare(l.key, key) })
}

func (h handlerLists[K]) of(key K) []*onevent.Handler {
	if i, found := h.place(key); found {
		return h[i].list
	}
	return nil
}

// renew puts a row into the list of its key, or takes it out when it has ended.
func (h *handlerLists[K]) renew(key K, row *onevent.Handler) {
	i, found := h.place(key)
	switch {
	case found:
		if list := renewed((*h)[i].list, row); len(list) > 0 {
			(*h)[i].list = list
		} else {
			*h = slices.Delete(*h, i, i+1)
		}
	case row.Stands():
		*h = slices.Insert(*h, i, handlersOf[K]{key, []*onevent.Handler{row}})
	}
}

// compact lays all lists into one piece of memory.
func (h *handlerLists[K]) compact() {
	n := 0
	for _, l := range *h {
		n += len(l.list)
	}
	all := make([]*onevent.Handler, 0, n)
	lists := slices.Clone(*h)
	for i, l := range lists {
		begin := len(all)
		all = append(all, l.list...)
		lists[i].list = all[begin:len(all):len(all)]
	}
	*h = lists
}

// renewed returns list with row in its place by id, or without it when it has ended.
// A new one, which has the highest id, costs no copy: readers see no more than their
// own length.
func renewed(list []*onevent.Handler, row *onevent.Handler) []*onevent.Handler {
	i, found := slices.BinarySearchFunc(list, row.ID, func(h *onevent.Handler, id onevent.HandlerID) int { return int(h.ID - id) })
	if i == len(list) && row.Stands() {
		return append(list, row)
	}
	out := make([]*onevent.Handler, 0, len(list)+1)
	out = append(out, list[:i]...)
	if row.Stands() {
		out = append(out, row)
	}
	if found {
		i++
	}
	return append(out, list[i:]...)
}
