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

const codeArgument = "ERROR_ARGUMENT"

// The errors of the frame.
var (
	ErrMethodNotFound = &Error{Status: http.StatusNotFound, Code: "ERROR_METHOD_NOT_FOUND", Description: "Method not found!"}
	ErrWrongAuthType  = &Error{Status: http.StatusForbidden, Code: "WRONG_AUTH_TYPE", Description: "Current authorization type is denied for this method"}
	ErrHTTPSRequired  = &Error{Status: http.StatusBadRequest, Code: "INVALID_REQUEST", Description: "Https required."}
	ErrOverload       = &Error{Status: http.StatusServiceUnavailable, Code: "OVERLOAD_LIMIT", Description: "REST API is blocked due to overload."}
	ErrInternal       = &Error{Status: http.StatusInternalServerError, Code: "INTERNAL_SERVER_ERROR", Description: "Internal server error"}

	// ErrNotInstalled says that the installation ended while the call ran.
	ErrNotInstalled = errorOfRefusal(oauth.NotInstalled)

	errScopeOfToken   = &Error{Status: http.StatusForbidden, Code: "insufficient_scope", Description: "The request requires higher privileges than provided by the access token"}
	errScopeOfWebhook = &Error{Status: http.StatusForbidden, Code: "insufficient_scope", Description: "The request requires higher privileges than provided by the webhook token"}
)

var refusals = map[oauth.Refusal]*Error{
	oauth.NoAuth:             {Status: http.StatusUnauthorized, Description: "Wrong authorization data"},
	oauth.InvalidToken:       {Status: http.StatusUnauthorized, Description: "Unable to get application by token"},
	oauth.InvalidCredentials: {Status: http.StatusUnauthorized, Description: "Invalid request credentials"},
	oauth.NotInstalled:       {Status: http.StatusUnauthorized, Description: "Application not installed"},
	oauth.PaymentRequired:    {Status: http.StatusUnauthorized, Description: "Payment required"},
	oauth.ExpiredToken:       {Status: http.StatusUnauthorized, Description: "The access token provided has expired"},
	oauth.AuthorizationError: {Status: http.StatusUnauthorized, Description: "Unable to authorize user"},
}

func errorOfRefusal(refusal oauth.Refusal) *Error {
	e := *refusals[refusal]
	e.Code = string(refusal)
	return &e
}

// ErrArgument says that a parameter is wrong.
func ErrArgument(argument, description string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: codeArgument, Description: description, Argument: argument}
}

// ErrDenied says that the caller may not do what was asked.
func ErrDenied(description string) *Error {
	return &Error{Status: http.StatusForbidden, Code: "ACCESS_DENIED", Description: description}
}

// ErrRequest says with a code of the method's own what is wrong with the request.
func ErrRequest(code, description string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: code, Description: description}
}

// ErrCore is the error of methods that name none of their own.
func ErrCore(description string) *Error { return ErrRequest("ERROR_CORE", description) }

// ErrModule is an error without a code, as crm and calendar answer it;
// docs/protocol/rest.md section 5.
func ErrModule(description string) *Error { return ErrRequest("", description) }

// errorOfRequest is the answer to a request that can't be read.
func errorOfRequest(err error) *Error {
	var limit *wire.LimitError
	if !errors.As(err, &limit) {
		return ErrCore(request.ErrUnreadable.Error())
	}
	e := ErrArgument("", limit.Error())
	if limit.Limit == "bytes" {
		e.Status = http.StatusRequestEntityTooLarge
	}
	return e
}

// errorOf is the answer to what a method returned.
func errorOf(err error) *Error {
	var own *Error
	switch {
	case errors.As(err, &own):
		return own
	case isOverload(err):
		return ErrOverload
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
		return &Error{Status: http.StatusRequestEntityTooLarge, Code: codeArgument, Description: err.Error()}
	}
	return ErrInternal
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
