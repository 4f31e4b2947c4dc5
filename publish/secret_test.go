package publish_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/wire"
)

func TestTheSecretOfAnEventIsSealedBeforeItIsStored(t *testing.T) {
	b := open(t)
	r := b.raisedOf("ONAPPMETHODCONFIRM", wire.Map(wire.F("TOKEN", wire.String("plain")), wire.F("METHOD", wire.String("m"))))
	data, err := wire.ParseJSON(b.raise(r).Data, wire.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	sealed, _ := data.Get("TOKEN")
	if opened, err := b.Publisher.Ring.OpenText(catalog.SecretPurpose, sealed.Text()); opened != "plain" || strings.Contains(sealed.Text(), "plain") {
		t.Errorf("stored is %q, which is %q, %v", sealed.Text(), opened, err)
	}
	if method, _ := data.Get("METHOD"); method.Text() != "m" {
		t.Errorf("the rest is %s", data.AppendJSON(nil))
	}
	for _, none := range []wire.Value{wire.Null(), wire.Map(wire.F("TOKEN", wire.Null())), wire.String("TOKEN"), wire.Map(wire.F("TOKEN", wire.List(wire.String("x"))))} {
		r.Data = none
		want := ""
		if !none.IsEmpty() {
			want = string(none.AppendJSON(nil))
		}
		if got := string(b.raise(r).Data); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Better no event than one with its secret in the clear.
func TestWithoutAKeyAnEventWithASecretIsRefused(t *testing.T) {
	b := open(t)
	b.Publisher.Ring = nil
	r := b.raisedOf("ONAPPMETHODCONFIRM", wire.Map(wire.F("TOKEN", wire.String("plain"))))
	err := b.Store.Update(t.Context(), func(tx onevent.Tx) error { _, err := b.Publisher.Raise(tx, r); return err })
	if onevent.CodeOf(err) != onevent.CodeInternal || errors.Is(err, onevent.ErrNotFound) || strings.Contains(err.Error(), "plain") {
		t.Errorf("got %v", err)
	}
}
