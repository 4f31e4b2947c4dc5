package sqlite

import (
	"errors"

	"github.com/onevent/onevent"
	"zombiezen.com/go/sqlite"
)

// translate gives an error of the engine its code. An error that carries one
// already passes unchanged.
func translate(err error) error {
	var coded *onevent.Error
	if err == nil || errors.As(err, &coded) {
		return err
	}
	code := sqlite.ErrCode(err)
	switch code {
	case sqlite.ResultConstraintUnique, sqlite.ResultConstraintPrimaryKey, sqlite.ResultConstraintRowID:
		return onevent.ErrConflict
	case sqlite.ResultConstraintForeignKey:
		return onevent.Errorf(onevent.CodeInvalid, "it refers to a row that is not there, or another row refers to it")
	}
	if code == sqlite.ResultIOErrSHMSize {
		// The index of the log could not grow: nothing but a full disk does that.
		return wrap(onevent.ErrStorageFull, err)
	}
	switch code.ToPrimary() {
	case sqlite.ResultConstraint, sqlite.ResultMismatch:
		return onevent.Errorf(onevent.CodeInvalid, "the store refuses the row: %w", err)
	case sqlite.ResultTooBig:
		return onevent.Errorf(onevent.CodeTooLarge, "the row is too large to be stored: %w", err)
	case sqlite.ResultFull:
		return wrap(onevent.ErrStorageFull, err)
	case sqlite.ResultCorrupt, sqlite.ResultNotADB:
		return wrap(onevent.ErrDamaged, err)
	case sqlite.ResultBusy:
		return onevent.Errorf(onevent.CodeUnavailable, "another program holds the store: %w", err)
	case sqlite.ResultInterrupt:
		return onevent.Errorf(onevent.CodeUnavailable, "the read was ended: %w", err)
	}
	return onevent.Errorf(onevent.CodeInternal, "the store failed: %w", err)
}

func wrap(kind *onevent.Error, err error) error {
	return &onevent.Error{Code: kind.Code, Message: kind.Message, Err: err}
}

// refusal says whether err is about the one row that was to be written or
// read: the statement did nothing and the closure may go on. Every other error
// ends the closure, even if it is swallowed.
func refusal(err error) bool {
	switch onevent.CodeOf(err) {
	case onevent.CodeConflict, onevent.CodeInvalid, onevent.CodeNotFound, onevent.CodeTooLarge:
		return true
	}
	return false
}
