package terminal_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/terminal"
)

// hostile is what no receiver's answer may do to a screen.
const hostile = "\x1b[2J\x1b]0;owned\x07\r\n\u202etxt\u009b31m\x00\xff\xfe<b>é\u2028"

func TestNoEscapeSequenceGetsThrough(t *testing.T) {
	t.Parallel()
	got := terminal.Clean(hostile)
	if want := `\x1b[2J\x1b]0;owned\a\r\n\u202etxt\u009b31m\x00\xff\xfe<b>é\u2028`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	attempt := client.Attempt{Time: hostile, Error: hostile}
	var out bytes.Buffer
	p := terminal.Printer{Out: &out}
	for _, err := range []error{
		p.Line(client.Line{Type: "attempt", Time: hostile, Event: hostile, Object: hostile, EventID: hostile, URL: hostile, State: hostile, Verdict: hostile, Due: hostile, Attempt: attempt}),
		p.Line(client.Line{Type: "event", Event: hostile, ID: hostile, Verdicts: []client.HandlerVerdict{{HandlerID: hostile, Verdict: hostile}}}),
		p.Delivery(client.Delivery{ID: hostile, EventID: hostile, Event: hostile, Object: hostile, Time: hostile, URL: hostile, State: hostile, Verdict: hostile, Due: hostile, Attempts: []client.Attempt{attempt}}),
		p.Delivery(client.Delivery{State: "waiting", Due: hostile}),
		p.Explanation(client.Explanation{Text: hostile, Event: client.LoggedEvent{ID: hostile, Portal: hostile, Event: hostile, Object: hostile, Time: hostile, UserID: hostile},
			Handlers:     []client.Outcome{{HandlerID: hostile, ClientID: hostile, URL: hostile, Outcome: hostile, Text: hostile, Attempts: []client.Attempt{attempt}}},
			Applications: []client.Advice{{ClientID: hostile, Name: hostile, Text: hostile}}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if !utf8.Valid(out.Bytes()) {
		t.Error("it is not UTF-8")
	}
	for _, r := range out.String() {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%U got through", r)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 15 {
		t.Errorf("%d lines:\n%s", n, out.String())
	}
}

func TestJSONIsHarmlessAndSaysTheSame(t *testing.T) {
	t.Parallel()
	text := "\u009b31m\u202e\u2028\x7fé\U000e0001"
	raw, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	shown := terminal.JSON(raw)
	for _, r := range shown {
		if !unicode.IsPrint(r) {
			t.Errorf("%U got through", r)
		}
	}
	var same string
	if err := json.Unmarshal([]byte(shown), &same); err != nil || same != text {
		t.Errorf("%q became %q, %v", text, same, err)
	}
}

func TestColoursAreForTerminalsAlone(t *testing.T) {
	t.Parallel()
	var plain, coloured bytes.Buffer
	d := client.Delivery{ID: "1", State: "failed", Time: "2026-03-01T12:00:00Z"}
	if err := terminal.New(&plain).Delivery(d); err != nil {
		t.Fatal(err)
	}
	if err := (terminal.Printer{Out: &coloured, Colour: true}).Delivery(d); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(plain.String(), "\x1b") || !strings.Contains(coloured.String(), "\x1b[31mfailed\x1b[0m") {
		t.Errorf("got %q and %q", plain.String(), coloured.String())
	}
}
