package storetest

import (
	"bytes"
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/onevent/onevent"
)

var answerCases = []testCase{
	{"AnAnswerIsKeptUntilItExpires", answers},
	{"KeysOfPortalsAreApart", answerKeys},
	{"ATokenFamilyIsReplaced", tokenFamilies},
	{"OldTokenFamiliesGo", oldFamilies},
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

func oldFamilies(t *testing.T, f *fixture) {
	// Ages in hours; each family is of a portal of its own.
	ages := []int{5, 1, 4, 0, 3, 2}
	f.update(t, func(tx onevent.Tx) error {
		for n, age := range ages {
			row := onevent.TokenFamily{Portal: onevent.PortalID(n + 1), ID: 7, Generation: int64(n) - 1, Time: start.Add(-time.Duration(age) * time.Hour)}
			if err := tx.PutTokenFamily(row); err != nil {
				return err
			}
		}
		return nil
	})
	f.update(t, func(tx onevent.Tx) error { // a refresh makes a family young again
		return tx.PutTokenFamily(onevent.TokenFamily{Portal: 5, ID: 7, Time: start})
	})
	remove := func(limit int) (n int) {
		t.Helper()
		err := f.store.SettleSoon(context.Background(), func(tx onevent.Tx) (err error) {
			n, err = tx.RemoveTokenFamilies(start.Add(-time.Hour), limit)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	left := func() (ids string) {
		f.view(t, func(r onevent.Reader) error {
			for n := range ages {
				if _, err := r.TokenFamily(onevent.PortalID(n+1), 7); err == nil {
					ids += strconv.Itoa(ages[n])
				}
			}
			return nil
		})
		return ids
	}
	equal(t, "removed of at most two", remove(2), 2)
	equal(t, "ages that are left", left(), "1032")
	equal(t, "removed then", remove(2), 1)
	equal(t, "removed when none is old", remove(2), 0)
	f.restart()
	equal(t, "ages that are left for good", left(), "103")
}
