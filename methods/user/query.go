package user

import (
	"slices"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
)

// query selects a page of the users of a portal.
type query struct {
	call          *rest.Call
	where         []condition // all must hold
	order         []order     // then by ID
	wantsProfiles bool        // where asks for what the directory does not know
}

// condition says whether a person is among those looked for.
type condition func(person) bool

type order struct {
	field *field
	desc  bool
}

// run gives the page and how many there are on all pages. Profiles are read of
// everybody only where they decide who is on the page.
func (q *query) run(r onevent.RecordReader, users []*onevent.User) (page []person, total int, err error) {
	if !q.needsProfiles() {
		all := q.sorted(q.matching(withoutProfiles(users)))
		page, err = readPeople(r, q.call.Portal.ID, usersOf(q.pageOf(all)))
		return page, len(all), err
	}
	people, err := readPeople(r, q.call.Portal.ID, users)
	if err != nil {
		return nil, 0, err
	}
	all := q.sorted(q.matching(people))
	return q.pageOf(all), len(all), nil
}

func (q *query) needsProfiles() bool {
	return q.wantsProfiles || slices.ContainsFunc(q.order, func(o order) bool { return !o.field.bare })
}

func withoutProfiles(users []*onevent.User) []person {
	people := make([]person, len(users))
	for i, u := range users {
		people[i] = person{User: u}
	}
	return people
}

func usersOf(people []person) []*onevent.User {
	users := make([]*onevent.User, len(people))
	for i, p := range people {
		users[i] = p.User
	}
	return users
}

func (q *query) matching(people []person) []person {
	return slices.DeleteFunc(people, func(p person) bool {
		return slices.ContainsFunc(q.where, func(holds condition) bool { return !holds(p) })
	})
}

func (q *query) pageOf(all []person) []person {
	from := min(q.call.Offset(), len(all))
	return all[from:min(from+rest.PageSize, len(all))]
}

// ranked is a person with what he is sorted by.
type ranked struct {
	person
	keys []key
}

// sorted orders people who come in the order of ID.
func (q *query) sorted(people []person) []person {
	list := make([]ranked, len(people))
	for i, p := range people {
		list[i] = ranked{p, q.keysOf(p)}
	}
	slices.SortStableFunc(list, q.compare)
	for i, r := range list {
		people[i] = r.person
	}
	return people
}

func (q *query) keysOf(p person) []key {
	keys := make([]key, len(q.order))
	for i, o := range q.order {
		keys[i] = o.field.keys(q.call, p)[0]
	}
	return keys
}

func (q *query) compare(a, b ranked) int {
	for i, o := range q.order {
		n := a.keys[i].compare(b.keys[i])
		if o.desc {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return 0
}
