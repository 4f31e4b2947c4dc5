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

func TestAPasswordMatchesItsHashAlone(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"x", "correct horse battery staple", "пароль", "a\x00b", "\xff\xfe", strings.Repeat("a", password.MaxBytes)} {
		text := hash(t, p)
		if !strings.HasPrefix(text, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("stored as %s", text)
		}
		if !matches(t, text, p) {
			t.Errorf("%.10q does not match its own hash", p)
		}
		for _, other := range []string{"", p + "x", p[1:], p[:len(p)-1] + "\x01", " " + p} {
			if matches(t, text, other) {
				t.Errorf("%.10q matches the hash of %.10q", other, p)
			}
		}
	}
}

func TestEqualPasswordsAreStoredDifferently(t *testing.T) {
	t.Parallel()
	if hash(t, "secret") == hash(t, "secret") {
		t.Error("two hashes of one password are the same: there is no salt")
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

// The text is that of the reference implementation's own tests.
func TestAHashOfOtherProgramsAndParametersMatches(t *testing.T) {
	t.Parallel()
	const text = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if !matches(t, text, "password") || matches(t, text, "Password") {
		t.Error("the password of a hash with other parameters does not match, or another does")
	}
}

func TestWhatIsNoHashMatchesNothing(t *testing.T) {
	t.Parallel()
	good := hash(t, "secret")
	parts := strings.Split(good, "$")
	with := func(n int, text string) string {
		changed := append([]string{}, parts...)
		changed[n] = text
		return strings.Join(changed, "$")
	}
	for what, text := range map[string]string{
		"nothing":           "",
		"bcrypt":            "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"argon2i":           with(1, "argon2i"),
		"another version":   with(2, "v=16"),
		"too much memory":   with(3, "m=4294967295,t=2,p=1"),
		"no memory":         with(3, "m=0,t=2,p=1"),
		"too many passes":   with(3, "m=19456,t=4000000000,p=1"),
		"no lanes":          with(3, "m=19456,t=2,p=0"),
		"other parameters":  with(3, "m=19456,t=3,p=1"),
		"a zero in front":   with(3, "m=019456,t=2,p=1"),
		"no salt":           with(4, ""),
		"another salt":      with(4, "AAAAAAAAAAAAAAAAAAAAAA"),
		"no hash":           with(5, ""),
		"half a hash":       with(5, parts[5][:20]),
		"something behind":  good + "$x",
		"something before":  "x" + good,
		"no base64":         with(5, strings.Repeat("*", 43)),
		"a space":           good + " ",
		"the text itself":   "secret",
		"nobody's own hash": "$argon2id$v=19$m=19456,t=2,p=1$" + strings.Repeat("A", 22) + "$" + strings.Repeat("A", 43),
	} {
		if matches(t, text, "secret") || matches(t, text, "") {
			t.Errorf("%s matches", what)
		}
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
