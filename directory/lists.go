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
