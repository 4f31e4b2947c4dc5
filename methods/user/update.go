package user

import (
	"context"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// update is user.update. Administrators change everybody, others themselves.
func (m *methods) update(ctx context.Context, c *rest.Call) (any, error) {
	was, err := m.changeable(c)
	if err != nil {
		return nil, err
	}
	change, profile, err := readUpdate(c, was)
	if err != nil {
		return nil, err
	}
	_, err = m.Manager.ChangeUser(ctx, c.Portal.ID, was.ID, change, func(tx onevent.Tx, u *onevent.User) error {
		return mergeProfile(tx, u, profile)
	})
	if err != nil {
		return nil, errorOf(err, rest.ErrCore)
	}
	return true, nil
}

// changeable finds the user that is named, if the caller may change him.
func (m *methods) changeable(c *rest.Call) (*onevent.User, error) {
	id, ok := c.Param("ID").Int()
	if !ok || !c.User.Admin && id != int64(c.User.ID) {
		return nil, errDenied
	}
	u := m.Directory.User(c.Portal.ID, onevent.UserID(id))
	if u == nil {
		return nil, errDenied
	}
	return u, nil
}

// readUpdate leaves out what the caller may not change of himself.
func readUpdate(c *rest.Call, was *onevent.User) (lifecycle.UserChange, wire.Value, error) {
	change, err := readChange(c)
	if err != nil {
		return change, wire.Value{}, err
	}
	profile, err := readProfile(c)
	if err != nil {
		return change, profile, err
	}
	if !c.User.Admin {
		if change.Email != nil && !strings.EqualFold(*change.Email, was.Email) {
			return change, profile, errDenied
		}
		change.Active, profile = nil, profile.Without(fieldDepartment)
	}
	return change, profile.With(fieldChanged, keptTime(c)), nil
}

// mergeProfile changes what is given. An employee stays in a department.
func mergeProfile(tx onevent.Tx, u *onevent.User, given wire.Value) error {
	p, err := readPerson(tx, u)
	if err != nil {
		return err
	}
	p.profile = wire.Merge(p.profile, given)
	if p.userType() == employee && len(p.departments()) == 0 {
		return errNoDepartment
	}
	return putProfile(tx, u, p.profile)
}
