// Package user has the methods about the people of a portal: who calls, who is
// there, and how they are added and changed.
// docs/protocol/methods-activities-calendar-users.md section 3 and
// docs/protocol/rest.md section 11.
//
// What everybody needs of a user is a row of package directory; the rest of a
// profile is a record of ObjectType under the user's id. Everybody on a portal
// may read its users, so that no Guard is asked about ONUSERADD.
package user

import (
	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/rest"
)

// ObjectType is the kind of the records, and the object of ONUSERADD.
const ObjectType = "user"

const scope = "user"

// Config is what the methods work with. All fields must be set.
type Config struct {
	Store     onevent.Store
	Directory *directory.Directory
	Publisher *publish.Publisher
	Manager   *lifecycle.Manager
}

type methods struct{ Config }

// Methods makes the methods of scope user, and those that need none.
func Methods(cfg Config) []rest.Method {
	m := &methods{cfg}
	return []rest.Method{
		{Name: "profile", Signed: true, Func: profile, V3: profileV3},
		{Name: "user.admin", Func: admin},
		{Name: "user.access", Func: m.access},
		{Name: "access.name", Func: m.accessNames},
		{Name: "user.current", Scope: scope, Signed: true, Func: m.current},
		{Name: "user.get", Scope: scope, Func: m.get},
		{Name: "user.search", Scope: scope, Func: m.search},
		{Name: "user.fields", Scope: scope, Func: titles},
		{Name: "user.add", Scope: scope, Whole: true, Raises: true, Func: m.add},
		{Name: "user.update", Scope: scope, Whole: true, Func: m.update},
	}
}
