package user

import (
	"errors"
	"strconv"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// person is a user with the rest of his profile.
type person struct {
	*onevent.User
	profile wire.Value // a map; empty for who never said more of himself
}

// given is a field of the profile; null when it was never set.
func (p person) given(name string) wire.Value {
	v, _ := p.profile.Get(name)
	return v
}

// Types of user.
const (
	employee = "employee"
	extranet = "extranet"
)

const (
	fieldType       = "USER_TYPE"
	fieldDepartment = "UF_DEPARTMENT"
	fieldChanged    = "TIMESTAMP_X"
)

func (p person) userType() string {
	if t := p.given(fieldType).Text(); t != "" {
		return t
	}
	return employee
}

// rootDepartment is where users are who were not made by user.add.
const rootDepartment = 1

func (p person) departments() []wire.Value {
	v := p.given(fieldDepartment)
	if v.IsNull() {
		return []wire.Value{wire.Int(rootDepartment)}
	}
	return v.Items()
}

func profileOf(r onevent.Record) (profile wire.Value, err error) {
	err = profile.UnmarshalJSON(r.Fields)
	return profile, err
}

// readPerson reads the rest of one profile.
func readPerson(r onevent.RecordReader, u *onevent.User) (person, error) {
	record, err := r.Record(u.Portal, ObjectType, int64(u.ID))
	if errors.Is(err, onevent.ErrNotFound) {
		return person{u, wire.Map()}, nil
	}
	if err != nil {
		return person{}, err
	}
	profile, err := profileOf(record)
	return person{u, profile}, err
}

// readPeople reads the rest of the profiles of users of one portal, in their
// order: page by page, for a query gives no more bytes than it is bounded to.
func readPeople(r onevent.RecordReader, portal onevent.PortalID, users []*onevent.User) ([]person, error) {
	profiles, err := readProfiles(r, portal, users)
	if err != nil {
		return nil, err
	}
	people := make([]person, len(users))
	for i, u := range users {
		people[i] = person{u, profiles[u.ID]}
	}
	return people, nil
}

// fewUsers are as many as one condition names; more are cheaper read with all.
const fewUsers = rest.PageSize

func readProfiles(r onevent.RecordReader, portal onevent.PortalID, users []*onevent.User) (map[onevent.UserID]wire.Value, error) {
	profiles := map[onevent.UserID]wire.Value{}
	q := onevent.Query{Portal: portal, Kind: ObjectType, Limit: len(users)}
	page := onevent.Page{More: len(users) > 0}
	for after := int64(0); page.More; {
		q.Where = append(onlyThese(users), idAbove(after))
		var err error
		if page, err = r.Query(q); err != nil {
			return nil, err
		}
		for _, record := range page.Records {
			if profiles[onevent.UserID(record.ID)], err = profileOf(record); err != nil {
				return nil, err
			}
			after = record.ID
		}
	}
	return profiles, nil
}

func onlyThese(users []*onevent.User) []onevent.Cond {
	if len(users) > fewUsers {
		return nil
	}
	cond := onevent.Cond{Field: onevent.FieldID, Op: onevent.OpIn, Number: true}
	for _, u := range users {
		cond.Values = append(cond.Values, idText(u.ID))
	}
	return []onevent.Cond{cond}
}

func idAbove(id int64) onevent.Cond {
	return onevent.Cond{Field: onevent.FieldID, Op: onevent.OpGreater, Number: true, Values: []string{strconv.FormatInt(id, 10)}}
}

func idText(id onevent.UserID) string { return strconv.FormatInt(int64(id), 10) }
