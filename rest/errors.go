package rest

import (
	"context"
	"errors"
	"net/http"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/rest/request"
	"github.com/onevent/onevent/wire"
)

// Error is an answer that is no success; docs/protocol/rest.md section 6.
type Error struct {
	Status      int
	Code        string
	Description string
	Argument    string // the parameter at fault; printed beside codeArgument only
}

// Error implements error.
func (e *Error) Error() string { return e.Code + ": " + e.Description }

// The errors of the frame; what they mean is in the table of all errors.
var (
	errMethodNotFound = table.error("ERROR_METHOD_NOT_FOUND")
	errWrongAuthType  = table.error("WRONG_AUTH_TYPE")
	errHTTPS          = table.error("INVALID_REQUEST")
	errOverload       = table.error("OVERLOAD_LIMIT")
	errInternal       = table.error("INTERNAL_SERVER_ERROR")
	errTooMany        = table.error("QUERY_LIMIT_EXCEEDED")
	errOperatingLimit = table.error("OPERATION_TIME_LIMIT")
	errConfirmWaiting = table.error("METHOD_CONFIRM_WAITING")
	errConfirmDenied  = table.error("METHOD_CONFIRM_DENIED")

	// ErrNotInstalled says that the installation ended while the call ran.
	ErrNotInstalled = table.error(string(oauth.NotInstalled))

	errBatchLength    = table.error("ERROR_BATCH_LENGTH_EXCEEDED")
	errBatchMethod    = table.error("ERROR_BATCH_METHOD_NOT_ALLOWED")
	errScopeOfToken   = table.error("insufficient_scope")
	errScopeOfWebhook = errScopeOfToken.saying("The request requires higher privileges than provided by the webhook token")
)

// saying is the error with another text.
func (e *Error) saying(description string) *Error {
	other := *e
	other.Description = description
	return &other
}

// as is the error with another status.
func (e *Error) as(status int) *Error {
	other := *e
	other.Status = status
	return &other
}

// ErrArgument says that a parameter is wrong.
func ErrArgument(argument, description string) *Error {
	e := table.error(codeArgument).saying(description)
	e.Argument = argument
	return e
}

// ErrDenied says that the caller may not do what was asked.
func ErrDenied(description string) *Error { return table.error("ACCESS_DENIED").saying(description) }

// ErrRequest says with a code of the method's own what is wrong with the request.
func ErrRequest(code, description string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: code, Description: description}
}

// ErrCore is the error of methods that name none of their own.
func ErrCore(description string) *Error { return table.error("ERROR_CORE").saying(description) }

// ErrModule is an error without a code, as crm and calendar answer it;
// docs/protocol/rest.md section 5.
func ErrModule(description string) *Error { return ErrRequest("", description) }

// ErrTooLarge names a limit of bytes that was exceeded.
func ErrTooLarge(argument, description string) *Error {
	return ErrArgument(argument, description).as(http.StatusRequestEntityTooLarge)
}

// errorOfRequest is the answer to a request that can't be read.
func errorOfRequest(err error) *Error {
	var limit *wire.LimitError
	switch {
	case errors.Is(err, request.ErrNoRoom):
		return errOverload
	case !errors.As(err, &limit):
		return ErrCore(request.ErrUnreadable.Error())
	case limit.Limit == "bytes":
		return ErrTooLarge("", limit.Error())
	}
	return ErrArgument("", limit.Error())
}

// errorOf is the answer to what a method returned.
func errorOf(err error) *Error {
	var own *Error
	switch {
	case errors.As(err, &own):
		return own
	case onevent.CodeOf(err) == onevent.CodeRateLimited:
		return errTooMany
	case isOverload(err):
		return errOverload
	}
	return errorOfStore(err)
}

// errorOfStore tells the caller of what no store keeps; all else is the
// operator's concern.
func errorOfStore(err error) *Error {
	switch onevent.CodeOf(err) {
	case onevent.CodeInvalid:
		return ErrArgument("", err.Error())
	case onevent.CodeTooLarge:
		return ErrTooLarge("", err.Error())
	}
	return errInternal
}

// isOverload says that the same call may succeed later: nothing can be stored
// now, the server ends, or the caller stopped waiting.
func isOverload(err error) bool {
	switch onevent.CodeOf(err) {
	case onevent.CodeStorageFull, onevent.CodeUnavailable:
		return true
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// fields are the error as it is printed.
func (e *Error) fields() wire.Value {
	v := wire.Map(
		wire.F("error", wire.String(e.Code)),
		wire.F("error_description", wire.String(e.Description)))
	if e.Code == codeArgument {
		v = v.With("argument", wire.String(e.Argument))
	}
	return v
}
