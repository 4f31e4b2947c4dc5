package seal_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/seal"
)

func newRing(t testing.TB, keys ...[]byte) *seal.Ring {
	t.Helper()
	ring, err := seal.NewRing(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// wantDenied fails unless opening was refused, with nothing of the text.
func wantDenied(t testing.TB, what string, plain []byte, err error) {
	t.Helper()
	if plain != nil || onevent.CodeOf(err) != onevent.CodeDenied {
		t.Errorf("%s: %q, %v", what, plain, err)
	}
}

func TestWhatWasSealedIsOpened(t *testing.T) {
	t.Parallel()
	ring := newRing(t, seal.NewKey())
	for _, plain := range []string{"", "a", strings.Repeat("\x00", 64), strings.Repeat("long ", 10_000)} {
		sealed := ring.Seal("purpose", []byte(plain))
		got, err := ring.Open("purpose", sealed)
		if err != nil || string(got) != plain {
			t.Errorf("%d bytes: %q, %v", len(plain), got, err)
		}
		if len(sealed) != len(plain)+seal.Overhead || len(plain) > 4 && bytes.Contains(sealed, []byte(plain)) {
			t.Errorf("%d bytes are sealed in %d", len(plain), len(sealed))
		}
	}
}

func TestTheSameTextIsNeverSealedTheSame(t *testing.T) {
	t.Parallel()
	ring := newRing(t, seal.NewKey())
	seen := map[string]bool{}
	for range 1000 {
		seen[string(ring.Seal("p", []byte("text")))] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d of 1000 differ", len(seen))
	}
}

func TestAnotherPurposeOpensNothing(t *testing.T) {
	t.Parallel()
	ring := newRing(t, seal.NewKey())
	sealed := ring.Seal("access token", []byte("text"))
	for _, purpose := range []string{"refresh token", "access toke", "access token ", "Access token", ""} {
		plain, err := ring.Open(purpose, sealed)
		wantDenied(t, purpose, plain, err)
	}
}

func TestAnotherServersKeyOpensNothing(t *testing.T) {
	t.Parallel()
	sealed := newRing(t, seal.NewKey()).Seal("p", []byte("text"))
	plain, err := newRing(t, seal.NewKey(), seal.NewKey()).Open("p", sealed)
	wantDenied(t, "another key", plain, err)
}

func TestEveryChangedBitIsRefused(t *testing.T) {
	t.Parallel()
	ring := newRing(t, seal.NewKey())
	sealed := ring.Seal("p", []byte("what must not be changed"))
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			plain, err := ring.Open("p", changed)
			wantDenied(t, "a changed bit", plain, err)
		}
	}
}

func TestTruncatedAndLengthenedTextIsRefused(t *testing.T) {
	t.Parallel()
	ring := newRing(t, seal.NewKey())
	sealed := ring.Seal("p", []byte("text"))
	for n := range sealed {
		plain, err := ring.Open("p", sealed[:n])
		wantDenied(t, "truncated", plain, err)
	}
	for _, other := range [][]byte{append(bytes.Clone(sealed), 0), sealed[1:], append([]byte{1}, sealed...), append(bytes.Clone(sealed), sealed...)} {
		plain, err := ring.Open("p", other)
		wantDenied(t, "lengthened", plain, err)
	}
}

func TestARefusalDoesNotTellWhy(t *testing.T) {
	t.Parallel()
	ring := newRing(t, seal.NewKey())
	sealed := ring.Seal("p", []byte("text"))
	_, purpose := ring.Open("q", sealed)
	_, short := ring.Open("p", sealed[:3])
	_, key := newRing(t, seal.NewKey()).Open("p", sealed)
	if purpose.Error() != short.Error() || short.Error() != key.Error() {
		t.Errorf("%v, %v and %v", purpose, short, key)
	}
}

func TestANewKeyInFrontSealsAndTheOldOneStillOpens(t *testing.T) {
	t.Parallel()
	older, newer := seal.NewKey(), seal.NewKey()
	before := newRing(t, older)
	rotated := newRing(t, newer, older)
	old := before.Seal("p", []byte("old"))
	if got, err := rotated.Open("p", old); err != nil || string(got) != "old" {
		t.Errorf("what the old key sealed: %q, %v", got, err)
	}
	sealed := rotated.Seal("p", []byte("new"))
	if got, err := newRing(t, newer).Open("p", sealed); err != nil || string(got) != "new" {
		t.Errorf("the first key does not seal: %q, %v", got, err)
	}
	plain, err := before.Open("p", sealed)
	wantDenied(t, "the old key on a new text", plain, err)
	plain, err = newRing(t, newer).Open("p", old)
	wantDenied(t, "an old text after the old key was taken away", plain, err)
}

func TestKeysHaveTheirLength(t *testing.T) {
	t.Parallel()
	if a, b := seal.NewKey(), seal.NewKey(); len(a) != 32 || seal.KeySize != 32 || bytes.Equal(a, b) {
		t.Errorf("%d bytes, a second one is equal: %t", len(a), bytes.Equal(a, b))
	}
	good := seal.NewKey()
	for _, n := range []int{0, 1, 16, 24, 31, 33, 64} {
		key := bytes.Repeat([]byte("k"), n)
		for _, keys := range [][][]byte{{key}, {good, key}, {key, good}} {
			if ring, err := seal.NewRing(keys...); ring != nil || onevent.CodeOf(err) != onevent.CodeInvalid || strings.Contains(err.Error(), "kk") {
				t.Errorf("a key of %d bytes: %v", n, err)
			}
		}
	}
	if _, err := seal.NewRing(); onevent.CodeOf(err) != onevent.CodeInvalid {
		t.Errorf("no key: %v", err)
	}
}

