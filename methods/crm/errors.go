package crm

import (
	"strconv"

	"github.com/onevent/onevent/rest"
)

// The errors of section 1.5.
var (
	errID            = rest.ErrModule("ID is not defined or invalid.")
	errNotFound      = rest.ErrModule("Activity is not found.")
	errDenied        = rest.ErrModule("Access denied.")
	errSubject       = rest.ErrModule("The field SUBJECT is not defined or empty.")
	errOneChannel    = rest.ErrModule("The only one communication is allowed for activity of specified type.")
	errBinding       = rest.ErrModule("Could not build binding. Please ensure that owner info and communications are defined correctly.")
	errNoProvider    = rest.ErrModule("The custom activity without provider is not supported in current context.")
	errNoApplication = rest.ErrModule("Application context required.")
	errConfigurable  = rest.ErrModule("Use crm.activity.configurable.add for this activity provider")
)

func errField(name string) error {
	return rest.ErrModule("The field " + name + " is not defined or invalid.")
}

func errArray(param string) error {
	return rest.ErrModule("Parameter '" + param + "' must be array.")
}

func errType(name string) error {
	return rest.ErrModule(`The activity type "` + name + ` is not supported in current context".`)
}

func errOwnerType(id int64) error {
	return rest.ErrModule("Entity type '" + strconv.FormatInt(id, 10) + "' is not supported in current context")
}
