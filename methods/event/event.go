// Package event has the methods by which an application subscribes: event.bind,
// event.unbind, event.get, events and event.test. docs/protocol/events.md section 4.
package event

import (
	"github.com/onevent/onevent"
	"github.com/onevent/onevent/bind"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/rest"
)

// Config is what the methods work with. All fields must be set.
type Config struct {
	Store     onevent.Store
	Directory *directory.Directory
	Publisher *publish.Publisher
	Binder    *bind.Binder
}

type methods struct{ Config }

// Methods makes the methods. All need an application's token and no scope.
func Methods(cfg Config) []rest.Method {
	m := &methods{cfg}
	return []rest.Method{
		{Name: "events", Auth: rest.AppAuth, Func: m.events},
		{Name: "event.bind", Auth: rest.AppAuth, Func: m.bind},
		{Name: "event.unbind", Auth: rest.AppAuth, Func: m.unbind},
		{Name: "event.get", Auth: rest.AppAuth, Func: m.get},
		{Name: "events.get", Auth: rest.AppAuth, Func: m.get},
		{Name: "event.test", Auth: rest.AppAuth, Raises: true, Func: m.test},
	}
}
