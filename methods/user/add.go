package user

import (
	"cmp"
	"context"
	"slices"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// add is user.add. The user is there at once: nobody is invited by mail.
func (m *methods) add(ctx context.Context, c *rest.Call) (any, error) {
	request, profile, err := readUser(c)
	if err != nil {
		return nil, err
	}
	user, err := m.Manager.CreateUser(ctx, c.Portal.ID, request, func(tx onevent.Tx, u *onevent.User) error {
		if err := putProfile(tx, u, profile); err != nil {
			return err
		}
		return m.tell(tx, c, person{u, profile})
	})
	if err != nil {
		return nil, errorOf(err, func(text string) *rest.Error { return rest.ErrArgument("", text) })
	}
	return user.ID, nil
}

// readUser makes the checks in the order of the page's table.
func readUser(c *rest.Call) (lifecycle.UserRequest, wire.Value, error) {
	var request lifecycle.UserRequest
	if !c.User.Admin {
		return request, wire.Value{}, errDenied
	}
	change, err := readChange(c)
	if change.Email == nil {
		err = cmp.Or(err, error(errEmail))
	}
	typ, wrongType := readType(c)
	profile, wrongField := readProfile(c)
	if err := cmp.Or(err, wrongType, wrongField); err != nil {
		return request, profile, err
	}
	if typ == extranet {
		profile = profile.With(fieldDepartment, wire.List())
	}
	return requestOf(change), profile.With(fieldType, wire.String(typ)).With(fieldChanged, keptTime(c)), nil
}

func requestOf(change lifecycle.UserChange) lifecycle.UserRequest {
	return lifecycle.UserRequest{
		Email: said(change.Email), Name: said(change.Name), LastName: said(change.LastName),
		Gender: said(change.Gender), TimeZone: said(change.TimeZone),
		Inactive: change.Active != nil && !*change.Active,
	}
}

func said(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// readType tells employees, who have departments, from guests, who have groups.
func readType(c *rest.Call) (string, error) {
	departments, groups, guest := c.Param(fieldDepartment), c.Param("SONET_GROUP_ID"), c.Param("EXTRANET").Truthy()
	hasDepartment, hasGroup := isGiven(departments), isGiven(groups)
	switch {
	case !guest && hasDepartment:
		return employee, nil
	case !guest && !hasGroup:
		return "", errNoDepartment
	case !hasGroup:
		return "", errNoGroup
	}
	return extranet, checkGroups(groups)
}

func isGiven(v wire.Value) bool {
	return slices.ContainsFunc(valuesOf(v), func(item wire.Value) bool { return !item.IsEmpty() })
}

// checkGroups takes any positive number for a group.
func checkGroups(groups wire.Value) error {
	for _, v := range valuesOf(groups) {
		if id, ok := v.Int(); !ok || id <= 0 {
			return errWrongGroup
		}
	}
	return nil
}
