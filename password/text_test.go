package password

import (
	"strings"
	"testing"

	"github.com/onevent/onevent"
)

// quick is for tests: the costs of today take their time.
var quick = parameters{memory: 8, passes: 1, lanes: 1}

func hash(t *testing.T, p string) string {
	t.Helper()
	text, err := quick.hash(t.Context(), onevent.Secret(p))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func matches(t *testing.T, text, p string) bool {
	t.Helper()
	ok, err := Matches(t.Context(), text, onevent.Secret(p))
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func TestAPasswordMatchesItsHashAlone(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"x", "correct horse battery staple", "пароль", "a\x00b", "\xff\xfe", strings.Repeat("a", MaxBytes)} {
		text := hash(t, p)
		if !matches(t, text, p) {
			t.Errorf("%.10q does not match its own hash", p)
		}
		for _, other := range []string{"", p + "x", p[1:], p[:len(p)-1] + "\x01", " " + p, strings.ToUpper(p) + "A"} {
			if matches(t, text, other) {
				t.Errorf("%.10q matches the hash of %.10q", other, p)
			}
		}
	}
}

func TestEqualPasswordsAreStoredDifferently(t *testing.T) {
	t.Parallel()
	one, other := hash(t, "secret"), hash(t, "secret")
	if one == other {
		t.Error("two hashes of one password are the same: there is no salt")
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

func TestWhatIsNoHashIsNotRead(t *testing.T) {
	t.Parallel()
	good := hash(t, "secret")
	if _, ok := parse(good); !ok {
		t.Fatalf("%s is not read", good)
	}
	parts := strings.Split(good, "$")
	with := func(n int, text string) string {
		changed := append([]string{}, parts...)
		changed[n] = text
		return strings.Join(changed, "$")
	}
	for what, text := range map[string]string{
		"nothing":          "",
		"bcrypt":           "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"argon2i":          with(1, "argon2i"),
		"another version":  with(2, "v=16"),
		"too much memory":  with(3, "m=4294967295,t=1,p=1"),
		"no memory":        with(3, "m=0,t=1,p=1"),
		"too many passes":  with(3, "m=8,t=4000000000,p=1"),
		"no lanes":         with(3, "m=8,t=1,p=0"),
		"a zero in front":  with(3, "m=08,t=1,p=1"),
		"no salt":          with(4, ""),
		"a short salt":     with(4, "AAAA"),
		"no hash":          with(5, ""),
		"half a hash":      with(5, parts[5][:20]),
		"something behind": good + "$x",
		"something before": "x" + good,
		"no base64":        with(5, strings.Repeat("*", 43)),
		"a space":          good + " ",
		"the text itself":  "secret",
	} {
		if _, ok := parse(text); ok {
			t.Errorf("%s is read", what)
		}
	}
	if matches(t, with(3, "m=16,t=1,p=1"), "secret") || matches(t, with(4, strings.Repeat("A", 22)), "secret") {
		t.Error("a hash matches with other parameters, or with another salt")
	}
}
