package onevent_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/onevent/onevent"
)

const hidden = "s3cr3t-7f1d"

// holders are values that hold the secret, as code comes to print them.
func holders() map[string]any {
	s := onevent.Secret(hidden)
	type inside struct {
		Name  string
		Token onevent.Secret
	}
	return map[string]any{
		"itself":        s,
		"pointer":       &s,
		"list":          []onevent.Secret{s},
		"map":           map[string]onevent.Secret{"a": s},
		"interface":     []any{s},
		"struct":        inside{"n", s},
		"struct at":     &inside{"n", s},
		"structs":       []inside{{"n", s}},
		"embedded":      struct{ inside }{inside{"n", s}},
		"installation":  onevent.InstallationSecrets{ApplicationToken: s, SigningSecret: s},
		"named by text": map[string]any{"x": inside{"n", s}},
	}
}

// shows reports whether text gives the secret away, also as hex or in quotes.
func shows(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "s3cr3t") || strings.Contains(text, fmt.Sprintf("%x", "s3cr3t")) || strings.Contains(text, "115 51 99")
}

func TestASecretIsNotPrinted(t *testing.T) {
	t.Parallel()
	for name, v := range holders() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%+q", "%#q", "%x", "%X", "% x", "%d", "%t", "%c", "%U", "%e", "%20s", "%!"} {
			if text := fmt.Sprintf(verb, v); shows(text) {
				t.Errorf("%s as %s: %s", name, verb, text)
			}
		}
		if text := fmt.Sprint(v) + fmt.Sprintln(v); shows(text) {
			t.Errorf("%s: %s", name, text)
		}
		if err := fmt.Errorf("failed with %v: %w", v, errors.ErrUnsupported); shows(err.Error()) {
			t.Errorf("%s in an error: %v", name, err)
		}
	}
	if text := fmt.Sprintf("%v %s %#v", onevent.Secret(hidden), onevent.Secret(hidden), onevent.Secret(hidden)); text != "*** *** ***" {
		t.Errorf("it prints as %s", text)
	}
}

func TestASecretIsNotLogged(t *testing.T) {
	t.Parallel()
	for name, v := range holders() {
		var text, structured bytes.Buffer
		for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&text, nil)), slog.New(slog.NewJSONHandler(&structured, nil))} {
			log.Info("line", "value", v, slog.Group("g", "inner", v))
			log.With("bound", v).Info("line")
		}
		if shows(text.String()) || shows(structured.String()) {
			t.Errorf("%s: %s%s", name, text.String(), structured.String())
		}
	}
}

func TestASecretIsNotMarshalled(t *testing.T) {
	t.Parallel()
	for name, v := range holders() {
		text, err := json.Marshal(v)
		if err != nil || shows(string(text)) || !strings.Contains(string(text), "***") {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
}

func TestASecretIsRevealedAndComparedOnlyByName(t *testing.T) {
	t.Parallel()
	s := onevent.Secret(hidden)
	if s.Reveal() != hidden {
		t.Errorf("revealed as %q", s.Reveal())
	}
	for text, want := range map[string]bool{hidden: true, hidden + "x": false, hidden[1:]: false, "": false, strings.ToUpper(hidden): false} {
		if s.Equal(text) != want {
			t.Errorf("equal to %q: %t", text, !want)
		}
	}
}

func TestRandomTextHasTheLengthAndTheAlphabet(t *testing.T) {
	t.Parallel()
	for _, alphabet := range []string{onevent.Hex, onevent.Digits, onevent.LowerAlnum, onevent.Alphanumeric} {
		for _, n := range []int{0, 1, 14, 63, 64, 65, 1000} {
			text := onevent.RandomText(n, alphabet)
			if len(text) != n || strings.Trim(text, alphabet) != "" {
				t.Errorf("%d characters of %s: %q", n, alphabet, text)
			}
		}
		if first, second := onevent.RandomText(32, alphabet), onevent.RandomText(32, alphabet); first == second {
			t.Error("two texts are the same")
		}
	}
}

// A character that came once in a while more often would make codes guessable a
// little; 2,000,000 draws show a difference of 1 %.
func TestRandomTextDrawsEachCharacterAlike(t *testing.T) {
	t.Parallel()
	const draws = 2_000_000
	for _, alphabet := range []string{onevent.Hex, onevent.Digits, onevent.LowerAlnum, onevent.Alphanumeric} {
		count := map[rune]int{}
		for _, c := range onevent.RandomText(draws, alphabet) {
			count[c]++
		}
		p := 1 / float64(len(alphabet))
		want, sigma := draws*p, math.Sqrt(draws*p*(1-p))
		for _, c := range alphabet {
			if off := math.Abs(float64(count[c])-want) / sigma; off > 6 {
				t.Errorf("of %d draws from %s, %c came %d times: %.1f deviations from %.0f", draws, alphabet, c, count[c], off, want)
			}
		}
	}
}