func writeKeys(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAKeyFileHoldsBytesOrLines(t *testing.T) {
	t.Parallel()
	first, second := seal.NewKey(), seal.NewKey()
	hexFirst, hexSecond := hex.EncodeToString(first), hex.EncodeToString(second)
	for name, c := range map[string]struct {
		text  string
		opens [][]byte // what sealed by these must be opened; the first seals
	}{
		"bytes":             {string(first), [][]byte{first}},
		"formatted":         {seal.FormatKey(first), [][]byte{first}},
		"without its end":   {hexFirst, [][]byte{first}},
		"two lines":         {seal.FormatKey(first) + seal.FormatKey(second), [][]byte{first, second}},
		"upper case":        {strings.ToUpper(hexFirst) + "\n", [][]byte{first}},
		"Windows and blank": {"\r\n" + hexFirst + "\r\n\r\n  " + hexSecond + "  \r\n", [][]byte{first, second}},
		"the same twice":    {seal.FormatKey(first) + seal.FormatKey(first), [][]byte{first}},
	} {
		ring, err := seal.ReadFile(writeKeys(t, c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, key := range c.opens {
			if got, err := ring.Open("p", newRing(t, key).Seal("p", []byte("text"))); err != nil || string(got) != "text" {
				t.Errorf("%s: a key is missing: %v", name, err)
			}
		}
		if _, err := newRing(t, c.opens[0]).Open("p", ring.Seal("p", nil)); err != nil {
			t.Errorf("%s: the first key does not seal", name)
		}
	}
}

func TestABadKeyFileIsRefusedWithoutShowingIt(t *testing.T) {
	t.Parallel()
	line := hex.EncodeToString(seal.NewKey())
	for name, text := range map[string]string{
		"empty": "", "blank": " \n\n", "garbage": "correct horse battery staple", "one digit less": line[:63] + "\n", "one digit more": line + "0\n",
		"no hex": strings.Repeat("zz", 32) + "\n", "a good and a bad line": line + "\n" + line[:20] + "\n", "31 bytes": strings.Repeat("k", 31),
		"33 bytes": strings.Repeat("k", 33), "two on a line": line + " " + line + "\n", "a comment": "# key\n" + line + "\n",
	} {
		path := writeKeys(t, text)
		ring, err := seal.ReadFile(path)
		if ring != nil || onevent.CodeOf(err) != onevent.CodeInvalid {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "onevent keys new") {
			t.Errorf("%s: the error does not help: %v", name, err)
		}
		for _, part := range []string{line[:8], "kkkk", "zz", "horse"} {
			if strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error shows the key: %v", name, err)
			}
		}
	}
}

func TestAKeyFileThatCannotBeReadSaysSo(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none")
	if _, err := seal.ReadFile(missing); !errors.Is(err, os.ErrNotExist) || onevent.CodeOf(err) != onevent.CodeInvalid || !strings.Contains(err.Error(), missing) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := seal.ReadFile(t.TempDir()); onevent.CodeOf(err) != onevent.CodeInvalid {
		t.Errorf("a folder: %v", err)
	}
	closed := writeKeys(t, seal.FormatKey(seal.NewKey()))
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(closed); err == nil {
		f.Close()
		return // whoever runs this may read everything
	}
	if _, err := seal.ReadFile(closed); !errors.Is(err, os.ErrPermission) || onevent.CodeOf(err) != onevent.CodeInvalid {
		t.Errorf("a file without permission: %v", err)
	}
}

// sealedBefore is "text", sealed for "p" with a key of 32 sevens.
const sealedBefore = "01314c0bde4faae5462a141069830b0989a49d078dbb3cd245f6340f8f8638d900ea5d397a84c1054958d74c0c9b831fe0"

// Tokens and rows outlive the program that wrote them.
func TestWhatAnEarlierProgramSealedIsOpened(t *testing.T) {
	t.Parallel()
	sealed, err := hex.DecodeString(sealedBefore)
	if err != nil {
		t.Fatal(err)
	}
	got, err := newRing(t, bytes.Repeat([]byte{7}, seal.KeySize)).Open("p", sealed)
	if err != nil || string(got) != "text" {
		t.Errorf("%q, %v", got, err)
	}
}

// Nothing but what Seal made is opened, and nothing makes Open panic.
func FuzzOpen(f *testing.F) {
	ring := newRing(f, bytes.Repeat([]byte{7}, seal.KeySize), bytes.Repeat([]byte{8}, seal.KeySize))
	made, err := hex.DecodeString(sealedBefore)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{nil, made, made[:5], made[:len(made)-1], append(bytes.Clone(made), 0), bytes.Repeat([]byte{1}, seal.Overhead)} {
		f.Add("p", seed)
	}
	f.Fuzz(func(t *testing.T, purpose string, sealed []byte) {
		plain, err := ring.Open(purpose, sealed)
		if purpose != "p" || !bytes.Equal(sealed, made) {
			wantDenied(t, "made up", plain, err)
		} else if err != nil || string(plain) != "text" {
			t.Errorf("what Seal made: %q, %v", plain, err)
		}
	})
}
