package storetest

import (
	"bytes"
	"testing"
	"time"

	"github.com/onevent/onevent"
)

var answerCases = []testCase{
	{"AnAnswerIsKeptUntilItExpires", answers},
	{"KeysOfPortalsAreApart", answerKeys},
	{"ATokenFamilyIsReplaced", tokenFamilies},
}

func answers(t *testing.T, f *fixture) {
	first := onevent.Answer{
		Portal: 1, Key: "k\x00\xff", Digest: []byte{0, 1, 255}, Body: []byte("body\x00"),
		Time: start, Expires: start.Add(24 * time.Hour),
	}
	second := first
	second.Body, second.Time, second.Expires = []byte("other"), first.Expires, first.Expires.Add(time.Hour)
	early := second
	early.Time = first.Expires.Add(-time.Millisecond)

	f.update(t, func(tx onevent.Tx) error {
		_, err := tx.Answer(1, first.Key)
		wantCode(t, err, onevent.CodeNotFound)
		return tx.PutAnswer(first)
	})
	f.update(t, func(tx onevent.Tx) error {
		wantCode(t, tx.PutAnswer(early), onevent.CodeConflict)
		return nil
	})
	f.restart()
	wantAnswer(t, f, first)
	f.update(t, func(tx onevent.Tx) error { return tx.PutAnswer(second) })
	wantAnswer(t, f, second)
}

func wantAnswer(t *testing.T, f *fixture, want onevent.Answer) {
	t.Helper()
	f.view(t, func(r onevent.Reader) error {
		got, err := r.Answer(want.Portal, want.Key)
		if !bytes.Equal(got.Body, want.Body) || !bytes.Equal(got.Digest, want.Digest) ||
			!got.Time.Equal(want.Time) || !got.Expires.Equal(want.Expires) || got.Key != want.Key {
			t.Errorf("Answer = %+v, want %+v", got, want)
		}
		return err
	})
}

func answerKeys(t *testing.T, f *fixture) {
	f.update(t, func(tx onevent.Tx) error {
		for p := onevent.PortalID(1); p <= 2; p++ {
			a := onevent.Answer{Portal: p, Key: "k", Body: []byte{byte(p)}, Time: start, Expires: start.Add(time.Hour)}
			if err := tx.PutAnswer(a); err != nil {
				return err
			}
		}
		return nil
	})
	f.view(t, func(r onevent.Reader) error {
		a, err := r.Answer(2, "k")
		equal(t, "body", string(a.Body), "\x02")
		_, none := r.Answer(3, "k")
		wantCode(t, none, onevent.CodeNotFound)
		return err
	})
}

func tokenFamilies(t *testing.T, f *fixture) {
	family := onevent.TokenFamily{Portal: 1, ID: 1<<53 - 1, Installation: 2, User: 3, Generation: 1, Time: start}
	f.update(t, func(tx onevent.Tx) error {
		_, err := tx.TokenFamily(1, family.ID)
		wantCode(t, err, onevent.CodeNotFound)
		return tx.PutTokenFamily(family)
	})
	family.Generation, family.Time = 2, start.Add(time.Hour)
	f.update(t, func(tx onevent.Tx) error {
		if err := tx.PutTokenFamily(family); err != nil {
			return err
		}
		got, err := tx.TokenFamily(1, family.ID)
		equal(t, "within the transaction", got, family)
		return err
	})
	f.restart()
	f.view(t, func(r onevent.Reader) error {
		got, err := r.TokenFamily(1, family.ID)
		equal(t, "TokenFamily", got, family)
		_, other := r.TokenFamily(2, family.ID)
		wantCode(t, other, onevent.CodeNotFound)
		return err
	})
}
