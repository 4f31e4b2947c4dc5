package crm

import (
	"slices"
	"strconv"
	"strings"

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

func errField(name string) *rest.Error {
	return rest.ErrModule("The field " + name + " is not defined or invalid.")
}

func errArray(param string) error {
	return rest.ErrModule("Parameter '" + param + "' must be array.")
}

func errType(name string) error {
	return rest.ErrModule(`The activity type "` + name + ` is not supported in current context".`)
}

func errOwnerType(id int64) *rest.Error {
	return rest.ErrModule("Entity type '" + strconv.FormatInt(id, 10) + "' is not supported in current context")
}

// faults are what one check finds wrong, each told once and on a line of its
// own; section 1.5.
type faults []string

func (f *faults) add(e *rest.Error) {
	if !slices.Contains(*f, e.Description) {
		*f = append(*f, e.Description)
	}
}

// err is nil when nothing is wrong.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return rest.ErrModule(strings.Join(f, "\n"))
}

// The errors of section 1.6.
var (
	errTodoNotFound             = rest.ErrRequest("NOT_FOUND", "Not found.")
	errTodoDenied               = rest.ErrRequest("ACCESS_DENIED", "Access denied.")
	errTodoOwner                = rest.ErrRequest("OWNER_NOT_FOUND", "Owner not found.")
	errTodoTime                 = rest.ErrRequest("WRONG_DATETIME_FORMAT", "Wrong date and time format.")
	errTodoCompleted            = rest.ErrRequest("CAN_NOT_UPDATE_COMPLETED_TODO", "A completed to-do cannot be changed.")
	errTodoColorCompleted       = rest.ErrRequest("CAN_NOT_UPDATE_COLOR_COMPLETED_TODO", "The color of a completed to-do cannot be changed.")
	errTodoResponsibleCompleted = rest.ErrRequest("CAN_NOT_UPDATE_RESPONSIBLE_USER_COMPLETED_TODO", "The responsible person of a completed to-do cannot be changed.")
	errTodoColor                = rest.ErrRequest("CAN_NOT_UPDATE_WRONG_COLOR_TODO", "Wrong color.")
	errTodoResponsible          = rest.ErrRequest("INVALID_ARG_VALUE", `Parameter "responsibleId" must be greater than 0`)
	errTodoParent               = rest.ErrRequest("ERROR_PARENT_ACTIVITY_RESTRICT", "A to-do cannot follow a completed activity.")
)

func errTodoMissing(param string) error {
	return rest.ErrRequest("100", "Could not find value for parameter {"+param+"}")
}
