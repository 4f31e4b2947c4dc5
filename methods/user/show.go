package user

import (
	"time"

	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/wire"
)

func idOf(_ *rest.Call, p person) wire.Value       { return wire.String(idText(p.ID)) }
func activeOf(_ *rest.Call, p person) wire.Value   { return wire.Bool(p.Active) }
func nameOf(_ *rest.Call, p person) wire.Value     { return wire.String(p.Name) }
func lastNameOf(_ *rest.Call, p person) wire.Value { return wire.String(p.LastName) }
func genderOf(_ *rest.Call, p person) wire.Value   { return wire.String(p.Gender) }
func emailOf(_ *rest.Call, p person) wire.Value    { return wire.String(p.Email) }
func timeZoneOf(_ *rest.Call, p person) wire.Value { return wire.String(p.TimeZone) }
func typeOf(_ *rest.Call, p person) wire.Value     { return wire.String(p.userType()) }
func blank(*rest.Call, person) wire.Value          { return wire.String("") }

func departmentsOf(_ *rest.Call, p person) wire.Value { return wire.List(p.departments()...) }

func registeredOf(c *rest.Call, p person) wire.Value {
	if p.CreatedAt.IsZero() {
		return wire.String("")
	}
	return wire.String(answer.Date(p.CreatedAt, c.Zone()))
}

// onlineOf knows of the caller alone that he is there.
func onlineOf(c *rest.Call, p person) wire.Value {
	if p.ID == c.User.ID {
		return wire.String("Y")
	}
	return wire.String("N")
}

func lastActivityOf(c *rest.Call, p person) wire.Value {
	if p.ID == c.User.ID {
		return stamp(c, c.Now)
	}
	return wire.String("")
}

// changedOf is when the profile was changed, or else made.
func changedOf(c *rest.Call, p person) wire.Value {
	if t, err := time.Parse(time.RFC3339, p.given(fieldChanged).Text()); err == nil {
		return stamp(c, t)
	}
	return stamp(c, p.CreatedAt)
}

const stampLayout = "2006-01-02 15:04:05"

func stamp(c *rest.Call, t time.Time) wire.Value {
	if t.IsZero() {
		return wire.String("")
	}
	return wire.String(t.In(c.Zone()).Format(stampLayout))
}

// offsetOf is how many seconds the user's zone is before the portal's; null for
// who has no zone of his own.
func offsetOf(c *rest.Call, p person) wire.Value {
	zone, ok := rest.LoadZone(p.TimeZone)
	if !ok {
		return wire.Null()
	}
	_, own := c.Now.In(zone).Zone()
	_, portals := c.Now.In(c.Zone()).Zone()
	return wire.Int(int64(own - portals))
}

// shownDay prints a day as the moment at which it begins on the portal.
func shownDay(c *rest.Call, day string) wire.Value {
	t, err := time.ParseInLocation(time.DateOnly, day, c.Zone())
	if err != nil {
		return wire.String("")
	}
	return wire.String(answer.Date(t, c.Zone()))
}
