// Package option has the methods by which an application keeps settings on a
// portal: app.option.* for all its users, user.option.* for one of them.
// docs/protocol/rest.md section 11.
package option

import (
	"strconv"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/rest"
)

// Config is what the methods work with. All fields must be set.
type Config struct {
	Store     onevent.Store
	Directory *directory.Directory
}

type methods struct{ Config }

// Methods makes the methods. They need an application's token and no scope; a
// webhook is told so by ACCESS_DENIED.
func Methods(cfg Config) []rest.Method {
	m := &methods{cfg}
	return []rest.Method{
		{Name: "app.option.get", Func: m.get(ofApplication)},
		{Name: "app.option.set", Func: byAdmin(m.set(ofApplication))},
		{Name: "user.option.get", Func: m.get(ofUser)},
		{Name: "user.option.set", Func: m.set(ofUser)},
	}
}

// The errors of docs/protocol/rest.md section 11.
var (
	errContext = rest.ErrDenied("Access denied! Application context required")
	errAdmin   = rest.ErrDenied("Access denied! Administrator authorization required")
	errEmpty   = rest.ErrArgument("options", "Argument 'options' is null or empty")
	errName    = rest.ErrArgument("option", "Argument 'option' must be a name")
	errTooMuch = rest.ErrTooLarge("options", "The options take more than "+strconv.Itoa(onevent.MaxRecord)+" bytes together")
)
