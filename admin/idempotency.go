package admin

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/onevent/onevent"
)

const (
	maxKey  = 255 // bytes of an Idempotency-Key
	keyLife = 24 * time.Hour
)

// errKeyTaken says that another request kept its answer under the key first.
var errKeyTaken = onevent.Errorf(onevent.CodeConflict, "another request with this Idempotency-Key runs")

// answers is what reads them: a transaction or a snapshot.
type answers interface {
	Answer(portal onevent.PortalID, key string) (onevent.Answer, error)
}

// answeredBefore is what the same request got before, although it would be
// refused now: nothing is raised by it.
func (s *server) answeredBefore(ctx context.Context, repeat *onevent.Answer, refusal error) ([]byte, error) {
	var answer []byte
	err := s.Store.View(ctx, func(r onevent.Reader) (err error) {
		answer, err = given(r, repeat)
		return err
	})
	if err == nil && answer == nil {
		err = refusal
	}
	return answer, err
}

// given is the answer that the same request got before; nil when there is none.
func given(tx answers, repeat *onevent.Answer) ([]byte, error) {
	if repeat == nil {
		return nil, nil
	}
	kept, err := tx.Answer(repeat.Portal, repeat.Key)
	switch {
	case errors.Is(err, onevent.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case !kept.Expires.After(repeat.Time):
		return nil, nil
	case !bytes.Equal(kept.Digest, repeat.Digest):
		return nil, onevent.Errorf(onevent.CodeConflict, "this Idempotency-Key was used with another body")
	}
	return kept.Body, nil
}

func keep(tx onevent.Tx, repeat *onevent.Answer, answer []byte) error {
	if repeat == nil {
		return nil
	}
	row := *repeat
	row.Body = answer
	err := tx.PutAnswer(row)
	if errors.Is(err, onevent.ErrConflict) {
		return errKeyTaken
	}
	return err
}
