package user

import (
	"slices"
	"strings"

	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// level is the scope that a field needs at least; each contains those before it.
type level int

const (
	brief level = iota
	basic
	full
)

func levelOf(scope []string) level {
	switch {
	case slices.Contains(scope, "user"):
		return full
	case slices.Contains(scope, "user_basic"):
		return basic
	}
	return brief
}

// kind is how a field is kept, shown and compared.
type kind int

const (
	text       kind = iota // empty when it was never set
	optional               // text that is left out when it was never set
	date                   // kept as a day, shown with hour and offset
	list                   // a text, or several
	department             // ids
	file                   // never there: files are not kept
	number                 // here and below: not in the profile
	moment
	yesNo
	name
)

// field is one of docs/protocol/methods-activities-calendar-users.md section 3.
type field struct {
	name  string
	title string
	level level
	kind  kind
	// of tells a field that is not in the profile as it stands; null: left out.
	of func(*rest.Call, person) wire.Value
	// bare fields are told by the directory's row alone.
	bare bool
}

// show is the field of a person as a row has it.
func (f *field) show(c *rest.Call, p person) wire.Value {
	switch {
	case f.of != nil:
		return f.of(c, p)
	case f.kind == file:
		return wire.Null()
	case f.kind == date:
		return shownDay(c, p.given(f.name).Text())
	}
	v := p.given(f.name)
	if v.IsNull() && f.kind != optional {
		return wire.String("")
	}
	return v
}

// isInput says whether the field is kept in the profile as the caller gives it.
func (f *field) isInput() bool { return f.of == nil && f.kind != file || f.kind == department }

func row(c *rest.Call, p person, fields []*field) wire.Value {
	out := make([]wire.Field, 0, len(fields))
	for _, f := range fields {
		if v := f.show(c, p); !v.IsNull() {
			out = append(out, wire.F(f.name, v))
		}
	}
	return wire.Map(out...)
}

// visible are the fields that a scope shows.
func visible(scope []string) []*field {
	seen := levelOf(scope)
	var out []*field
	for i := range fields {
		if fields[i].level <= seen {
			out = append(out, &fields[i])
		}
	}
	return out
}

// fieldIn finds a field by its name in any letter case; nil when it is not among
// those given.
func fieldIn(fields []*field, name string) *field {
	i := slices.IndexFunc(fields, func(f *field) bool { return strings.EqualFold(f.name, name) })
	if i < 0 {
		return nil
	}
	return fields[i]
}
