// Package user has the methods that tell who calls.
// docs/protocol/methods-activities-calendar-users.md section 3 and
// docs/protocol/rest.md section 11.
package user

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/wire"
)

// Methods makes the methods.
func Methods() []rest.Method {
	return []rest.Method{
		{Name: "profile", Func: profile},
		{Name: "user.current", Scope: "user", Func: current},
	}
}

func profile(_ context.Context, c *rest.Call) (any, error) {
	u := c.User
	return wire.Map(
		wire.F("ID", id(u)),
		wire.F("ADMIN", wire.Bool(u.Admin)),
		wire.F("NAME", wire.String(u.Name)),
		wire.F("LAST_NAME", wire.String(u.LastName)),
		wire.F("PERSONAL_GENDER", wire.String("")),
		wire.F("TIME_ZONE", wire.String(u.TimeZone))), nil
}

func id(u *onevent.User) wire.Value { return wire.String(strconv.FormatInt(int64(u.ID), 10)) }

// level is the scope that a field needs at least; each contains those before it.
type level int

const (
	brief level = iota
	basic
	full
)

type userField struct {
	name  string
	level level
	value func(c *rest.Call) wire.Value
}

const stampLayout = "2006-01-02 15:04:05"

// userFields are those that a portal here knows of its users, and those that
// clients expect of every row.
var userFields = []userField{
	{"ID", brief, func(c *rest.Call) wire.Value { return id(c.User) }},
	{"ACTIVE", brief, func(c *rest.Call) wire.Value { return wire.Bool(c.User.Active) }},
	{"NAME", brief, func(c *rest.Call) wire.Value { return wire.String(c.User.Name) }},
	{"LAST_NAME", brief, func(c *rest.Call) wire.Value { return wire.String(c.User.LastName) }},
	{"EMAIL", basic, func(c *rest.Call) wire.Value { return wire.String(c.User.Email) }},
	{"LAST_LOGIN", full, blank},
	{"DATE_REGISTER", brief, registered},
	{"TIME_ZONE", brief, func(c *rest.Call) wire.Value { return wire.String(c.User.TimeZone) }},
	{"IS_ONLINE", brief, func(*rest.Call) wire.Value { return wire.String("Y") }},
	{"TIMESTAMP_X", brief, func(c *rest.Call) wire.Value { return stamp(c, c.User.CreatedAt) }},
	{"LAST_ACTIVITY_DATE", brief, func(c *rest.Call) wire.Value { return stamp(c, c.Now) }},
	{"PERSONAL_GENDER", brief, blank},
	{"PERSONAL_BIRTHDAY", brief, blank},
	{"WORK_POSITION", brief, blank},
	{"UF_EMPLOYMENT_DATE", brief, blank},
	{"UF_DEPARTMENT", brief, func(*rest.Call) wire.Value { return wire.List(wire.Int(1)) }},
	{"USER_TYPE", brief, func(*rest.Call) wire.Value { return wire.String("employee") }},
}

func blank(*rest.Call) wire.Value { return wire.String("") }

func registered(c *rest.Call) wire.Value {
	if c.User.CreatedAt.IsZero() {
		return wire.String("")
	}
	return wire.String(answer.Date(c.User.CreatedAt, c.Zone()))
}

func stamp(c *rest.Call, t time.Time) wire.Value {
	if t.IsZero() {
		return wire.String("")
	}
	return wire.String(t.In(c.Zone()).Format(stampLayout))
}

func current(_ context.Context, c *rest.Call) (any, error) {
	seen := levelOf(c.Scope)
	var row []wire.Field
	for _, f := range userFields {
		if f.level <= seen {
			row = append(row, wire.F(f.name, f.value(c)))
		}
	}
	return wire.Map(row...), nil
}

func levelOf(scope []string) level {
	switch {
	case slices.Contains(scope, "user"):
		return full
	case slices.Contains(scope, "user_basic"):
		return basic
	}
	return brief
}
