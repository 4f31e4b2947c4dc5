package seal_test

import (
	"regexp"
	"testing"

	"github.com/onevent/onevent/seal"
)

func TestATextIsSealedForOnePurpose(t *testing.T) {
	t.Parallel()
	r, err := seal.NewRing(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	for _, plain := range []string{"", "token", "\x00ü"} {
		sealed := r.SealText("one", plain)
		if got, err := r.OpenText("one", sealed); got != plain || err != nil {
			t.Errorf("%q came back as %q, %v", plain, got, err)
		}
		if !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(sealed) {
			t.Errorf("sealed is %q", sealed)
		}
		for _, wrong := range []string{"", "!", sealed[1:], sealed + "A", plain} {
			if got, err := r.OpenText("one", wrong); err == nil {
				t.Errorf("%q opened as %q", wrong, got)
			}
		}
		if _, err := r.OpenText("two", sealed); err == nil {
			t.Error("another purpose opened it")
		}
	}
}
