package calendar

import (
	"fmt"

	"github.com/onevent/onevent/rest"
)

var (
	errDenied   = rest.ErrModule("Access denied")
	errSection  = rest.ErrModule("You specified an invalid calendar section ID or the user does not have access to it")
	errLinks    = rest.ErrModule("The list of event links to CRM must be an array")
	errID       = rest.ErrModule("Event id not specified")
	errChanging = rest.ErrModule("An error occurred while changing the event")
	errDeleting = rest.ErrModule("An error occurred while deleting the event")
)

// errTooMuch names the limit of an answer without pages.
var errTooMuch = rest.ErrArgument("from", fmt.Sprintf("The events take more than %d bytes: ask for a shorter time by from and to", maxAnswer))

func errMissing(c *rest.Call, name string) error {
	return rest.ErrModule(`The required parameter "` + name + `" for the method "` + c.Method + `" is not set`)
}

func errInvalid(name string) error {
	return rest.ErrModule(`Invalid value for the parameter "` + name + `"`)
}
