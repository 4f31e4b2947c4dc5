package onevent

import (
	"errors"
	"fmt"
)

// Code is the kind of an error, in words that programs compare.
type Code string

// The codes. What the REST protocol answers for them is decided in rest/,
// what the management API answers in admin/.
const (
	CodeInternal    Code = "internal"
	CodeInvalid     Code = "invalid"
	CodeNotFound    Code = "not_found"
	CodeConflict    Code = "conflict"
	CodeDenied      Code = "denied"
	CodeTooLarge    Code = "too_large"
	CodeStorageFull Code = "storage_full"
	CodeUnavailable Code = "unavailable"
	CodeRateLimited Code = "rate_limited"
	CodeDamaged     Code = "damaged"
)

// Error is an error with a code for programs and a sentence for people. The
// sentence never holds a secret.
type Error struct {
	Code    Code
	Message string
	Err     error // what lies beneath, for the operator's log only
}

// Errorf makes an Error; %w keeps the error beneath.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Err: errors.Unwrap(err)}
}

func (e *Error) Error() string { return e.Message }

// Unwrap gives the error beneath, or nil.
func (e *Error) Unwrap() error { return e.Err }

// Is lets errors.Is compare by code, so that ErrStorageFull and its kin match
// every error of their code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf is the code of err: CodeInternal for an error without one, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Errors that a store returns; compare with errors.Is.
var (
	// ErrStorageFull: free disk is below the reserve, or the disk is full.
	ErrStorageFull = &Error{Code: CodeStorageFull, Message: "nothing can be stored now: the disk is full"}
	// ErrConflict: the row breaks a uniqueness that the contract names.
	ErrConflict = &Error{Code: CodeConflict, Message: "it exists already"}
	// ErrNotFound: no such row.
	ErrNotFound = &Error{Code: CodeNotFound, Message: "not found"}
	// ErrDamaged: the store's files are damaged; the process must end.
	ErrDamaged = &Error{Code: CodeDamaged, Message: "the store is damaged"}
	// ErrClosed: the store was closed.
	ErrClosed = &Error{Code: CodeUnavailable, Message: "the store is closed"}
)
