package password_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/password"
)

func hash(t *testing.T, p string) string {
	t.Helper()
	text, err := password.Hash(t.Context(), onevent.Secret(p))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func matches(t *testing.T, text, p string) bool {
	t.Helper()
	ok, err := password.Matches(t.Context(), text, onevent.Secret(p))
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestWhatIsStoredNamesItsCost(t *testing.T) {
	t.Parallel()
	text := hash(t, "secret")
	if !strings.HasPrefix(text, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(text, "secret") {
		t.Errorf("stored as %s", text)
	}
	if !matches(t, text, "secret") || matches(t, text, "secreT") {
		t.Error("the password does not match its hash, or another does")
	}
}

func TestAPasswordHasABoundedLength(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"", strings.Repeat("a", password.MaxBytes+1)} {
		text, err := password.Hash(t.Context(), onevent.Secret(p))
		if onevent.CodeOf(err) != onevent.CodeInvalid || text != "" {
			t.Errorf("%d bytes: %q, %v", len(p), text, err)
		}
	}
}

func TestWhatIsNoHashMatchesNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "secret", "$argon2id$v=19$m=19456,t=2,p=1$" + strings.Repeat("A", 22) + "$" + strings.Repeat("A", 43)} {
		if matches(t, text, "secret") {
			t.Errorf("%q matches", text)
		}
	}
	if matches(t, "", "") {
		t.Error("no password matches nothing")
	}
}

// Who waits for his turn leaves when nobody waits for him.
func TestAWaitForATurnEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := password.Matches(ctx, "", "x"); err != nil && err != context.Canceled {
				t.Error(err)
			}
			if _, err := password.Hash(ctx, "x"); err != nil && err != context.Canceled {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func BenchmarkMatches(b *testing.B) {
	text, err := password.Hash(b.Context(), "secret")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if ok, _ := password.Matches(b.Context(), text, "secret"); !ok {
			b.Fatal("no match")
		}
	}
}
