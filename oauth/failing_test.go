package oauth_test

import (
	"context"

	"github.com/onevent/onevent"
)

// failing is a store that takes no writes.
type failing struct {
	onevent.Store
	cause error
}

func (f failing) Update(context.Context, func(onevent.Tx) error) error { return f.cause }
