// Package calendar has the methods calendar.event.* and calendar.section.*, and
// owns the rows of calendar entries and sections.
// docs/protocol/methods-activities-calendar-users.md section 2.
package calendar

import (
	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/rest"
)

// The kinds of the rows, and the objects of their events.
const (
	ObjectType  = "calendar.entry"
	SectionType = "calendar.section"
)

const scope = "calendar"

// Config is what the methods work with. All fields must be set.
type Config struct {
	Store     onevent.Store
	Directory *directory.Directory
	Publisher *publish.Publisher
}

type methods struct{ Config }

// Methods makes the methods of scope calendar.
func Methods(cfg Config) []rest.Method {
	m := &methods{cfg}
	return []rest.Method{
		{Name: "calendar.event.add", Scope: scope, Raises: true, Func: m.add},
		{Name: "calendar.event.update", Scope: scope, Raises: true, Func: m.update},
		{Name: "calendar.event.delete", Scope: scope, Raises: true, Func: m.delete},
		{Name: "calendar.event.get", Scope: scope, Func: m.get},
		{Name: "calendar.event.get.nearest", Scope: scope, Func: m.getNearest},
		{Name: "calendar.event.getbyid", Scope: scope, Func: m.getByID},
		{Name: "calendar.section.add", Scope: scope, Raises: true, Func: m.addSection},
		{Name: "calendar.section.update", Scope: scope, Raises: true, Func: m.updateSection},
		{Name: "calendar.section.delete", Scope: scope, Raises: true, Func: m.deleteSection},
		{Name: "calendar.section.get", Scope: scope, Func: m.getSections},
	}
}
