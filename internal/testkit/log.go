package testkit

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// Log keeps the lines of a logger. It is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes a line.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is all that was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Logger writes to it from a level on.
func (l *Log) Logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: level}))
}

// Line is a line of a log, taken apart.
type Line struct {
	Keys   []string // in their order, but for time, level and msg
	Values map[string]any
}

// Lines are those with a message.
func (l *Log) Lines(t testing.TB, message string) []Line {
	t.Helper()
	var out []Line
	for text := range strings.Lines(l.String()) {
		var line Line
		if err := json.Unmarshal([]byte(text), &line.Values); err != nil {
			t.Fatalf("the log has %q", text)
		}
		if line.Values["msg"] == message {
			line.Keys = keysOf(t, text)
			out = append(out, line)
		}
	}
	return out
}

func keysOf(t testing.TB, text string) []string {
	t.Helper()
	var keys []string
	read := json.NewDecoder(strings.NewReader(text))
	if _, err := read.Token(); err != nil {
		t.Fatal(err)
	}
	for read.More() {
		key, err := read.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := read.Decode(&value); err != nil {
			t.Fatal(err)
		}
		switch key {
		case slog.TimeKey, slog.LevelKey, slog.MessageKey:
		default:
			keys = append(keys, key.(string))
		}
	}
	return keys
}
