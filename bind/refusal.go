package bind

import "github.com/onevent/onevent"

// Reason is why a handler is not bound.
type Reason string

// The reasons.
const (
	WrongURL      Reason = "wrong_url"
	WrongScheme   Reason = "wrong_scheme"
	UnknownEvent  Reason = "unknown_event"  // to who binds it
	LongConnector Reason = "long_connector" // auth_connector is too long
	WrongUser     Reason = "wrong_user"     // auth_type names no active user
	NotInstalled  Reason = "not_installed"  // the installation has ended
	Bound         Reason = "bound"          // already
)

// Refusal is the error of a handler that is not bound; its code is onevent's.
type Refusal struct {
	Reason Reason
	err    *onevent.Error
}

// Error is a sentence for people.
func (r *Refusal) Error() string { return r.err.Message }

// Unwrap gives the code.
func (r *Refusal) Unwrap() error { return r.err }

func refuse(reason Reason, code onevent.Code, format string, args ...any) error {
	return &Refusal{reason, onevent.Errorf(code, format, args...)}
}

func errBound() error {
	return refuse(Bound, onevent.CodeConflict, "such a handler is bound already")
}
