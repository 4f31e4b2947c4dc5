// Package crm has the methods crm.activity.* and crm.enum.*, and owns the rows of
// activities.
// docs/protocol/methods-activities-calendar-users.md section 1.
package crm

import (
	"github.com/onevent/onevent"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/rest"
)

// ObjectType is the kind of the rows, and the object of their events.
const ObjectType = "crm.activity"

const scope = "crm"

// Config is what the methods work with. All fields must be set.
type Config struct {
	Store     onevent.Store
	Publisher *publish.Publisher
}

type methods struct{ Config }

// Methods makes the methods of scope crm.
func Methods(cfg Config) []rest.Method {
	m := &methods{cfg}
	all := []rest.Method{
		{Name: "crm.activity.add", Scope: scope, Raises: true, Func: m.add},
		{Name: "crm.activity.update", Scope: scope, Raises: true, Func: m.update},
		{Name: "crm.activity.delete", Scope: scope, Raises: true, Func: m.delete},
		{Name: "crm.activity.get", Scope: scope, Func: m.get},
		{Name: "crm.activity.list", Scope: scope, Func: m.list},
		{Name: "crm.activity.fields", Scope: scope, Func: m.fields},
		{Name: "crm.activity.communication.fields", Scope: scope, Func: m.communicationFields},
	}
	all = append(all, m.todoMethods()...)
	return append(all, enumMethods()...)
}
