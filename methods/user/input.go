package user

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// maxProfile bounds what a user's record keeps, in bytes: a list reads many.
const maxProfile = 16 << 10

// readProfile reads the fields of the profile that the caller gives.
func readProfile(c *rest.Call) (wire.Value, error) {
	var given []wire.Field
	for i := range fields {
		f := &fields[i]
		v, ok := c.Params.Fold(f.name)
		if !ok || !f.isInput() {
			continue
		}
		kept, ok := f.kept(v, c.Zone())
		if !ok {
			return wire.Value{}, errField(f.name)
		}
		given = append(given, wire.F(f.name, kept))
	}
	return wire.Map(given...), nil
}

// kept is a value as the record keeps it; null empties a field.
func (f *field) kept(v wire.Value, zone *time.Location) (wire.Value, bool) {
	switch {
	case f.kind == department:
		return keptDepartments(v)
	case f.kind == list && !v.IsScalar():
		return keptList(v)
	case v.IsNull():
		return wire.String(""), true
	case !v.IsScalar():
		return v, false
	case f.kind == date:
		return keptDay(v.Text(), zone)
	}
	return wire.String(v.Text()), true
}

func keptDepartments(v wire.Value) (wire.Value, bool) {
	var ids []wire.Value
	for _, item := range valuesOf(v) {
		if item.IsEmpty() {
			continue
		}
		id, ok := item.Int()
		if !ok || id <= 0 {
			return v, false
		}
		ids = append(ids, wire.Int(id))
	}
	return wire.List(ids...), true
}

func keptList(v wire.Value) (wire.Value, bool) {
	texts := []wire.Value{}
	for _, item := range v.Values() {
		if !item.IsScalar() {
			return v, false
		}
		texts = append(texts, wire.String(item.Text()))
	}
	if len(texts) == 0 {
		return wire.String(""), true
	}
	return wire.List(texts...), true
}

// keptDay keeps the day that was named, whatever hour and offset came with it.
func keptDay(value string, zone *time.Location) (wire.Value, bool) {
	if value == "" {
		return wire.String(""), true
	}
	m, ok := rest.ParseTime(value, zone)
	return wire.String(m.Time.Format(time.DateOnly)), ok
}

// readChange reads what the directory's row has of a user. An e-mail address
// that is given must be one.
func readChange(c *rest.Call) (change lifecycle.UserChange, err error) {
	r := textReader{call: c}
	change.Email = r.read("EMAIL")
	if change.Email != nil && !lifecycle.ValidEmail(*change.Email) {
		return change, errEmail
	}
	change.Name, change.LastName, change.TimeZone = r.read("NAME"), r.read("LAST_NAME"), r.read("TIME_ZONE")
	change.Gender = r.letter("PERSONAL_GENDER", "M", "F")
	if v := c.Param("ACTIVE"); v.IsScalar() && v.Text() != "" {
		active := v.Truthy()
		change.Active = &active
	}
	return change, r.err
}

// textReader reads parameters that are one text; err is the first fault.
type textReader struct {
	call *rest.Call
	err  error
}

// read gives nil for what is not given; null is the empty text.
func (r *textReader) read(name string) *string {
	v, ok := r.call.Params.Fold(name)
	if !ok {
		return nil
	}
	if !v.IsScalar() && !v.IsNull() {
		r.err = cmp.Or(r.err, errField(name))
	}
	given := strings.TrimSpace(v.Text())
	return &given
}

// letter reads one of the letters, in either case, or nothing.
func (r *textReader) letter(name string, letters ...string) *string {
	given := r.read(name)
	if given == nil {
		return nil
	}
	upper := strings.ToUpper(*given)
	if upper != "" && !slices.Contains(letters, upper) {
		r.err = cmp.Or(r.err, errField(name))
	}
	return &upper
}

// keptTime is when the profile was changed: now.
func keptTime(c *rest.Call) wire.Value { return wire.String(c.Now.UTC().Format(time.RFC3339)) }

// putProfile keeps a profile under the id of its user.
func putProfile(tx onevent.Tx, u *onevent.User, profile wire.Value) error {
	text := profile.AppendJSON(nil)
	if len(text) > maxProfile {
		return errProfileSize
	}
	return tx.PutRecord(onevent.Record{Portal: u.Portal, Kind: ObjectType, ID: int64(u.ID), Fields: text})
}
