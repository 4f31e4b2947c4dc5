package calendar

import (
	"fmt"

	"github.com/onevent/onevent/rest"
)

// The texts of docs/protocol/methods-activities-calendar-users.md section 2.1.
var (
	errDenied   = rest.ErrModule("Access denied")
	errSection  = rest.ErrModule("You specified an invalid calendar section ID or the user does not have access to it")
	errLinks    = rest.ErrModule("The list of event links to CRM must be an array")
	errMode     = rest.ErrModule("An invalid editing type for the recurring event is specified")
	errID       = rest.ErrModule("Event id not specified")
	errChanging = rest.ErrModule("An error occurred while changing the event")
	errDeleting = rest.ErrModule("An error occurred while deleting the event")

	errSectionID       = rest.ErrModule("Section id not specified")
	errAddingSection   = rest.ErrModule("An error occurred while creating the section")
	errDeletingSection = rest.ErrModule("An error occurred while deleting the section")
)

// errTooLong names the limit of an answer in bytes. The argument is the one that
// makes it shorter.
func errTooLong(argument string) error {
	return rest.ErrArgument(argument, fmt.Sprintf("The events take more than %d bytes: ask for a shorter time by from and to", maxAnswer))
}

// errTooMany names the limit of instances.
func errTooMany(argument string) error {
	return rest.ErrArgument(argument, fmt.Sprintf("The events recur more than %d times: ask for a shorter time by from and to", maxInstances))
}

func errMissing(c *rest.Call, name string) error {
	return rest.ErrModule(`The required parameter "` + name + `" for the method "` + c.Method + `" is not set`)
}

func errInvalid(name string) error {
	return rest.ErrModule(`Invalid value for the parameter "` + name + `"`)
}
