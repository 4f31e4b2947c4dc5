package user

import (
	"strconv"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
)

// The errors of docs/protocol/methods-activities-calendar-users.md section 3.
var (
	errDenied       = rest.ErrCore("access_denied")
	errEmail        = rest.ErrArgument("", "wrong_email")
	errNoDepartment = rest.ErrArgument("", "no_extranet_field")
	errNoGroup      = rest.ErrArgument("", "no_sonet_group_for_extranet")
	errWrongGroup   = rest.ErrRequest("ERROR_NO_GROUP", "Group not found")
	errProfileSize  = rest.ErrCore("The profile takes more than " + strconv.Itoa(maxProfile) + " bytes")
	errConditions   = rest.ErrArgument("filter", "Too many conditions")
	errPattern      = rest.ErrArgument("filter", "The text to look for is too long")
)

func errField(name string) error { return rest.ErrCore("The field " + name + " is not valid") }

// errorOf is the answer to what package lifecycle refuses; taken is for an
// e-mail address that another user has, and what else can't be.
func errorOf(err error, taken func(text string) *rest.Error) error {
	switch onevent.CodeOf(err) {
	case onevent.CodeConflict:
		return taken(err.Error())
	case onevent.CodeInvalid:
		return rest.ErrCore(err.Error())
	}
	return err
}
