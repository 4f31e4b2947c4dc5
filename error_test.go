package onevent_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/onevent/onevent"
)

func TestAnErrorKeepsItsCodeAndWhatLiesBeneath(t *testing.T) {
	t.Parallel()
	err := onevent.Errorf(onevent.CodeInvalid, "line %d: %w", 7, io.ErrUnexpectedEOF)
	if err.Code != onevent.CodeInvalid || err.Error() != "line 7: unexpected EOF" {
		t.Errorf("got %s, %q", err.Code, err)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Unwrap(err) != io.ErrUnexpectedEOF {
		t.Error("what lies beneath is lost")
	}
	if plain := onevent.Errorf(onevent.CodeDenied, "no"); errors.Unwrap(plain) != nil {
		t.Errorf("beneath an error without %%w lies %v", errors.Unwrap(plain))
	}
}

func TestErrorsAreComparedByCode(t *testing.T) {
	t.Parallel()
	kinds := []*onevent.Error{onevent.ErrStorageFull, onevent.ErrConflict, onevent.ErrNotFound, onevent.ErrDamaged, onevent.ErrClosed}
	for i, kind := range kinds {
		err := fmt.Errorf("deep: %w", onevent.Errorf(kind.Code, "in other words"))
		for j, other := range kinds {
			if got := errors.Is(err, other); got != (i == j) {
				t.Errorf("an error of %s is %s: %t", kind.Code, other.Code, got)
			}
		}
		if errors.Is(err, io.EOF) {
			t.Errorf("an error of %s is io.EOF", kind.Code)
		}
	}
}

func TestTheCodeOfAnyError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want onevent.Code
	}{
		{nil, ""},
		{io.EOF, onevent.CodeInternal},
		{onevent.ErrNotFound, onevent.CodeNotFound},
		{fmt.Errorf("a: %w", fmt.Errorf("b: %w", onevent.ErrStorageFull)), onevent.CodeStorageFull},
		{errors.Join(io.EOF, onevent.ErrConflict), onevent.CodeConflict},
		// The outermost code is the one that its reader was told.
		{onevent.Errorf(onevent.CodeInvalid, "key: %w", onevent.ErrNotFound), onevent.CodeInvalid},
	} {
		if got := onevent.CodeOf(c.err); got != c.want {
			t.Errorf("%v has the code %q, want %q", c.err, got, c.want)
		}
	}
}
